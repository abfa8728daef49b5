/* SPDX-License-Identifier: MIT */
#include "workloads.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Each job yields a number of times: a thread asks the kernel to run another thread, a coroutine
 * switches to the next one. */

enum { YIELD_TIMES };

static const struct param yield_params[] = {
    [YIELD_TIMES] = {.name = "times",
        .type = PARAM_COUNT,
        .default_text = "1000",
        .test_text = "3",
        .min = 0,
        .max = 1000000000,
        .help = "how often each job yields"},
    {0},
};

struct yield_state {
    int64_t times;
};

static int yield_setup(const struct workload_input *in, void **ret_state, struct diag *diag) {
    struct yield_state *state = malloc(sizeof(*state));
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
            return task_fail(task, code, "cannot yield: %s", strerrordesc_np(-code));
        times++;
    }
    *(int64_t *)result = times;
    return 0;
}

static void yield_merge(void *into, const void *from) {
    *(int64_t *)into += *(const int64_t *)from;
}

static int yield_verify(const void *context, const struct outcome *outcome, struct diag *diag) {
    const struct yield_state *state = context;
    int64_t times;
    outcome_total(&workload_yield, outcome, &times);
    if (times != state->times * outcome->jobs)
        return diag_set(diag, -EBADMSG,
            "the jobs yielded %" PRId64 " times instead of %" PRId64
            "; the executor lost or repeated some",
            times, state->times * outcome->jobs);
    return 0;
}

const struct workload workload_yield = {
    .name = "yield",
    .summary = "each job yields to the others a number of times: the cost of a switch",
    .params = yield_params,
    .default_jobs = 100,
    .result_size = sizeof(int64_t),
    .blocks = "",
    .setup = yield_setup,
    .job = yield_job,
    .merge = yield_merge,
    .verify = yield_verify,
    .teardown = free,
};
