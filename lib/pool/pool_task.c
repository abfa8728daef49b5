/* SPDX-License-Identifier: MIT */
#include "pool_task.h"

#include "queue.h"

void pool_task_fail(struct task *task, const char *text) {
    struct future *future = task_future(task);
    struct worker *worker = task_worker(task);
    if (future)
        future_note_failure(future, text);
    else if (worker && task->job >= 0)
        worker_note_failure(worker, task->job, text);
}

bool pool_task_is_cancelled(const struct task *task) {
    const struct future *future = task_future(task);
    return future && future_should_stop(future);
}

const struct task_ops pool_task_ops = {
    BLOCKING_TASK_OPS, .fail = pool_task_fail, .is_cancelled = pool_task_is_cancelled};
