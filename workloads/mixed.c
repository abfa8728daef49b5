/* SPDX-License-Identifier: MIT */
#include "compute.h"
#include "workloads.h"

#include <errno.h>
#include <inttypes.h>
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
    int64_t wait_ns, steps, jobs;
    uint64_t start; /* job i computes from start + i */
};

/* What one job computed, or the sum of several. */
struct mixed_result {
    uint64_t sum;  /* modulo 2^64 */
    uint64_t jobs; /* in the sum */
};

static int mixed_setup(const struct workload_input *in, void **ret_state, struct diag *diag) {
    struct rng rng = rng_make(in->seed, START_STREAM);
    struct mixed_state *state = malloc(sizeof(*state));
    if (!state)
        return diag_no_memory(diag, "a workload");
    *state = (struct mixed_state){.wait_ns = in->params[WAIT].number,
        .steps = in->params[COMPUTE].number,
        .jobs = in->jobs,
        .start = (uint64_t)rng_between(&rng, 0, INT64_MAX)};
    *ret_state = state;
    return 0;
}

static int mixed_job(void *context, int64_t i, struct task *task, void *result) {
    const struct mixed_state *state = context;
    int code = task_sleep(task, state->wait_ns);
    if (code < 0)
        return task_fail(task, code, "cannot sleep: %s", strerrordesc_np(-code));
    *(struct mixed_result *)result = (struct mixed_result){
        .sum = compute_steps(state->start + (uint64_t)i, state->steps), .jobs = 1};
    return 0;
}

static void mixed_merge(void *into, const void *from) {
    struct mixed_result *total = into;
    const struct mixed_result *other = from;
    total->sum += other->sum;
    total->jobs += other->jobs;
}

static int mixed_verify(const void *context, const struct outcome *outcome, struct diag *diag) {
    const struct mixed_state *state = context;
    struct mixed_result right = {.jobs = (uint64_t)state->jobs}, total;
    for (int64_t i = 0; i < state->jobs; i++) {
        uint64_t number = compute_steps_quickly(state->start + (uint64_t)i, state->steps);
        right.sum += number;
        const struct mixed_result *found = outcome->merged ? NULL : outcome_slot(outcome, i);
        if (found && (found->sum != number || found->jobs != 1))
            return diag_set(diag, -EBADMSG,
                "job %" PRId64 " computed %" PRIu64 " instead of %" PRIu64
                "; the executor lost or mixed results",
                i, found->sum, number);
    }
    outcome_total(&workload_mixed, outcome, &total);
    if (memcmp(&total, &right, sizeof(total)) == 0)
        return 0;
    return diag_set(diag, -EBADMSG,
        "%" PRIu64 " jobs add up to %" PRIu64 "; right are %" PRIu64 " that add up to %" PRIu64
        "; the executor lost, repeated or mixed results",
        total.jobs, total.sum, right.jobs, right.sum);
}

const struct workload workload_mixed = {
    .name = "mixed",
    .summary = "each job sleeps, then computes, as one that gets data and works on them would",
    .params = mixed_params,
    .default_jobs = 50,
    .result_size = sizeof(struct mixed_result),
    .setup = mixed_setup,
    .job = mixed_job,
    .merge = mixed_merge,
    .verify = mixed_verify,
    .teardown = free,
};
