// SPDX-License-Identifier: MIT
#include "peer.h"

#include <utility> // missing in Boost.Asio 1.74 with C++20

#include <boost/asio.hpp>
#include <deque>
#include <latch>

// Boost.Asio. submit: N calls posted one by one to a pool of WORKERS threads. sleep: N timers of 1
// s.

namespace asio = boost::asio;

static asio::thread_pool *pool;

static void run_submit(struct peer_args *args) {
    peer_job_function *job = peer_job;
    std::latch left(args->n);
    for (int64_t i = 0; i < args->n; i++)
        asio::post(*pool, [job, i, &left] {
            job(nullptr, i, nullptr, nullptr);
            left.count_down();
        });
    left.wait();
}

static void run_sleep(struct peer_args *args) {
    asio::io_context io(1);
    std::deque<asio::steady_timer> timers;
    int64_t woken = 0;
    for (int64_t i = 0; i < args->n; i++) {
        int64_t start_ns = peer_now_ns();
        timers.emplace_back(io, std::chrono::nanoseconds(PEER_SLEEP_NS));
        timers.back().async_wait([&woken, start_ns](const boost::system::error_code &) {
            woken += peer_now_ns() - start_ns >= PEER_SLEEP_NS;
        });
    }
    io.run();
    peer_check(woken, args->n);
}

int main(int argc, char **argv) {
    struct peer_args args = peer_parse(argc, argv);
    auto *run = strcmp(args.what, "submit") == 0 ? run_submit
        : strcmp(args.what, "sleep") == 0        ? run_sleep
                                                 : nullptr;
    if (!run)
        peer_unknown(&args);
    asio::thread_pool threads(args.workers);
    pool = &threads;
    peer_print(peer_repeat(run, &args), args.n);
}
