/* SPDX-License-Identifier: MIT */
#ifndef WORKLOADS_WORKLOADS_H
#define WORKLOADS_WORKLOADS_H

#include <pconc/workload.h>

/* Every workload, one line each: FILE.c ends in the table `workload_FILE`. */
/* clang-format off */
#define EACH_WORKLOAD(entry) \
    entry(sleep) \
    entry(gcd) \
    entry(noop) \
    entry(yield) \
    entry(spawn) \
    entry(echo) \
    entry(guess) \
    entry(tail) \
    entry(exec) \
    entry(mixed) \
    entry(memory) \
    entry(lock)
/* clang-format on */

#define DECLARE_WORKLOAD(name) extern const struct workload workload_##name;
EACH_WORKLOAD(DECLARE_WORKLOAD)
#undef DECLARE_WORKLOAD

/* All of them in that order, ended by NULL. */
extern const struct workload *const workloads[];

/* The result of workloads whose jobs each compute one number: that of a job, or the sum of several.
 */
struct numbers {
    uint64_t sum; /* modulo 2^64 */
    uint64_t jobs;
};
void numbers_merge(void *into, const void *from);

/* For their verify, without merge or with it. right(state, i) is the number of job i. */
int numbers_verify(const struct outcome *outcome, const void *state,
    uint64_t (*right)(const void *state, int64_t i), struct diag *diag) PCONC_CHECKED;

/* For verify: the results of all jobs folded into one. Needs `merge`. */
void outcome_total(const struct workload *workload, const struct outcome *outcome, void *ret_total);

#endif
