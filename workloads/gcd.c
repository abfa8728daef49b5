/* SPDX-License-Identifier: MIT */
#include "workloads.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PAIR_STREAM 1 /* of the session's seed */

enum { LOW, HIGH };

static const struct param gcd_params[] = {
    [LOW] = {.name = "low",
        .type = PARAM_COUNT,
        .default_text = "100000",
        .test_text = "1000",
        .min = 1,
        .max = UINT32_MAX,
        .not_above = "high",
        .help = "the smallest number that is drawn"},
    [HIGH] = {.name = "high",
        .type = PARAM_COUNT,
        .default_text = "900000",
        .test_text = "9000",
        .min = 1,
        .max = UINT32_MAX,
        .help = "the largest number that is drawn"},
    {.name = NULL},
};

struct pair {
    uint32_t a, b;
};

struct gcd_state {
    int64_t jobs;
    struct pair pairs[]; /* one per job */
};

/* The divisor of one job, or the sum of several. */
struct gcd_result {
    uint64_t sum;  /* modulo 2^64 */
    uint64_t jobs; /* in the sum */
};

static int gcd_setup(const struct workload_input *in, void **ret_state, struct diag *diag) {
    int64_t low = in->params[LOW].number;
    int64_t high = in->params[HIGH].number;
    struct gcd_state *state = NULL;
    if (in->jobs <= (int64_t)((PTRDIFF_MAX - sizeof(*state)) / sizeof(state->pairs[0])))
        state = malloc(sizeof(*state) + (size_t)in->jobs * sizeof(state->pairs[0]));
    if (!state)
        return diag_no_memory(diag, "the pairs of %" PRId64 " jobs", in->jobs);
    state->jobs = in->jobs;
    struct rng rng = rng_make(in->seed, PAIR_STREAM);
    for (int64_t i = 0; i < in->jobs; i++) {
        state->pairs[i].a = (uint32_t)rng_between(&rng, low, high);
        state->pairs[i].b = (uint32_t)rng_between(&rng, low, high);
    }
    *ret_state = state;
    return 0;
}

/* The loop of Effective Python (Slatkin). It is slow on purpose: this is the work. */
static uint32_t gcd_by_force(uint32_t a, uint32_t b) {
    uint32_t i = a < b ? a : b;
    while (a % i != 0 || b % i != 0)
        i--;
    return i;
}

static uint32_t gcd_of_euclid(uint32_t a, uint32_t b) {
    while (b != 0) {
        uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static int gcd_job(void *context, int64_t i, struct task *task, void *result) {
    (void)task;
    const struct gcd_state *state = context;
    struct gcd_result found = {
        .sum = gcd_by_force(state->pairs[i].a, state->pairs[i].b), .jobs = 1};
    memcpy(result, &found, sizeof(found));
    return 0;
}

static void gcd_merge(void *into, const void *from) {
    struct gcd_result *total = into;
    const struct gcd_result *other = from;
    total->sum += other->sum;
    total->jobs += other->jobs;
}

static int verify_sum(
    const struct gcd_state *state, const struct gcd_result *total, struct diag *diag) {
    struct gcd_result right = {.jobs = (uint64_t)state->jobs};
    for (int64_t i = 0; i < state->jobs; i++)
        right.sum += gcd_of_euclid(state->pairs[i].a, state->pairs[i].b);
    if (total->sum == right.sum && total->jobs == right.jobs)
        return 0;
    return diag_set(diag, -EBADMSG,
        "%" PRIu64 " divisors add up to %" PRIu64 "; right are %" PRIu64 " that add up to %" PRIu64
        "; the executor lost, repeated or mixed results",
        total->jobs, total->sum, right.jobs, right.sum);
}

static int verify_slots(
    const struct gcd_state *state, const struct outcome *outcome, struct diag *diag) {
    for (int64_t i = 0; i < state->jobs; i++) {
        const struct gcd_result *found = outcome_slot(outcome, i);
        const struct pair *pair = &state->pairs[i];
        uint64_t right = gcd_of_euclid(pair->a, pair->b);
        if (found->sum != right || found->jobs != 1)
            return diag_set(diag, -EBADMSG,
                "job %" PRId64 ": the gcd of %" PRIu32 " and %" PRIu32 " is %" PRIu64
                ", not %" PRIu64 "; the executor lost or mixed results",
                i, pair->a, pair->b, right, found->sum);
    }
    return 0;
}

static int gcd_verify(const void *state, const struct outcome *outcome, struct diag *diag) {
    if (outcome->merged)
        return verify_sum(state, outcome->merged, diag);
    return verify_slots(state, outcome, diag);
}

const struct workload workload_gcd = {
    .name = "gcd",
    .summary =
        "each job computes the greatest common divisor of two random numbers, by brute force",
    .params = gcd_params,
    .default_jobs = 100,
    .result_size = sizeof(struct gcd_result),
    .setup = gcd_setup,
    .job = gcd_job,
    .merge = gcd_merge,
    .verify = gcd_verify,
    .teardown = free,
};
