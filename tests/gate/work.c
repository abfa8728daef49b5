/* SPDX-License-Identifier: MIT */
/* The plug-in that calibrate.py compares with itself: jobs of UNITS units of work each, so that one
 * built with more of them is slower by a known share. */
#include <pconc/plugin.h>

#define UNIT_STEPS 100

/* A chain of steps that each need the one before, which no compiler shortens. */
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
