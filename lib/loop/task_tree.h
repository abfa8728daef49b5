/* SPDX-License-Identifier: MIT */
#ifndef LOOP_TASK_TREE_H
#define LOOP_TASK_TREE_H

#include "loop.h"

/* Tasks that a loop runs beside its jobs: what pconc/task.h's task_spawn and its like are made of.
 * By the thread of the loop alone. */

/* The coroutine of a task in a loop; NULL: the task runs elsewhere. */
static inline struct coroutine *task_coroutine(struct task *task) {
    return task->ops->in_loop ? (struct coroutine *)task : NULL;
}

/* Starts fn(task, arg) behind what is ready, and belongs to no other task: it is made `detached`,
 * or given to task_collect when it has ended. NULL with errno: no memory. */
struct coroutine *task_start(struct loop *loop, task_function *fn, void *arg);

/* Gives back a started task that has ended (`kept`) and that nobody awaits. */
void task_collect(struct coroutine *ended);

/* No sentence is kept for task_error any more. */
void task_forget_error(struct coroutine *self);

/* Gives back the tasks that `self` has started, that have ended, and that nobody has asked for: its
 * job has ended, and it may run another. */
void task_forget_children(struct coroutine *self);

/* For the `end` of a coroutine that nobody will ask for; it is not free before its children have
 * ended. */
void task_end_alone(struct coroutine *self);

#endif
