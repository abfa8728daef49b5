/* SPDX-License-Identifier: MIT */
#include "peer.h"

/* OpenMP: N jobs in a parallel loop under each schedule, or as tasks that one thread makes. The
 * thread that starts a loop is one of the workers. */

#define LOOP(name, how)                                                                            \
    static void name(struct peer_args *args) {                                                     \
        peer_job_function *job = peer_job;                                                         \
        int64_t done = 0;                                                                          \
        _Pragma(how) for (int64_t i = 0; i < args->n; i++) done += !job(NULL, i, NULL, NULL);      \
        peer_check(done, args->n);                                                                 \
    }

LOOP(run_guided, "omp parallel for num_threads(args->workers) reduction(+:done) schedule(guided)")
LOOP(run_static, "omp parallel for num_threads(args->workers) reduction(+:done) schedule(static)")
LOOP(run_dynamic,
    "omp parallel for num_threads(args->workers) reduction(+:done) schedule(dynamic, 1)")

/* If many tasks are pending, the thread that makes them runs them itself, without a queue. */
static void run_tasks(struct peer_args *args) {
    peer_job_function *job = peer_job;
#pragma omp parallel num_threads(args->workers)
#pragma omp single
    for (int64_t i = 0; i < args->n; i++) {
#pragma omp task firstprivate(i)
        job(NULL, i, NULL, NULL);
    }
}

int main(int argc, char **argv) {
    static const struct {
        const char *what;
        void (*run)(struct peer_args *);
    } runs[] = {{"guided", run_guided}, {"static", run_static}, {"dynamic", run_dynamic},
        {"submit", run_tasks}};
    struct peer_args args = peer_parse(argc, argv);
    for (size_t i = 0; i < sizeof(runs) / sizeof(*runs); i++)
        if (strcmp(runs[i].what, args.what) == 0) {
            peer_print(peer_repeat(runs[i].run, &args), (double)args.n);
            return 0;
        }
    peer_unknown(&args);
}
