/* SPDX-License-Identifier: MIT */
#ifndef POOL_LOOP_POOL_H
#define POOL_LOOP_POOL_H

#include "loop_map.h"
#include "pool.h"

/* A pool with one event loop, which runs in the opener: the first member of its executors' structs,
 * and functions for their drivers. */
struct loop_pool {
    struct pool pool;
    struct loop_map map;
};

/* The first parameters of these executors, in this order. */
enum { LOOP_POOL_STACK, LOOP_POOL_CONCURRENCY, LOOP_POOL_SHARED_STACKS, LOOP_POOL_PIN };

int loop_pool_open(struct pool *pool, struct diag *diag) PCONC_CHECKED;
int loop_pool_map(struct pool *pool, struct diag *diag) PCONC_CHECKED;
int loop_pool_close(struct pool *pool, struct diag *diag);
void loop_pool_post(struct pool *pool);
int loop_pool_run(void *pool, bool (*over)(void *arg), void *arg, int64_t deadline_ns);
void loop_pool_wake(void *pool);

#define LOOP_POOL_HOST                                                                             \
    { .run = loop_pool_run, .wake = loop_pool_wake, .cancel = call_task_cancel }

#endif
