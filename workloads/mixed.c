/* SPDX-License-Identifier: MIT */
#include "compute.h"
#include "workloads.h"

#include <stdlib.h>
#include <string.h>

#define START_STREAM 1 /* of the session's seed */

enum { WAIT, COMPUTE };

static const struct param mixed_params[] = {
    [WAIT] = {.name = "wait",
        .type = PARAM_DURATION,
        .default_text = "1ms",
        .test_text = "10us",
        .min = 0,
        .max = INT64_C(3600000000000),
        .help = "how long each job sleeps first"},
    [COMPUTE] = {.name = "compute",
        .type = PARAM_COUNT,
        .default_text = "100000",
        .test_text = "1000",
        .min = 0,
        .max = INT64_C(1000000000000),
        .help = "steps that each job computes then, about 1 ns each"},
    {.name = NULL},
};

struct mixed_state {
    int64_t wait_ns, steps;
    uint64_t start; /* job i computes from start + i */
};

static int mixed_setup(const struct workload_input *in, void **ret_state, struct diag *diag) {
    struct rng rng = rng_make(in->seed, START_STREAM);
    struct mixed_state *state = malloc(sizeof(*state));
    if (!state)
        return diag_no_memory(diag, "a workload");
    *state = (struct mixed_state){.wait_ns = in->params[WAIT].number,
        .steps = in->params[COMPUTE].number,
        .start = (uint64_t)rng_between(&rng, 0, INT64_MAX)};
    *ret_state = state;
    return 0;
}

static int mixed_job(void *context, int64_t i, struct task *task, void *result) {
    const struct mixed_state *state = context;
    int code = task_sleep(task, state->wait_ns);
    if (code < 0)
        return task_fail(task, code, "cannot sleep: %s", strerrordesc_np(-code));
    *(struct numbers *)result =
        (struct numbers){.sum = compute_steps(state->start + (uint64_t)i, state->steps), .jobs = 1};
    return 0;
}

static uint64_t right_number(const void *context, int64_t i) {
    const struct mixed_state *state = context;
    return compute_steps_quickly(state->start + (uint64_t)i, state->steps);
}

static int mixed_verify(const void *state, const struct outcome *outcome, struct diag *diag) {
    return numbers_verify(outcome, state, right_number, diag);
}

const struct workload workload_mixed = {
    .name = "mixed",
    .summary = "each job sleeps, then computes, as one that gets data and works on them would",
    .params = mixed_params,
    .default_jobs = 50,
    .result_size = sizeof(struct numbers),
    .blocks = "",
    .setup = mixed_setup,
    .job = mixed_job,
    .merge = numbers_merge,
    .verify = mixed_verify,
    .teardown = free,
};
