// SPDX-License-Identifier: MIT
#include "peer.h"

#include <coroutine>
#include <deque>
#include <vector>

// C++20 coroutines, which have frames and no stacks. switch: WORKERS coroutines that give way to
// the next in a queue, N times in all. spawn: N coroutines, one after the other. sleep: N that
// sleep 1 s.

struct coroutine {
    struct promise_type {
        coroutine get_return_object() {
            return {std::coroutine_handle<promise_type>::from_promise(*this)};
        }
        std::suspend_always initial_suspend() noexcept {
            return {};
        }
        std::suspend_never final_suspend() noexcept {
            return {};
        }
        void return_void() {
        }
        void unhandled_exception() {
            abort();
        }
    };
    std::coroutine_handle<> handle;
};

// A ring of the ready coroutines; its size is a power of two.
static std::vector<std::coroutine_handle<>> ready;
static size_t first, last;

struct give_way {
    bool await_ready() {
        return false;
    }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> self) {
        ready[last++ & (ready.size() - 1)] = self;
        return ready[first++ & (ready.size() - 1)];
    }
    void await_resume() {
    }
};

static coroutine yielder(int64_t times) {
    for (int64_t i = 0; i < times; i++)
        co_await give_way{};
}

static void run_switch(struct peer_args *args) {
    size_t size = 1;
    while (size <= (size_t)args->workers)
        size *= 2;
    ready.assign(size, nullptr);
    first = last = 0;
    for (int i = 0; i < args->workers; i++)
        ready[last++] = yielder(args->n / args->workers).handle;
    while (first != last)
        ready[first++ & (size - 1)].resume();
}

static coroutine caller(peer_job_function *job, int64_t i) {
    job(nullptr, i, nullptr, nullptr);
    co_return;
}

static void run_spawn(struct peer_args *args) {
    peer_job_function *job = peer_job;
    for (int64_t i = 0; i < args->n; i++)
        caller(job, i).handle.resume();
}

struct sleeper {
    int64_t deadline_ns;
    std::coroutine_handle<> handle;
};

// All sleep equally long, so deadlines come in the order in which they were set.
static std::deque<sleeper> sleepers;
static int64_t woken;

struct nap {
    int64_t start_ns;
    bool await_ready() {
        return false;
    }
    void await_suspend(std::coroutine_handle<> self) {
        start_ns = peer_now_ns();
        sleepers.push_back({start_ns + PEER_SLEEP_NS, self});
    }
    void await_resume() {
        woken += peer_now_ns() - start_ns >= PEER_SLEEP_NS;
    }
};

static coroutine sleep_once() {
    co_await nap{};
}

static void run_sleep(struct peer_args *args) {
    woken = 0;
    for (int64_t i = 0; i < args->n; i++)
        sleep_once().handle.resume();
    while (!sleepers.empty()) {
        peer_sleep_until(sleepers.front().deadline_ns);
        int64_t now_ns = peer_now_ns();
        while (!sleepers.empty() && sleepers.front().deadline_ns <= now_ns) {
            sleepers.front().handle.resume();
            sleepers.pop_front();
        }
    }
    peer_check(woken, args->n);
}

int main(int argc, char **argv) {
    struct peer_args args = peer_parse(argc, argv);
    auto *run = strcmp(args.what, "switch") == 0 ? run_switch
        : strcmp(args.what, "spawn") == 0        ? run_spawn
        : strcmp(args.what, "sleep") == 0        ? run_sleep
                                                 : nullptr;
    if (!run)
        peer_unknown(&args);
    peer_print(peer_repeat(run, &args), args.n);
}
