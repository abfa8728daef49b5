/* SPDX-License-Identifier: MIT */
/* Jobs that sleep PACE_MS. Two of these plug-ins are the two sides of a comparison. */
#include <pconc/plugin.h>
#include <pconc/task.h>

#define NS_PER_MS INT64_C(1000000)

static int pace_job(void *state, int64_t i, struct task *task, void *result) {
    (void)state;
    (void)i;
    (void)result;
    return task_sleep(task, PACE_MS * NS_PER_MS);
}

static const struct workload pace = {
    .name = "pace",
    .summary = "jobs that sleep for a time that is compiled in",
    .default_jobs = 1,
    .job = pace_job,
};

#ifdef PACE_MORE
static const struct workload extra = {
    .name = "extra",
    .summary = "the same under another name",
    .default_jobs = 1,
    .job = pace_job,
};

PCONC_PLUGIN(&pace, &extra);
#else
PCONC_PLUGIN(&pace);
#endif
