/* SPDX-License-Identifier: MIT */
/* The plug-in that calibrate.py compares with itself. A job has UNITS units of work; a build with
 * more units is slower by a known share. */
#include <pconc/plugin.h>

#define UNIT_STEPS 100

/* Each step needs the one before, so that no compiler can shorten the chain. */
static uint64_t work_unit(uint64_t state) {
    for (int step = 0; step < UNIT_STEPS; step++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    return state;
}

#ifndef UNITS
#define UNITS 1000
#endif

static int work_job(void *context, int64_t i, struct task *task, void *result) {
    uint64_t state = (uint64_t)i + 1;

    (void)context;
    (void)task;
    for (int unit = 0; unit < UNITS; unit++)
        state = work_unit(state);
    *(uint64_t *)result = state;
    return 0;
}

static const struct workload work = {
    .name = "work",
    .summary = "a chain of shifts of a length that is compiled in",
    .default_jobs = 16,
    .result_size = sizeof(uint64_t),
    .job = work_job,
};

PCONC_PLUGIN(&work);
