/* SPDX-License-Identifier: MIT */
#include "pool_task.h"

#include "calls.h"

void pool_task_fail(struct task *task, const char *text) {
    struct future *call = task_call(task);
    struct worker *worker = task_worker(task);
    if (call)
        call_note_failure(call, text);
    else if (worker && task->job >= 0)
        worker_note_failure(worker, task->job, text);
}

bool pool_task_is_cancelled(const struct task *task) {
    const struct future *call = task_call(task);
    return call && call_was_told(call);
}

const struct task_ops pool_task_ops = {
    BLOCKING_TASK_OPS, .fail = pool_task_fail, .is_cancelled = pool_task_is_cancelled};
