/* SPDX-License-Identifier: MIT */
#include <pconc/sync.h>

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "task_tree.h"

/*
 * Permits and items go directly from task to task: a waiter that is woken with 0 has what it waited
 * for. A waiter whose wait ended otherwise (deadline, cancelled) may be in the list until it runs;
 * loop_wake returns false for it, and the next one is taken. A waiter that is cancelled after it
 * got something keeps it, and its next wait ends.
 */

static struct coroutine *waiting_task(struct task_waiter *waiter) {
    return (struct coroutine *)((char *)waiter - offsetof(struct coroutine, waiter));
}

static void enqueue(struct task_waiters *waiters, struct task_waiter *waiter) {
    waiting_task(waiter)->queued = true;
    waiter->next = NULL;
    waiter->previous = waiters->last;
    if (waiters->last)
        waiters->last->next = waiter;
    else
        waiters->first = waiter;
    waiters->last = waiter;
}

static void dequeue(struct task_waiters *waiters, struct task_waiter *waiter) {
    waiting_task(waiter)->queued = false;
    if (waiter->previous)
        waiter->previous->next = waiter->next;
    else
        waiters->first = waiter->next;
    if (waiter->next)
        waiter->next->previous = waiter->previous;
    else
        waiters->last = waiter->previous;
}

/* Removes the first that still waits, and wakes it with `code`. It runs later. NULL: there is none.
 */
static struct task_waiter *wake_first(struct task_waiters *waiters, int code) {
    while (waiters->first) {
        struct task_waiter *waiter = waiters->first;
        dequeue(waiters, waiter);
        if (loop_wake(waiting_task(waiter), code))
            return waiter;
    }
    return NULL;
}

static int wait_in(struct task_waiters *waiters, struct coroutine *self, int64_t deadline_ns) {
    int64_t start_ns = task_wait_begins(&self->task);
    enqueue(waiters, &self->waiter);
    int code = loop_wait(self, deadline_ns);
    task_wait_ends(&self->task, start_ns);
    if (self->queued)
        dequeue(waiters, &self->waiter);
    return code;
}

/* 0 with the task's coroutine, if it can wait for `object`. */
static int check(struct task *task, const void *object, struct coroutine **ret_self) {
    struct coroutine *self = task_coroutine(task);
    if (!self)
        return -ENOTSUP;
    (void)object;
#ifndef NDEBUG
    if (loop_shares(self->loop, object))
        return -EFAULT;
#endif
    *ret_self = self;
    return 0;
}

int task_semaphore_take(struct task *task, struct task_semaphore *semaphore, int64_t deadline_ns) {
    struct coroutine *self;
    int code = check(task, semaphore, &self);
    if (code < 0)
        return code;
    if (semaphore->permits > 0) {
        semaphore->permits--;
        return 0;
    }
    return wait_in(&semaphore->waiters, self, deadline_ns);
}

void task_semaphore_give(struct task_semaphore *semaphore) {
    if (!wake_first(&semaphore->waiters, 0))
        semaphore->permits++;
}

int task_queue_init(struct task_queue *queue, size_t capacity) {
    if (capacity == 0)
        return -EINVAL;
    void **items = NULL;
    if (capacity <= PTRDIFF_MAX / sizeof(*items))
        items = calloc(capacity, sizeof(*items));
    if (!items)
        return -ENOMEM;
    *queue = (struct task_queue){.items = items, .capacity = capacity};
    return 0;
}

void task_queue_release(struct task_queue *queue) {
    free(queue->items);
    *queue = (struct task_queue){0};
}

static void append(struct task_queue *queue, void *item) {
    size_t room = queue->capacity - queue->first; /* up to the end of the ring */
    size_t at = queue->count < room ? queue->first + queue->count : queue->count - room;
    queue->items[at] = item;
    queue->count++;
}

static void *take_first(struct task_queue *queue) {
    void *item = queue->items[queue->first];
    queue->first = queue->first + 1 == queue->capacity ? 0 : queue->first + 1;
    queue->count--;
    return item;
}

int task_queue_put(struct task *task, struct task_queue *queue, void *item, int64_t deadline_ns) {
    struct coroutine *self;
    int code = check(task, queue, &self);
    if (code < 0)
        return code;
    if (queue->closed)
        return -EPIPE;
    /* If a task waits for an item, the queue is empty. */
    struct task_waiter *getter = wake_first(&queue->getters, 0);
    if (getter) {
        getter->item = item;
        return 0;
    }
    if (queue->count < queue->capacity) {
        append(queue, item);
        return 0;
    }
    self->waiter.item = item;
    return wait_in(&queue->putters, self, deadline_ns);
}

int task_queue_get(
    struct task *task, struct task_queue *queue, int64_t deadline_ns, void **ret_item) {
    struct coroutine *self;
    int code = check(task, queue, &self);
    if (code < 0)
        return code;
    if (queue->count > 0) {
        *ret_item = take_first(queue);
        struct task_waiter *putter = wake_first(&queue->putters, 0);
        if (putter)
            append(queue, putter->item);
        return 0;
    }
    if (queue->closed)
        return -EPIPE;
    code = wait_in(&queue->getters, self, deadline_ns);
    if (code == 0)
        *ret_item = self->waiter.item;
    return code;
}

void task_queue_close(struct task_queue *queue) {
    queue->closed = true;
    while (wake_first(&queue->putters, -EPIPE))
        ;
    while (wake_first(&queue->getters, -EPIPE))
        ;
}
