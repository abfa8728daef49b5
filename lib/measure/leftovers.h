/* SPDX-License-Identifier: MIT */
#ifndef MEASURE_LEFTOVERS_H
#define MEASURE_LEFTOVERS_H

#include <pconc/diag.h>
#include <stdint.h>

struct work;

/*
 * What a workload leaves behind: descriptors, threads and child processes, which others could
 * stumble over, and memory. Foreign libraries keep some of that on purpose, but they get it once:
 * memory counts where every job has left some.
 */

struct leftovers {
    int descriptors; /* open in this process; -1: cannot be counted */
    int threads;     /* of this process; likewise */
    int64_t heap;    /* bytes in use; 0: cannot be counted */
};

/* How things are before a workload's setup. */
struct leftovers leftovers_count(void);

/* After its teardown: -EBUSY if there are more descriptors or threads than before, or any child,
 * dead or alive. */
int leftovers_check(const struct leftovers *before, struct diag *diag) PCONC_CHECKED;

/* After the pool is closed: -EBUSY if jobs have left a descriptor or a child in a worker process.
 */
int leftovers_check_workers(const struct work *work, struct diag *diag) PCONC_CHECKED;

/* How much more memory was in use after than before `jobs` jobs, of which none was the first. */
struct memory_growth {
    int64_t jobs;    /* 0: cannot be told, there was no warm-up */
    int64_t in_runs; /* while they ran: bytes */
    int64_t in_all;  /* what of the whole trial was left after teardown, bytes */
};

/* After teardown: -EBUSY if that is a piece for each job and more than threads keep for themselves,
 * in this process or in the worker processes together. */
int leftovers_check_memory(
    const struct memory_growth *growth, const struct work *work, struct diag *diag) PCONC_CHECKED;

#endif
