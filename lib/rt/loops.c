/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "executors.h"
#include "loop_map.h"
#include "refusal.h"
#include "thread_crew.h"

/* A pool of threads, each with an event loop of its own. The loops share the jobs by claiming them
 * from one counter; a job stays with the loop that started it. */

enum { LOOPS_STACK = CREW_PARAMS, LOOPS_CONCURRENCY, LOOPS_SHARED_STACKS };

static const struct param loops_params[] = {
    [CREW_CHUNK] = CREW_PARAM_CHUNK,
    [CREW_SPIN] = CREW_PARAM_SPIN,
    [LOOPS_STACK] = LOOP_PARAM_STACK,
    [LOOPS_CONCURRENCY] = LOOP_PARAM_CONCURRENCY("jobs in flight at most, in each loop"),
    [LOOPS_SHARED_STACKS] = LOOP_PARAM_SHARED_STACKS,
    {0},
};

/* One worker's; made, used and freed by its thread. */
struct loops_worker {
    _Alignas(CACHE_LINE) struct loop_map map;
};

struct loops_pool {
    struct pool pool;
    struct thread_crew threads;
    struct loops_worker *workers;
};

static int begin(struct pool *pool, int index, struct diag *diag) {
    struct loop_map_options options = {.stack_size = pool->params[LOOPS_STACK].number,
        .concurrency = pool->params[LOOPS_CONCURRENCY].number,
        .shared_stacks = pool->params[LOOPS_SHARED_STACKS].number != 0,
        .slow_ns = pool->work->options.slow_ns,
        .chunk = pool->params[CREW_CHUNK].number,
        .loops = pool->work->options.workers};
    return loop_map_init(&((struct loops_pool *)pool)->workers[index].map, &options, diag);
}

static int run_jobs(struct pool *pool, int index, struct diag *diag) {
    return loop_map_run(&((struct loops_pool *)pool)->workers[index].map, pool->work,
        &pool->work->workers[index], diag);
}

static void end(struct pool *pool, int index) {
    loop_map_release(&((struct loops_pool *)pool)->workers[index].map);
}

static const struct thread_duty loops_duty = {.begin = begin, .round = run_jobs, .end = end};

static int loops_open(struct pool *pool, struct diag *diag) {
    struct loops_pool *loops = (struct loops_pool *)pool;
    size_t size = (size_t)pool->work->options.workers * sizeof *loops->workers;
    loops->workers = aligned_alloc(CACHE_LINE, size);
    if (!loops->workers)
        return refused_memory(diag, ENOMEM, size, "event loops");
    int code = thread_crew_open(&loops->threads, pool, &loops_duty, pool->params, diag);
    if (code < 0)
        free(loops->workers);
    return code;
}

static int loops_map(struct pool *pool, struct diag *diag) {
    return thread_crew_run(&((struct loops_pool *)pool)->threads, diag);
}

static int loops_close(struct pool *pool, struct diag *diag) {
    (void)diag;
    struct loops_pool *loops = (struct loops_pool *)pool;
    thread_crew_close(&loops->threads);
    free(loops->workers);
    return 0;
}

static const struct executor_driver loops_driver = {
    .pool_size = sizeof(struct loops_pool),
    .open = loops_open,
    .map = loops_map,
    .close = loops_close,
};

const struct executor executor_loops = {
    .name = "loops",
    .alias = "loop",
    .summary = "a pool of threads, each with an event loop that runs jobs as tasks",
    .params = loops_params,
    .max_workers = WORKERS_MAX,
    .capabilities = EXECUTOR_SUSPENDS | EXECUTOR_SPAWNS,
    .driver = &loops_driver,
};
