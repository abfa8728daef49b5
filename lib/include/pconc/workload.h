/* SPDX-License-Identifier: MIT */
#ifndef PCONC_WORKLOAD_H
#define PCONC_WORKLOAD_H

#include <pconc/diag.h>
#include <pconc/param.h>
#include <pconc/task.h>

#include <stddef.h>
#include <stdint.h>

/*
 * A workload makes, runs and verifies n independent jobs. It is one file that ends in one const
 * struct workload, and it runs under every executor: it must not know which.
 *
 * Order of calls, in a new process for each sample:
 *   setup -> job(0..n-1) once per pass, from any worker, in any order -> verify -> teardown
 * Worker processes are forked after setup: what a job writes to the state there is lost. Only the
 * result slots are shared.
 */

struct workload_input {
    const union param_value
        *params;   /* by index into the workload's table; borrowed until teardown */
    int64_t jobs;  /* n >= 0 */
    uint64_t seed; /* the session's; the same for every case and sample */
};

/* The outcome of one pass over all jobs. */
struct outcome {
    int64_t jobs;       /* n, the number of jobs */
    int64_t done;       /* jobs that ran and returned 0 */
    uint64_t index_sum; /* sum of their i, modulo 2^64 */
    const void *slots;  /* without merge: the result of job i is at slots + i * slot_stride */
    size_t slot_stride; /* bytes from one slot to the next, >= result_size */
    const void *merged; /* if results were folded: one folded result; otherwise NULL */
};

/* The result of job i, if results were not folded (outcome->merged is NULL). */
static inline const void *outcome_slot(const struct outcome *outcome, int64_t i) {
    return (const char *)outcome->slots + (size_t)i * outcome->slot_stride;
}

/* The largest size of a folded result. */
#define RESULT_MERGE_MAX 256

/* Capabilities of executors that a workload needs. Executors without them show n/a. */
enum {
    WORKLOAD_SPAWNS = 4, /* jobs start tasks: EXECUTOR_SPAWNS */
};

struct workload {
    const char *name;           /* lower case, what --workload takes */
    const char *summary;        /* one sentence, no full stop */
    const struct param *params; /* ended by an entry with name NULL; NULL: none */
    int64_t default_jobs;
    size_t result_size; /* bytes that a job writes to its slot, without pointers; 0: none */
    unsigned needs;     /* WORKLOAD_... or'ed; 0: nothing */
    int runs_commands;  /* not 0: its parameters name programs to run, and a config with it needs
                           --allow-exec */
    const char *blocks; /* when jobs block in task_block: NULL: they may; "": never; or the name of
                           a parameter of type PARAM_BOOL: if it is true. Workers that would only
                           run such calls are then not started */

    /* Checks the values of `params` before anything is measured: that the program of a command
     * exists. Returns 0, or a negative errno with a sentence about the parameter *ret_at. It is
     * called for workloads that are built in, not for those of plug-ins. NULL: nothing to check. */
    int (*check)(const union param_value *params, size_t *ret_at, struct diag *diag);

    /* Makes the state that all jobs share (which may be NULL), before any worker exists. `in` alone
     * determines it. Returns 0, or a negative errno with a sentence in `diag`; teardown is not
     * called then. NULL: no state. */
    int (*setup)(const struct workload_input *in, void **ret_state, struct diag *diag);

    /* Runs job i. `result` points to result_size bytes, aligned to 16, which are zero or old, and
     * which only this job writes; NULL if result_size is 0. Returns 0, or a negative errno after
     * task_fail(). */
    int (*job)(void *state, int64_t i, struct task *task, void *result);

    /* Folds one result into another, so that many jobs need no slot each. Commutative and
     * associative; `into` starts as zeroes. NULL: results cannot be folded. */
    void (*merge)(void *into, const void *from);

    /* Proves that the outcome is right. Every sample is verified; an unverified time is never
     * shown. done and index_sum have been checked before. NULL: nothing more to prove. */
    int (*verify)(const void *state, const struct outcome *outcome, struct diag *diag);

    /* Frees the state. NULL: nothing to free. */
    void (*teardown)(void *state);
};

/* Seeded random numbers: SplitMix64 (Steele, Lea, Flood 2014). Equal seeds give equal numbers on
 * every machine. One generator belongs to one thread. */
struct rng {
    uint64_t state;
};

/* A generator for `seed`; different streams of one seed are independent of each other. */
struct rng rng_make(uint64_t seed, uint64_t stream);
uint64_t rng_next(struct rng *rng);
/* Uniform in low..high, both included, without bias; low <= high. */
int64_t rng_between(struct rng *rng, int64_t low, int64_t high);

#endif
