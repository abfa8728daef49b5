/* SPDX-License-Identifier: MIT */
#include "workloads.h"

/* What this takes is the executor's price per job, and the tool's own. */
static int noop_job(void *state, int64_t i, struct task *task, void *result) {
    (void)state;
    (void)i;
    (void)task;
    (void)result;
    return 0;
}

const struct workload workload_noop = {
    .name = "noop",
    .summary = "each job does nothing: the price of an executor and of the tool itself",
    .default_jobs = 1000,
    .job = noop_job,
};
