/* SPDX-License-Identifier: MIT */
#ifndef LOOP_TASK_OPS_H
#define LOOP_TASK_OPS_H

#include <pconc/task.h>

#include "clock.h"

struct worker;
struct loop;

/* With the events of `wait_fd`: the caller has just been told that they have not come. */
#define TASK_EXHAUSTED (1 << 8)

/* How the tasks of one kind of executor block. Results as the functions of pconc/task.h. */
struct task_ops {
    bool in_loop; /* the tasks are coroutines of an event loop */
    int (*sleep_until)(struct task *task, int64_t deadline_ns);
    int (*yield)(struct task *task);
    int (*wait_fd)(struct task *task, int fd, int events, int64_t deadline_ns);
    int (*block)(struct task *task, int (*fn)(void *arg), void *arg);
    /* Told of a wait that began at start_ns and is over, where the task waits otherwise than by one
     * of the above: for other tasks, permits, items or calls. NULL: nobody wants to know. */
    void (*waited)(struct task *task, int64_t start_ns);
};

struct task {
    const struct task_ops *ops;
    union {
        struct worker *worker; /* that runs it: errors of its jobs are counted there */
        struct loop *loop;     /* in_loop: that runs it, and knows the worker */
    };
    int64_t job; /* the job it runs; -1: none */
};

/* Around such a wait. */
static inline int64_t task_wait_begins(const struct task *task) {
    return task->ops->waited ? clock_now_ns() : 0;
}
static inline void task_wait_ends(struct task *task, int64_t start_ns) {
    if (task->ops->waited)
        task->ops->waited(task, start_ns);
}

/* Blocks the thread that runs the task: for executors whose workers are threads or processes. */
extern const struct task_ops blocking_task_ops;

/* Runs fn in place, for the `block` of executors that have nowhere else to put it. */
int task_block_in_place(struct task *task, int (*fn)(void *arg), void *arg);

/* Keeps a sentence for task_error: in the record of a loop's task, else of this thread's. */
void task_keep_error(struct task *task, const char *text);

#endif
