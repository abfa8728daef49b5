/* SPDX-License-Identifier: MIT */
#include "workloads.h"

/* The time of this is the overhead of the executor per job, and of the tool. */
static int noop_job(void *state, int64_t i, struct task *task, void *result) {
    (void)state;
    (void)i;
    (void)task;
    (void)result;
    return 0;
}

const struct workload workload_noop = {
    .name = "noop",
    .summary = "each job does nothing: the cost of an executor and of the tool itself",
    .default_jobs = 1000,
    .blocks = "",
    .job = noop_job,
};
