/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "clock.h"
#include "executors.h"
#include "pool_task.h"

/* Runs jobs one after another in the caller's thread. The baseline of all other executors. */

static const struct param serial_params[] = {POOL_PARAM_PIN_ENTRY, {0}};

static int serial_map(struct pool *pool, struct diag *diag) {
    (void)diag;
    struct worker *worker = &pool->work->workers[0];
    struct task task = {.ops = &pool_task_ops, .worker = worker};
    worker_run(worker, &task, 0, pool->work->options.jobs);
    return 0;
}

static int serial_run(void *context, bool (*over)(void *arg), void *arg, int64_t deadline_ns) {
    struct pool *pool = context;
    struct queue_view view = {0};
    while (!over(arg)) {
        if (deadline_ns != TASK_FOREVER && clock_now_ns() >= deadline_ns)
            return -ETIMEDOUT;
        struct future *future = queue_claim(pool->queue, &view);
        if (!future)
            return -EAGAIN;
        struct task task = {.ops = &pool_task_ops,
            .worker = &pool->work->workers[0],
            .job = future_task_job(future)};
        future_end(future, future_run(future, &task));
    }
    return 0;
}

static const struct executor_driver serial_driver = {
    .pool_size = sizeof(struct pool),
    .map = serial_map,
    .in_opener = true,
    .binds_opener = true,
    .calls = {.run = serial_run},
    .nests = true,
};

const struct executor executor_serial = {
    .name = "serial",
    .summary = "one job after the other in one thread, the baseline",
    .params = serial_params,
    .max_workers = 1,
    .driver = &serial_driver,
};
