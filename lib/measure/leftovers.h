/* SPDX-License-Identifier: MIT */
#ifndef MEASURE_LEFTOVERS_H
#define MEASURE_LEFTOVERS_H

#include <pconc/diag.h>

#include <stdbool.h>
#include <stdint.h>

struct work;

/*
 * What a workload leaves behind. Descriptors, threads and memory count only where every pass over
 * the jobs leaves more of them, as libraries get some at their first use and keep them. A child
 * process always counts.
 */

struct leftovers {
    int descriptors; /* open in this process; -1: cannot be counted */
    int threads;     /* of this process; -1: cannot be counted */
    int64_t heap;    /* bytes in use; 0: cannot be counted */
};

/* What there is now. The difference of two is what came between them. */
struct leftovers leftovers_count(void);
struct leftovers leftovers_since(const struct leftovers *before);

/* True where there are more descriptors or threads. */
bool leftovers_grew(const struct leftovers *growth);

/* How descriptors and threads grew in parts of a trial. */
struct trial_growth {
    struct leftovers pass;     /* in the last pass, if they grew in those before it; else 0 */
    struct leftovers teardown; /* in the workload's teardown */
    struct leftovers all;      /* from before set-up until after teardown */
};

/* After teardown: -EBUSY where descriptors or threads grew in the last pass or in teardown and are
 * still there, or where there is a child, dead or alive. */
int leftovers_check(const struct trial_growth *growth, struct diag *diag) PCONC_CHECKED;

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
