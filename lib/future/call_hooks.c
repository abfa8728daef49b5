/* SPDX-License-Identifier: MIT */
#include "call_queue.h"

#include <errno.h>
#include <sched.h>
#include <sys/eventfd.h>

/* What is called at the end of a call. Whoever ends a call that is marked as hooked calls the hooks
 * afterwards: until then they stay linked, and their owners keep the call. */

static void set_word(struct calls *calls, struct future *call, struct wake_word *word) {
    if (calls->shared && word)
        atomic_store(calls_wake_word(calls, call), word);
}

bool call_hook(struct future *call, struct future_hook *hook, struct wake_word *word) {
    struct calls *calls = call_calls(call);
    atomic_store(&hook->called, false);
    calls_lock(calls);
    set_word(calls, call, word);
    bool marked = call_mark(call, CALL_HOOKED);
    if (marked) {
        hook->next = call->hooks;
        call->hooks = hook;
    }
    calls_unlock(calls);
    return marked;
}

/* Whether no hook is to be called at the end: false if that has come. */
static bool unmark(struct future *call) {
    uint32_t state = atomic_load_explicit(&call->state, memory_order_acquire);
    while (call_is_unfinished(state))
        if (atomic_compare_exchange_weak_explicit(&call->state, &state, state & ~CALL_HOOKED,
                memory_order_acq_rel, memory_order_acquire))
            return true;
    return false;
}

enum unhooked { OFF, OFF_CALLED, NOT_YET };

/* Whoever ends the call marked as hooked must find a hook there, whose owner keeps the call. So the
 * last one goes only with the mark. */
static enum unhooked take_off(struct future *call, struct future_hook *hook) {
    struct future_hook **link = &call->hooks;
    while (*link && *link != hook)
        link = &(*link)->next;
    if (!*link)
        return OFF_CALLED;
    bool called = atomic_load(&hook->called);
    bool only = call->hooks == hook && !hook->next;
    if (!called && (only ? !unmark(call) : call_has_ended(call)))
        return NOT_YET;
    *link = hook->next;
    return called ? OFF_CALLED : OFF;
}

bool call_unhook(struct future *call, struct future_hook *hook) {
    struct calls *calls = call_calls(call);
    for (;;) {
        calls_lock(calls);
        enum unhooked unhooked = take_off(call, hook);
        calls_unlock(calls);
        if (unhooked != NOT_YET)
            return unhooked == OFF;
        /* It has just ended. In another process: that may have died before it could say so. */
        if (calls->shared) {
            calls_take_ended(calls);
            calls_look(calls);
        }
        sched_yield();
    }
}

void call_drop_hooks(struct future *call) {
    struct calls *calls = call_calls(call);
    for (;;) {
        calls_lock(calls);
        struct future_hook *hook = call->hooks;
        calls_unlock(calls);
        if (!hook)
            return;
        (void)call_unhook(call, hook);
        if (hook->dropped)
            hook->dropped(hook);
    }
}

void call_run_hooks(struct future *call) {
    struct calls *calls = call_calls(call);
    calls_lock(calls);
    for (struct future_hook *hook = call->hooks; hook; hook = hook->next)
        if (!atomic_exchange(&hook->called, true))
            hook->ended(hook);
    calls_unlock(calls);
}

void call_push_ended(struct future *call) {
    const struct calls *calls = call_calls(call);
    struct call_queue *queue = calls->queue;
    int event_fd = calls->event_fd;
    struct wake_word *word = atomic_load(calls_wake_word(calls, call));
    uintptr_t last = atomic_load(&queue->ended);
    do
        call->target = last;
    while (!atomic_compare_exchange_weak(&queue->ended, &last, (uintptr_t)call));
    if (word)
        wake_word_wake(word, true);
    if (atomic_load(&queue->listeners) > 0)
        eventfd_write(event_fd, 1);
}

void calls_take_ended(struct calls *calls) {
    if (!calls->shared || atomic_load(&calls->queue->ended) == 0)
        return;
    pthread_mutex_lock(&calls->mutex);
    struct future *call = (struct future *)atomic_exchange(&calls->queue->ended, 0);
    while (call) {
        struct future *before = (struct future *)call->target;
        call_run_hooks(call); /* its owner may free it then */
        call = before;
    }
    pthread_mutex_unlock(&calls->mutex);
}
