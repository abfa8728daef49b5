/* SPDX-License-Identifier: MIT */
#include "executors.h"
#include "task_ops.h"

/* One job after the other, in the caller's own thread: what all other executors are held against.
 */

static int serial_open(struct pool *pool, struct diag *diag) {
    (void)pool;
    (void)diag;
    return 0;
}

static int serial_map(struct pool *pool, struct diag *diag) {
    (void)diag;
    struct worker *worker = &pool->work->workers[0];
    struct task task = {.ops = &blocking_task_ops, .worker = worker};
    worker_run(worker, &task, 0, pool->work->options.jobs);
    return 0;
}

static int serial_close(struct pool *pool, struct diag *diag) {
    (void)pool;
    (void)diag;
    return 0;
}

static const struct executor_driver serial_driver = {
    .pool_size = sizeof(struct pool),
    .open = serial_open,
    .map = serial_map,
    .close = serial_close,
};

const struct executor executor_serial = {
    .name = "serial",
    .summary = "one job after the other in one thread, the baseline",
    .max_workers = 1,
    .driver = &serial_driver,
};
