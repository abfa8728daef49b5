/* SPDX-License-Identifier: MIT */
#ifndef POOL_THREAD_CREW_H
#define POOL_THREAD_CREW_H

#include <pthread.h>

#include "crew.h"
#include "pool.h"
#include "stack.h"

/* A crew of threads, one per worker of a pool: what the executors with threads have in common. */

/* What each thread does for `pool`; `index` is its worker's. */
struct thread_duty {
    /* Once, before the thread counts as ready. 0, or why it cannot work. NULL: nothing. */
    int (*begin)(struct pool *pool, int index, struct diag *diag);

    /* In each round. 0, or why the pool is broken. */
    int (*round)(struct pool *pool, int index, struct diag *diag);

    bool takes_calls;

    /* Runs a call and returns what it did. NULL: it may simply block the thread. */
    int (*call)(struct pool *pool, int index, struct future *call);

    /* At the end, unless `begin` failed. NULL: nothing. */
    void (*end)(struct pool *pool, int index);
};

struct thread_crew {
    struct crew *crew;
    struct pool *pool;
    const struct thread_duty *duty;
    struct crew_thread *threads;
    struct stack_allocator stacks; /* of the threads */
    int started;
};

/* Starts the threads and returns when all of them are ready. `params` begin as crew_params do;
 * `duty` is borrowed until the end. On failure no thread is left. */
int thread_crew_open(struct thread_crew *threads, struct pool *pool, const struct thread_duty *duty,
    const union param_value *params, struct diag *diag) PCONC_CHECKED;

/* One round of all threads. 0, or what the first of them that failed, by index, returned. */
int thread_crew_run(struct thread_crew *threads, struct diag *diag) PCONC_CHECKED;

/* Stops the threads, which are between rounds or about to end one, and joins them. */
void thread_crew_close(struct thread_crew *threads);

#endif
