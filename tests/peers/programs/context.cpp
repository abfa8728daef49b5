// SPDX-License-Identifier: MIT
#include "peer.h"

#include <algorithm>
#include <boost/context/fiber.hpp>
#include <boost/context/preallocated.hpp>
#include <deque>
#include <sys/mman.h>
#include <vector>

// Boost.Context: fibers with separate stacks. switch: WORKERS fibers in a ring, each resumes
// the next, N switches in all. main: the same through the main program, as its documentation shows.
// spawn: N fibers, one after the other, on stacks that are used again. sleep: N fibers that sleep 1
// s.

namespace ctx = boost::context;

// Stacks from one mapping, without guard pages, and used again.
struct stacks {
    using traits_type = ctx::stack_traits;
    static constexpr size_t size = 64 << 10;
    static inline std::vector<char *> free;
    static inline char *next, *end;
    ctx::stack_context allocate() {
        char *low = nullptr;
        if (!free.empty()) {
            low = free.back();
            free.pop_back();
        } else {
            if (next == end) {
                const size_t many = 1024 * size;
                void *map = mmap(nullptr, many, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
                if (map == MAP_FAILED)
                    peer_fail("mmap");
                next = static_cast<char *>(map);
                end = next + many;
            }
            low = next;
            next += size;
        }
        ctx::stack_context stack;
        stack.size = size;
        stack.sp = low + size;
        return stack;
    }
    void deallocate(ctx::stack_context &stack) {
        free.push_back(static_cast<char *>(stack.sp) - size);
    }
};

static std::vector<ctx::fiber> ring;
static size_t at; // the running fiber
static int64_t left;

// The fiber before this one in the ring has resumed it, and is suspended now.
static void yield_to_next() {
    at = at + 1 == ring.size() ? 0 : at + 1;
    ctx::fiber before = std::move(ring[at]).resume();
    ring[at == 0 ? ring.size() - 1 : at - 1] = std::move(before);
}

static void run_switch(struct peer_args *args) {
    ctx::fiber out;
    ring.clear();
    ring.resize(args->workers);
    for (int i = 0; i < args->workers; i++)
        ring[i] =
            ctx::fiber(std::allocator_arg, stacks{}, [&out, first = i == 0](ctx::fiber &&from) {
                // The main program resumes the first fiber for the first time.
                if (first)
                    out = std::move(from);
                else
                    ring[at - 1] = std::move(from);
                while (left-- > 0)
                    yield_to_next();
                return std::move(out);
            });
    at = 0;
    left = args->n;
    if (args->workers > 1)
        std::move(ring[0]).resume();
    ring.clear(); // unwinds the suspended fibers
}

static void run_main(struct peer_args *args) {
    bool done = false;
    std::vector<ctx::fiber> fibers;
    for (int i = 0; i < args->workers; i++)
        fibers.emplace_back(std::allocator_arg, stacks{}, [&done](ctx::fiber &&main) {
            while (!done)
                main = std::move(main).resume();
            return std::move(main);
        });
    for (int64_t i = 0; i < args->n;)
        for (auto &fiber : fibers)
            if (i++ < args->n)
                fiber = std::move(fiber).resume();
    done = true;
    for (auto &fiber : fibers)
        fiber = std::move(fiber).resume();
}

static void run_spawn(struct peer_args *args) {
    peer_job_function *job = peer_job;
    for (int64_t i = 0; i < args->n; i++) {
        ctx::fiber fiber(std::allocator_arg, stacks{}, [job, i](ctx::fiber &&main) {
            job(nullptr, i, nullptr, nullptr);
            return std::move(main);
        });
        std::move(fiber).resume();
    }
}

static void run_batches(struct peer_args *args) {
    peer_job_function *job = peer_job;
    std::vector<ctx::fiber> batch;
    for (int64_t i = 0; i < args->n;) {
        for (int64_t last = std::min(i + PEER_BATCH, args->n); i < last; i++)
            batch.emplace_back(std::allocator_arg, stacks{}, [job, i](ctx::fiber &&main) {
                job(nullptr, i, nullptr, nullptr);
                return std::move(main);
            });
        for (auto &fiber : batch)
            std::move(fiber).resume();
        batch.clear();
    }
}

struct sleeper {
    int64_t deadline_ns;
    ctx::fiber fiber;
};

// All sleep equally long, so deadlines come in the order in which they were set.
static void run_sleep(struct peer_args *args) {
    std::deque<sleeper> sleepers;
    int64_t woken = 0;
    for (int64_t i = 0; i < args->n; i++) {
        ctx::fiber fiber(std::allocator_arg, stacks{}, [&](ctx::fiber &&main) {
            int64_t start_ns = peer_now_ns();
            sleepers.push_back({start_ns + PEER_SLEEP_NS, ctx::fiber()});
            main = std::move(main).resume();
            woken += peer_now_ns() - start_ns >= PEER_SLEEP_NS;
            return std::move(main);
        });
        fiber = std::move(fiber).resume();
        sleepers.back().fiber = std::move(fiber);
    }
    while (!sleepers.empty()) {
        peer_sleep_until(sleepers.front().deadline_ns);
        for (int64_t now_ns = peer_now_ns();
             !sleepers.empty() && sleepers.front().deadline_ns <= now_ns; sleepers.pop_front())
            std::move(sleepers.front().fiber).resume();
    }
    peer_check(woken, args->n);
}

int main(int argc, char **argv) {
    struct peer_args args = peer_parse(argc, argv);
    auto *run = strcmp(args.what, "switch") == 0 ? run_switch
        : strcmp(args.what, "main") == 0         ? run_main
        : strcmp(args.what, "spawn") == 0        ? run_spawn
        : strcmp(args.what, "batch") == 0        ? run_batches
        : strcmp(args.what, "sleep") == 0        ? run_sleep
                                                 : nullptr;
    if (!run)
        peer_unknown(&args);
    peer_print(peer_repeat(run, &args), args.n);
}
