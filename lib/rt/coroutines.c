/* SPDX-License-Identifier: MIT */
#include "executors.h"
#include "loop_map.h"

/* One thread with an event loop: each job is a task on a stack of its own, which suspends where a
 * thread would block. */

enum { COROUTINES_STACK, COROUTINES_CONCURRENCY, COROUTINES_SHARED_STACKS };

static const struct param coroutines_params[] = {
    [COROUTINES_STACK] = LOOP_PARAM_STACK,
    [COROUTINES_CONCURRENCY] = LOOP_PARAM_CONCURRENCY("jobs in flight at most"),
    [COROUTINES_SHARED_STACKS] = LOOP_PARAM_SHARED_STACKS,
    {0},
};

struct coroutines_pool {
    struct pool pool;
    struct loop_map map;
};

static int coroutines_open(struct pool *pool, struct diag *diag) {
    struct loop_map_options options = {.stack_size = pool->params[COROUTINES_STACK].number,
        .concurrency = pool->params[COROUTINES_CONCURRENCY].number,
        .shared_stacks = pool->params[COROUTINES_SHARED_STACKS].number != 0,
        .slow_ns = pool->work->options.slow_ns,
        .loops = 1};
    return loop_map_init(&((struct coroutines_pool *)pool)->map, &options, diag);
}

static int coroutines_map(struct pool *pool, struct diag *diag) {
    return loop_map_run(
        &((struct coroutines_pool *)pool)->map, pool->work, &pool->work->workers[0], diag);
}

static int coroutines_close(struct pool *pool, struct diag *diag) {
    (void)diag;
    loop_map_release(&((struct coroutines_pool *)pool)->map);
    return 0;
}

static const struct executor_driver coroutines_driver = {
    .pool_size = sizeof(struct coroutines_pool),
    .open = coroutines_open,
    .map = coroutines_map,
    .close = coroutines_close,
};

const struct executor executor_coroutines = {
    .name = "coroutines",
    .alias = "coroutine",
    .summary = "an event loop in one thread, a task with a stack of its own per job",
    .params = coroutines_params,
    .max_workers = 1,
    .capabilities = EXECUTOR_SUSPENDS | EXECUTOR_SPAWNS,
    .driver = &coroutines_driver,
};
