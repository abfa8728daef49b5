/* SPDX-License-Identifier: MIT */
#ifndef RT_TASKS_H
#define RT_TASKS_H

#include "loop.h"

/* Tasks that a loop runs beside its jobs: what pconc/task.h's task_spawn and its like are made of.
 * By the thread of the loop alone. */

/* The coroutine of a task in a loop; NULL: the task runs elsewhere. */
static inline struct coroutine *task_coroutine(struct task *task) {
    return task->ops->in_loop ? (struct coroutine *)task : NULL;
}

/* The worker that a task's job counts for; NULL: it runs none. */
static inline struct worker *task_worker(const struct task *task) {
    return task->ops->in_loop ? task->loop->worker : task->worker;
}

/* Starts fn(task, arg) behind what is ready: its handle is to be given to one of task_await and its
 * like. NULL with errno: no memory. */
struct coroutine *task_start(struct loop *loop, task_function *fn, void *arg);

/* Gives back a started task that has ended (`kept`) and that nobody awaits. */
void task_collect(struct coroutine *ended);

/* No sentence is kept for task_error any more. */
void task_forget_error(struct coroutine *self);

/* Gives back all tasks that have ended and that nobody asked for: at the end of a run. */
void tasks_forget(struct loop *loop);

#endif
