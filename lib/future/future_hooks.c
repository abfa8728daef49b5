/* SPDX-License-Identifier: MIT */
#include "queue_memory.h"

#include <errno.h>
#include <sched.h>
#include <sys/eventfd.h>

/* A thread that ends a call with STATE_HOOKED calls the hooks afterwards. Until then the hooks stay
 * linked, and their owners do not free the call. */

static void set_word(struct queue *queue, struct future *future, struct wake_word *word) {
    if (queue->shared && word)
        atomic_store(queue_wake_word(queue, future), word);
}

bool future_add_hook(struct future *future, struct future_hook *hook, struct wake_word *word) {
    struct queue *queue = future_queue(future);
    atomic_store(&hook->called, false);
    queue_lock(queue);
    set_word(queue, future, word);
    bool marked = future_mark(future, STATE_HOOKED);
    if (marked) {
        hook->next = future->hooks;
        future->hooks = hook;
    }
    queue_unlock(queue);
    return marked;
}

/* Clears STATE_HOOKED. False: the call has ended. */
static bool unmark(struct future *future) {
    uint32_t state = atomic_load_explicit(&future->state, memory_order_acquire);
    while (state_is_unfinished(state))
        if (atomic_compare_exchange_weak_explicit(&future->state, &state, state & ~STATE_HOOKED,
                memory_order_acq_rel, memory_order_acquire))
            return true;
    return false;
}

enum unhooked { OFF, OFF_CALLED, NOT_YET };

/* The thread that ends the call relies on a hook to keep the record. So the last hook is removed
 * only together with STATE_HOOKED. */
static enum unhooked take_off(struct future *future, struct future_hook *hook) {
    struct future_hook **link = &future->hooks;
    while (*link && *link != hook)
        link = &(*link)->next;
    if (!*link)
        return OFF_CALLED;
    bool called = atomic_load(&hook->called);
    bool only = future->hooks == hook && !hook->next;
    if (!called && (only ? !unmark(future) : future_has_ended(future)))
        return NOT_YET;
    *link = hook->next;
    return called ? OFF_CALLED : OFF;
}

bool future_remove_hook(struct future *future, struct future_hook *hook) {
    struct queue *queue = future_queue(future);
    for (;;) {
        queue_lock(queue);
        enum unhooked unhooked = take_off(future, hook);
        queue_unlock(queue);
        if (unhooked != NOT_YET)
            return unhooked == OFF;
        /* The call has just ended. A worker process may have died before it pushed the call. */
        if (queue->shared) {
            queue_take_ended(queue);
            queue_check_workers(queue);
        }
        sched_yield();
    }
}

void future_drop_hooks(struct future *future) {
    struct queue *queue = future_queue(future);
    for (;;) {
        queue_lock(queue);
        struct future_hook *hook = future->hooks;
        queue_unlock(queue);
        if (!hook)
            return;
        (void)future_remove_hook(future, hook);
        if (hook->dropped)
            hook->dropped(hook);
    }
}

void future_run_hooks(struct future *future) {
    struct queue *queue = future_queue(future);
    queue_lock(queue);
    for (struct future_hook *hook = future->hooks; hook; hook = hook->next)
        if (!atomic_exchange(&hook->called, true))
            hook->ended(hook);
    queue_unlock(queue);
}

void future_push_ended(struct future *future) {
    const struct queue *queue = future_queue(future);
    struct queue_memory *memory = queue->memory;
    int event_fd = queue->event_fd;
    struct wake_word *word = atomic_load(queue_wake_word(queue, future));
    uintptr_t last = atomic_load(&memory->ended);
    do
        future->target = last;
    while (!atomic_compare_exchange_weak(&memory->ended, &last, (uintptr_t)future));
    if (word)
        wake_word_wake(word, true);
    if (atomic_load(&memory->listeners) > 0)
        eventfd_write(event_fd, 1);
}

void queue_take_ended(struct queue *queue) {
    if (!queue->shared || atomic_load(&queue->memory->ended) == 0)
        return;
    pthread_mutex_lock(&queue->mutex);
    struct future *future = (struct future *)atomic_exchange(&queue->memory->ended, 0);
    while (future) {
        struct future *before = (struct future *)future->target;
        future_run_hooks(future); /* may free it */
        future = before;
    }
    pthread_mutex_unlock(&queue->mutex);
}
