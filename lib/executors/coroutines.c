/* SPDX-License-Identifier: MIT */
#include "executors.h"
#include "loop_map.h"

/* One thread with an event loop. Each job is a task, which is suspended where a thread would block.
 */

enum { COROUTINES_STACK, COROUTINES_CONCURRENCY, COROUTINES_SHARED_STACKS };

static const struct param coroutines_params[] = {
    [COROUTINES_STACK] = LOOP_PARAM_STACK,
    [COROUTINES_CONCURRENCY] = LOOP_PARAM_CONCURRENCY("maximum number of jobs in flight"),
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
        .slow_ns = pool->work ? pool->work->options.slow_ns : 0,
        .loops = 1};
    struct loop_map *map = &((struct coroutines_pool *)pool)->map;
    int code = loop_map_init(map, &options, diag);
    if (code < 0)
        return code;
    code = loop_map_serve(map, pool->queue, &pool->work->workers[0], diag);
    if (code < 0)
        loop_map_release(map);
    return code;
}

static int coroutines_map(struct pool *pool, struct diag *diag) {
    return loop_map_run(
        &((struct coroutines_pool *)pool)->map, pool->work, &pool->work->workers[0], diag);
}

static int coroutines_close(struct pool *pool, struct diag *diag) {
    struct loop_map *map = &((struct coroutines_pool *)pool)->map;
    int code = loop_map_finish(map, diag);
    loop_map_release(map);
    return code;
}

static void coroutines_post(struct pool *pool) {
    call_server_post(&((struct coroutines_pool *)pool)->map.server);
}

static void coroutines_wake(void *pool) {
    call_server_wake(&((struct coroutines_pool *)pool)->map.server);
}

static int coroutines_run(void *pool, bool (*over)(void *arg), void *arg, int64_t deadline_ns) {
    return call_server_run(&((struct coroutines_pool *)pool)->map.server, over, arg, deadline_ns);
}

static const struct executor_driver coroutines_driver = {
    .pool_size = sizeof(struct coroutines_pool),
    .open = coroutines_open,
    .map = coroutines_map,
    .close = coroutines_close,
    .in_opener = true,
    .call_extra = sizeof(struct call_task),
    .post = coroutines_post,
    .calls = {.run = coroutines_run, .wake = coroutines_wake, .cancel = loop_map_cancel},
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
