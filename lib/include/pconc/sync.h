/* SPDX-License-Identifier: MIT */
#ifndef PCONC_SYNC_H
#define PCONC_SYNC_H

#include <pconc/task.h>

/*
 * Tasks of one event loop wait for each other with these. Only the thread of that loop may use
 * them. Waiters are served in the order in which they came. Zeroed structs are not valid:
 * initialize them with the functions below. With shared stacks they must not be on a task's stack.
 */

struct task_waiters {
    struct task_waiter *first, *last;
};

/* A number of permits. */
struct task_semaphore {
    int64_t permits; /* free ones; >= 0 */
    struct task_waiters waiters;
};

static inline struct task_semaphore task_semaphore_of(int64_t permits) {
    return (struct task_semaphore){.permits = permits};
}

/* Takes a permit; waits for one until the deadline. 0; without a permit: -ETIMEDOUT, -ECANCELED, or
 * -ENOTSUP outside a loop. */
int task_semaphore_take(
    struct task *task, struct task_semaphore *semaphore, int64_t deadline_ns) PCONC_CHECKED;

/* Gives a permit back, to the first waiter if there is one. */
void task_semaphore_give(struct task_semaphore *semaphore);

/* A first-in first-out queue of borrowed pointers. */
struct task_queue {
    void **items; /* a ring of `capacity` */
    size_t capacity;
    size_t first, count;
    bool closed;
    struct task_waiters getters, putters;
};

/* For at most `capacity` items, >= 1. 0 or -ENOMEM. */
int task_queue_init(struct task_queue *queue, size_t capacity) PCONC_CHECKED;

/* Frees its memory. No task may be waiting in it. */
void task_queue_release(struct task_queue *queue);

/* Waits for room, until the deadline. 0, -EPIPE: it was closed, -ETIMEDOUT, -ECANCELED or -ENOTSUP.
 */
int task_queue_put(
    struct task *task, struct task_queue *queue, void *item, int64_t deadline_ns) PCONC_CHECKED;

/* Waits for an item, until the deadline. 0, -EPIPE: it was closed and is empty, -ETIMEDOUT,
 * -ECANCELED or -ENOTSUP. */
int task_queue_get(struct task *task, struct task_queue *queue, int64_t deadline_ns,
    void **ret_item) PCONC_CHECKED;

/* Takes no more items. Waiting and later puts return -EPIPE; so do gets when it is empty. */
void task_queue_close(struct task_queue *queue);

#endif
