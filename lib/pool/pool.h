/* SPDX-License-Identifier: MIT */
#ifndef POOL_POOL_H
#define POOL_POOL_H

#include <pconc/executor.h>

#include <stdbool.h>

#include "queue.h"
#include "work.h"

/*
 * What an executor's own file provides. A driver's pool is a struct of its own that begins with a
 * struct pool; the generic layer (pool.c) allocates it zeroed, fills this head, and frees it.
 */
struct pool {
    const struct executor *executor;
    struct work *work;      /* never NULL: without any of the caller's, one of no jobs */
    bool own_work;          /* that one */
    struct queue *queue;    /* made before `open`, freed after `close`; NULL: the pool takes none */
    struct queue_host host; /* of `calls`: the driver's, guarded by this layer */
    int (*begin_worker)(void *context, int worker, struct diag *diag); /* until it is open */
    void *context;
    pthread_t opener;
    union param_value params[PARAMS_MAX];
    _Atomic bool broken; /* a run failed or a worker died: only closing is left */
    bool entered;        /* the opener runs jobs or calls in it, and they may not ask for that */
    bool submits;        /* pool_run submits its jobs as calls */
};

/* The parameter, of any executor's table, by which pool_run submits its jobs one by one. */
#define POOL_PARAM_SUBMIT "submit"

/* Has every worker begin: each calls it in its own thread or process, before it counts as ready. */
static inline int pool_begin_worker(struct pool *pool, int worker, struct diag *diag) {
    return pool->begin_worker ? pool->begin_worker(pool->context, worker, diag) : 0;
}

/* Whether the calling thread may wait for the pool's calls: 0, or -EDEADLK. */
int pool_check_waiter(const struct pool *pool, struct diag *diag) PCONC_CHECKED;

/* Says why a call could not be submitted: `code` of queue_submit or queue_await_room. */
int pool_refused_call(struct pool *pool, int code, struct diag *diag);

struct executor_driver {
    size_t pool_size; /* of the driver's struct */

    /* Starts the workers; returns when all are ready. On failure it has cleaned up after itself.
     * NULL: there is nothing to start. */
    int (*open)(struct pool *pool, struct diag *diag);

    /* Runs every job of pool->work once; work_reset has been called. 0, or why the pool broke. */
    int (*map)(struct pool *pool, struct diag *diag);

    /* Stops the workers and waits until they are gone, also of a broken pool. All calls have ended
     * before, unless it is broken. NULL: there is nothing to stop. */
    int (*close)(struct pool *pool, struct diag *diag);

    /* pool_processes; NULL: there are none. */
    size_t (*processes)(const struct pool *pool, const pid_t **ret_pids);

    /* No worker has a thread or process of its own: the generic layer calls begin_worker. */
    bool in_opener;

    /*
     * Calls (queue.h). An executor without `post` and `calls.run` takes none: pool_open refuses
     * them with -ENOTSUP.
     */
    size_t future_extra; /* bytes that it keeps with each call */

    /* From any thread: a call has been queued; have a worker claim it. Quick, most often nothing is
     * to be done. */
    void (*post)(struct pool *pool);

    /* How calls reach the workers; `context` is the pool. `break_down` stays NULL. */
    struct queue_host calls;
    bool nests; /* calls.run may be called from a call or job that the opener runs */
};

/* A call has been queued. */
static inline void pool_post(struct pool *pool) {
    if (pool->executor->driver->post)
        pool->executor->driver->post(pool);
}

#endif
