/* SPDX-License-Identifier: MIT */
#ifndef POOL_WORKER_THREADS_H
#define POOL_WORKER_THREADS_H

#include <pthread.h>

#include "pool.h"
#include "stack.h"
#include "workers.h"

/* One thread per worker of a pool: what the executors with threads have in common. */

/* What each thread does for `pool`; `index` is its worker's. */
struct thread_ops {
    /* Once, before the thread counts as ready. 0, or why it cannot work. NULL: nothing. */
    int (*begin)(struct pool *pool, int index, struct diag *diag);

    /* In each round. 0, or why the pool is broken. */
    int (*round)(struct pool *pool, int index, struct diag *diag);

    bool takes_calls;

    /* Runs a call and returns what it did. NULL: it may simply block the thread. */
    int (*call)(struct pool *pool, int index, struct future *future);

    /* At the end, unless `begin` failed. NULL: nothing. */
    void (*end)(struct pool *pool, int index);
};

struct worker_threads {
    struct workers *workers;
    struct pool *pool;
    const struct thread_ops *ops;
    struct worker_thread *threads;
    struct stack_allocator stacks; /* of the threads */
    int started;
};

/* Starts the threads and returns when all of them are ready. `params` begin as workers_params do;
 * `ops` is borrowed until the end. On failure no thread is left. */
int worker_threads_open(struct worker_threads *threads, struct pool *pool,
    const struct thread_ops *ops, const union param_value *params, struct diag *diag) PCONC_CHECKED;

/* One round of all threads. 0, or what the first of them that failed, by index, returned. */
int worker_threads_run(struct worker_threads *threads, struct diag *diag) PCONC_CHECKED;

/* Stops the threads, which are between rounds or about to end one, and joins them. */
void worker_threads_close(struct worker_threads *threads);

#endif
