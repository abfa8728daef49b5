/* SPDX-License-Identifier: MIT */
#ifndef LOOP_TASK_OPS_H
#define LOOP_TASK_OPS_H

#include <pconc/task.h>

#include "clock.h"

struct worker; /* opaque here */
struct loop;

#define TASK_ERROR_SIZE 256 /* bytes of a message of task_fail, with the final 0 */

/* With the events of `wait_fd`: the caller has just been told that they have not come. */
#define TASK_EXHAUSTED (1 << 8)

/* How the tasks of one kind of executor block. Results as the functions of pconc/task.h. */
struct task_ops {
    bool in_loop; /* the tasks are coroutines of an event loop */
    int (*sleep_until)(struct task *task, int64_t deadline_ns);
    int (*yield)(struct task *task);
    int (*wait_fd)(struct task *task, int fd, int events, int64_t deadline_ns);
    int (*block)(struct task *task, int (*fn)(void *arg), void *arg);
    /* Called after a wait for other tasks, permits, items or calls; it began at start_ns. NULL:
     * nobody needs it. */
    void (*waited)(struct task *task, int64_t start_ns);
    /* task_fail: keeps the message with the task's job or call. NULL: only task_error has it. */
    void (*fail)(struct task *task, const char *text);
    /* task_is_cancelled of a task outside of a loop. NULL: always false. */
    bool (*is_cancelled)(const struct task *task);
};

struct task {
    const struct task_ops *ops;
    union {
        struct worker *worker; /* runs it, and counts the errors of its jobs */
        struct loop *loop;     /* in_loop: runs it, and knows the worker */
    };
    int64_t job; /* -1: none */
};

/* Before and after a wait that `waited` reports. */
static inline int64_t task_wait_begins(const struct task *task) {
    return task->ops->waited ? clock_now_ns() : 0;
}
static inline void task_wait_ends(struct task *task, int64_t start_ns) {
    if (task->ops->waited)
        task->ops->waited(task, start_ns);
}

/* The first entries of a table for tasks that block their thread. */
#define BLOCKING_TASK_OPS                                                                          \
    .sleep_until = block_sleep_until, .yield = block_yield, .wait_fd = block_wait_fd,              \
    .block = task_block_in_place
int block_sleep_until(struct task *task, int64_t deadline_ns);
int block_yield(struct task *task);
int block_wait_fd(struct task *task, int fd, int events, int64_t deadline_ns);

/* The `block` of executors that run fn in place. */
int task_block_in_place(struct task *task, int (*fn)(void *arg), void *arg);

/* Keeps a sentence for task_error: in the record of a loop's task, or for this thread. */
void task_keep_error(struct task *task, const char *text);

#endif
