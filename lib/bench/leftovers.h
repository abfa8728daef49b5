/* SPDX-License-Identifier: MIT */
#ifndef BENCH_LEFTOVERS_H
#define BENCH_LEFTOVERS_H

#include <pconc/diag.h>

/*
 * What a workload leaves behind that others could stumble over: descriptors, threads and child
 * processes. Memory is not counted: allocators and foreign libraries keep some on purpose, and it
 * ends with the sample's process.
 */

struct leftovers {
    int descriptors; /* open in this process; -1: cannot be counted */
    int threads;     /* of this process; likewise */
};

/* How things are before a workload's setup. */
struct leftovers leftovers_count(void);

/* After its teardown: -EBUSY if there are more descriptors or threads than before, or any child,
 * dead or alive. */
int leftovers_check(const struct leftovers *before, struct diag *diag) PCONC_CHECKED;

#endif
