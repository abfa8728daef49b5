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

/* For verify: the results of all jobs folded into one. Needs `merge`. */
void outcome_total(const struct workload *workload, const struct outcome *outcome, void *ret_total);

#endif
