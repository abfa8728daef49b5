/* SPDX-License-Identifier: MIT */
#include "workloads.h"

#include <inttypes.h>
#include <stdlib.h>

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

static int gcd_setup(const struct workload_input *in, void **ret_state, struct diag *diag) {
    int64_t low = in->params[LOW].number;
    int64_t high = in->params[HIGH].number;
    bool fits = in->jobs < PTRDIFF_MAX / (int64_t)sizeof(struct pair);
    struct pair *pairs = fits ? calloc((size_t)in->jobs + 1, sizeof(*pairs)) : NULL;
    if (!pairs)
        return diag_no_memory(diag, "the pairs of %" PRId64 " jobs", in->jobs);
    struct rng rng = rng_make(in->seed, PAIR_STREAM);
    for (int64_t i = 0; i < in->jobs; i++) {
        pairs[i].a = (uint32_t)rng_between(&rng, low, high);
        pairs[i].b = (uint32_t)rng_between(&rng, low, high);
    }
    *ret_state = pairs;
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
    const struct pair *pair = &((const struct pair *)context)[i];
    *(struct numbers *)result = (struct numbers){.sum = gcd_by_force(pair->a, pair->b), .jobs = 1};
    return 0;
}

static uint64_t right_gcd(const void *context, int64_t i) {
    const struct pair *pair = &((const struct pair *)context)[i];
    return gcd_of_euclid(pair->a, pair->b);
}

static int gcd_verify(const void *state, const struct outcome *outcome, struct diag *diag) {
    return numbers_verify(outcome, state, right_gcd, diag);
}

const struct workload workload_gcd = {
    .name = "gcd",
    .summary =
        "each job computes the greatest common divisor of two random numbers, by brute force",
    .params = gcd_params,
    .default_jobs = 100,
    .result_size = sizeof(struct numbers),
    .blocks = "",
    .setup = gcd_setup,
    .job = gcd_job,
    .merge = numbers_merge,
    .verify = gcd_verify,
    .teardown = free,
};
