/* SPDX-License-Identifier: MIT */
#include "executors.h"
#include "loop_pool.h"

/* One thread with an event loop. Each job is a task, which is suspended where a thread would block.
 */

static const struct param coroutines_params[] = {
    [LOOP_POOL_STACK] = LOOP_PARAM_STACK,
    [LOOP_POOL_CONCURRENCY] = LOOP_PARAM_CONCURRENCY("maximum number of jobs in flight"),
    [LOOP_POOL_SHARED_STACKS] = LOOP_PARAM_SHARED_STACKS,
    [LOOP_POOL_PIN] = POOL_PARAM_PIN_ENTRY,
    {0},
};

static const struct executor_driver coroutines_driver = {
    .pool_size = sizeof(struct loop_pool),
    .open = loop_pool_open,
    .map = loop_pool_map,
    .close = loop_pool_close,
    .in_opener = true,
    .binds_opener = true,
    .call_extra = sizeof(struct call_task),
    .post = loop_pool_post,
    .calls = LOOP_POOL_HOST,
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
