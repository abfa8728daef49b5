/* SPDX-License-Identifier: MIT */
#ifndef POOL_WORKER_THREADS_H
#define POOL_WORKER_THREADS_H

#include <pthread.h>

#include "pool.h"
#include "stack.h"
#include "workers.h"

/* One thread for each worker of a pool, for the executors with threads. */

/* The functions of each thread for `pool`; `index` is that of its worker. */
struct thread_ops {
    /* Once, before the thread counts as ready. 0, or the code with which pool_open fails. NULL:
     * none. */
    int (*begin)(struct pool *pool, int index, struct diag *diag);

    /* In each pass, which workers_start begins. 0, or the code that breaks the pool. */
    int (*run)(struct pool *pool, int index, struct diag *diag);

    bool takes_calls;

    /* Runs a call and returns its code. NULL: a call may block the thread. */
    int (*call)(struct pool *pool, int index, struct future *future);

    /* At the end, unless `begin` failed. NULL: none. */
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

/* Starts the threads and returns when all of them are ready. `ops` is borrowed until the end. On
 * failure no thread is left. */
int worker_threads_open(struct worker_threads *threads, struct pool *pool,
    const struct thread_ops *ops, struct diag *diag) PCONC_CHECKED;

/* One pass of all threads. 0, or the failure with the lowest index. */
int worker_threads_run(struct worker_threads *threads, struct diag *diag) PCONC_CHECKED;

/* Stops the threads, which must be between passes or at the end of one, and joins them. */
void worker_threads_close(struct worker_threads *threads);

#endif
