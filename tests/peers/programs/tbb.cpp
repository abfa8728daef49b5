// SPDX-License-Identifier: MIT
#include "peer.h"

#include <oneapi/tbb.h>

// oneTBB: N jobs in a parallel_for that divides its range by itself (auto) or down to single jobs
// (each), or as tasks of a group (submit). The calling thread is one of the workers.

namespace tbb = oneapi::tbb;

struct body {
    peer_job_function *job;
    void operator()(const tbb::blocked_range<int64_t> &range) const {
        for (int64_t i = range.begin(); i != range.end(); i++)
            job(nullptr, i, nullptr, nullptr);
    }
};

static void run_auto(struct peer_args *args) {
    tbb::parallel_for(tbb::blocked_range<int64_t>(0, args->n), body{peer_job});
}

static void run_each(struct peer_args *args) {
    tbb::parallel_for(
        tbb::blocked_range<int64_t>(0, args->n, 1), body{peer_job}, tbb::simple_partitioner());
}

static void run_submit(struct peer_args *args) {
    peer_job_function *job = peer_job;
    tbb::task_group group;
    for (int64_t i = 0; i < args->n; i++)
        group.run([job, i] { job(nullptr, i, nullptr, nullptr); });
    group.wait();
}

int main(int argc, char **argv) {
    struct peer_args args = peer_parse(argc, argv);
    tbb::global_control limit(tbb::global_control::max_allowed_parallelism, args.workers);
    tbb::task_arena arena(args.workers);
    auto *run = strcmp(args.what, "auto") == 0 ? run_auto
        : strcmp(args.what, "each") == 0       ? run_each
        : strcmp(args.what, "submit") == 0     ? run_submit
                                               : nullptr;
    if (!run)
        peer_unknown(&args);
    arena.execute([&] { peer_print(peer_repeat(run, &args), args.n); });
}
