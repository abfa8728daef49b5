/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int pool_open(const struct executor *executor, const struct pool_options *options,
    struct pool **ret_pool, struct diag *diag) {
    const struct work *work = options->work;
    if (work->options.workers < 1 || work->options.workers > executor->max_workers)
        return diag_set(diag, -EINVAL, "%s cannot have %d workers; use 1 to %d", executor->name,
            work->options.workers, executor->max_workers);

    struct pool *pool = calloc(1, executor->driver->pool_size);
    if (!pool)
        return diag_set(diag, -ENOMEM, "out of memory for a pool of %s", executor->name);
    pool->executor = executor;
    pool->work = options->work;

    int code = 0;
    size_t count = params_count(executor->params);
    if (!options->params)
        code = params_defaults(executor->params, 0, pool->params, diag);
    else if (count > 0)
        memcpy(pool->params, options->params, count * sizeof *pool->params);
    if (code == 0)
        code = executor->driver->open(pool, diag);
    if (code < 0) {
        free(pool);
        return code;
    }
    *ret_pool = pool;
    return 0;
}

int pool_run(struct pool *pool, struct tally *ret_tally, struct diag *diag) {
    if (pool->broken)
        return diag_set(
            diag, -EOWNERDEAD, "this pool of %s is broken; open a new one", pool->executor->name);
    work_reset(pool->work);
    int code = pool->executor->driver->map(pool, diag);
    if (code < 0) {
        pool->broken = true;
        return code;
    }
    *ret_tally = work_collect(pool->work);
    return 0;
}

size_t pool_processes(const struct pool *pool, const pid_t **ret_pids) {
    *ret_pids = NULL;
    return pool->executor->driver->processes ? pool->executor->driver->processes(pool, ret_pids)
                                             : 0;
}

int pool_close(struct pool *pool, struct diag *diag) {
    if (!pool)
        return 0;
    int code = pool->executor->driver->close(pool, diag);
    free(pool);
    return code;
}
