/* SPDX-License-Identifier: MIT */
#ifndef POOL_POOL_TASK_H
#define POOL_POOL_TASK_H

#include <pconc/future.h>

#include "task_ops.h"
#include "task_tree.h"
#include "work.h"

/* A task of a pool runs a job, a call, or neither (task->job is -1). */

/* task->job of a task that runs a call: a number below -1. */
static inline int64_t future_task_job(struct future *future) {
    return ~(int64_t)(uintptr_t)future;
}

/* The future of the call that a task runs; NULL: none. */
static inline struct future *task_future(const struct task *task) {
    return task->job < -1 ? (struct future *)(uintptr_t)~task->job : NULL;
}

/* The worker that counts the task's job; NULL: it runs no job. */
static inline struct worker *task_worker(const struct task *task) {
    return task->ops->in_loop ? task->loop->worker : task->worker;
}

/* Keeps the message of task_fail with the job or the call that the task runs: `fail` of task_ops
 * and of struct loop. */
void pool_task_fail(struct task *task, const char *text);

/* Whether the call that a task in a thread or process runs was cancelled. */
bool pool_task_is_cancelled(const struct task *task);

/* Tasks that block the thread or process that runs them. */
extern const struct task_ops pool_task_ops;

#endif
