/* SPDX-License-Identifier: MIT */
#ifndef RT_POOL_H
#define RT_POOL_H

#include <pconc/executor.h>

#include <stdbool.h>

#include "work.h"

/*
 * What an executor's own file provides. A driver's pool is a struct of its own that begins with a
 * struct pool; the generic layer (pool.c) allocates it zeroed, fills this head, and frees it.
 */
struct pool {
    const struct executor *executor;
    struct work *work;
    union param_value params[PARAMS_MAX];
    bool broken; /* a run failed: only closing is left */
};

struct executor_driver {
    size_t pool_size; /* of the driver's struct */

    /* Starts the workers; returns when all are ready. On failure it has cleaned up after itself. */
    int (*open)(struct pool *pool, struct diag *diag);

    /* Runs every job of pool->work once; work_reset has been called. 0, or why the pool broke. */
    int (*map)(struct pool *pool, struct diag *diag);

    /* Stops the workers and waits until they are gone, also of a broken pool. */
    int (*close)(struct pool *pool, struct diag *diag);

    /* pool_processes; NULL: there are none. */
    size_t (*processes)(const struct pool *pool, const pid_t **ret_pids);
};

#endif
