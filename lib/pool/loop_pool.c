/* SPDX-License-Identifier: MIT */
#include "loop_pool.h"

static struct loop_map *map_of(struct pool *pool) {
    return &((struct loop_pool *)pool)->map;
}

int loop_pool_open(struct pool *pool, struct diag *diag) {
    struct loop_map_options options = {.stack_size = pool->params[LOOP_POOL_STACK].number,
        .concurrency = pool->params[LOOP_POOL_CONCURRENCY].number,
        .shared_stacks = pool->params[LOOP_POOL_SHARED_STACKS].number != 0,
        .slow_ns = pool->work->options.slow_ns,
        .loops = 1};
    return loop_map_init(map_of(pool), &options, pool->queue, &pool->work->workers[0], diag);
}

int loop_pool_map(struct pool *pool, struct diag *diag) {
    return loop_map_run(map_of(pool), pool->work, &pool->work->workers[0], diag);
}

int loop_pool_close(struct pool *pool, struct diag *diag) {
    int code = call_server_finish(&map_of(pool)->server, diag);
    loop_map_release(map_of(pool));
    return code;
}

void loop_pool_post(struct pool *pool) {
    call_server_post(&map_of(pool)->server);
}

int loop_pool_run(void *pool, bool (*over)(void *arg), void *arg, int64_t deadline_ns) {
    return call_server_run(&map_of(pool)->server, over, arg, deadline_ns);
}

void loop_pool_wake(void *pool) {
    call_server_wake(&map_of(pool)->server);
}
