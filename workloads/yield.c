/* SPDX-License-Identifier: MIT */
#include "workloads.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

/*
 * Each job gives way a number of times: between threads that asks the kernel for another thread to
 * run, between coroutines it is the switch from one to the next.
 */

enum { YIELD_TIMES };

static const struct param yield_params[] = {
    [YIELD_TIMES] = {.name = "times",
        .type = PARAM_COUNT,
        .default_text = "1000",
        .test_text = "3",
        .min = 0,
        .max = 1000000000,
        .help = "how often each job gives way"},
    {0},
};

struct yield_state {
    int64_t times;
};

static int yield_setup(const struct workload_input *in, void **ret_state, struct diag *diag) {
    struct yield_state *state = malloc(sizeof *state);
    if (!state)
        return diag_no_memory(diag, "a workload");
    state->times = in->params[YIELD_TIMES].number;
    *ret_state = state;
    return 0;
}

static int yield_job(void *context, int64_t i, struct task *task, void *result) {
    (void)i;
    const struct yield_state *state = context;
    int64_t times = 0;
    while (times < state->times) {
        int code = task_yield(task);
        if (code < 0)
            return task_fail(task, code, "giving way failed");
        times++;
    }
    *(int64_t *)result = times;
    return 0;
}

static void yield_merge(void *into, const void *from) {
    *(int64_t *)into += *(const int64_t *)from;
}

/* All jobs together gave way as often as they should have. */
static int yield_verify(const void *context, const struct outcome *outcome, struct diag *diag) {
    const struct yield_state *state = context;
    int64_t times = 0;
    for (int64_t i = 0; !outcome->merged && i < outcome->jobs; i++)
        yield_merge(&times, outcome_slot(outcome, i));
    if (outcome->merged)
        times = *(const int64_t *)outcome->merged;
    if (times != state->times * outcome->jobs)
        return diag_set(diag, -EBADMSG, "the jobs gave way %" PRId64 " times instead of %" PRId64,
            times, state->times * outcome->jobs);
    return 0;
}

const struct workload workload_yield = {
    .name = "yield",
    .summary = "each job gives way to the others a number of times: the price of a switch",
    .params = yield_params,
    .default_jobs = 100,
    .result_size = sizeof(int64_t),
    .setup = yield_setup,
    .job = yield_job,
    .merge = yield_merge,
    .verify = yield_verify,
    .teardown = free,
};
