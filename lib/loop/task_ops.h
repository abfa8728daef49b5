/* SPDX-License-Identifier: MIT */
#ifndef LOOP_TASK_OPS_H
#define LOOP_TASK_OPS_H

#include <pconc/task.h>

#include "clock.h"

struct worker; /* of who made the task; opaque here */
struct loop;

#define TASK_ERROR_SIZE 256 /* bytes of the message of task_fail, with its end */

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
    /* task_fail: keeps the message with what the task runs. NULL: only task_error has it. */
    void (*fail)(struct task *task, const char *text);
    /* task_is_cancelled of a task outside of a loop. NULL: it never is. */
    bool (*is_cancelled)(const struct task *task);
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

/* The first entries of a table for tasks that block the thread that runs them. */
#define BLOCKING_TASK_OPS                                                                          \
    .sleep_until = block_sleep_until, .yield = block_yield, .wait_fd = block_wait_fd,              \
    .block = task_block_in_place
int block_sleep_until(struct task *task, int64_t deadline_ns);
int block_yield(struct task *task);
int block_wait_fd(struct task *task, int fd, int events, int64_t deadline_ns);

/* Runs fn in place, for the `block` of executors that have nowhere else to put it. */
int task_block_in_place(struct task *task, int (*fn)(void *arg), void *arg);

/* Keeps a sentence for task_error: in the record of a loop's task, else of this thread's. */
void task_keep_error(struct task *task, const char *text);

#endif
