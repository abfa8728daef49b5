/* SPDX-License-Identifier: MIT */
#ifndef LOOP_TASK_TREE_H
#define LOOP_TASK_TREE_H

#include "loop.h"

/* Tasks that a loop runs beside its jobs: task_spawn, task_await and others of pconc/task.h. Only
 * for the thread of the loop. */

/* The coroutine of a task in a loop; NULL: the task is not in a loop. */
static inline struct coroutine *task_coroutine(struct task *task) {
    return task->ops->in_loop ? (struct coroutine *)task : NULL;
}

/* A new task that runs fn(task, arg) after the ready ones, and has no owner. The caller sets
 * `detached`, or calls task_collect when it has ended. NULL with errno: no memory. */
struct coroutine *task_start(struct loop *loop, task_function *fn, void *arg);

/* Gives back a task that has ended (`kept`) and that nobody awaits. */
void task_collect(struct coroutine *ended);

/* task_error has no sentence from now on. */
void task_forget_error(struct coroutine *self);

/* Gives back tasks that `self` started and nobody awaited, and that have ended. Its job has ended,
 * and it may run another. */
void task_forget_children(struct coroutine *self);

/* For the `end` of a coroutine that nobody awaits. It can be reused when its children have ended.
 */
void task_end_alone(struct coroutine *self);

#endif
