/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "queue_memory.h"
#include "waiter.h"

/* Waiting for several futures at once. */

static bool is_failure(struct future *future) {
    return future_phase(atomic_load(&future->state)) == STATE_CANCELLED || future->code < 0;
}

static int wait_for_all(struct future *const *futures, size_t count, int64_t deadline_ns) {
    int code = 0;
    for (size_t i = 0; code == 0 && i < count; i++)
        code = future_wait(futures[i], deadline_ns);
    return code;
}

static int wait_for_one(struct future *const *futures, size_t count, bool that_failed,
    struct waiter *waiter, int64_t deadline_ns) {
    size_t ended = 0;
    for (;;) {
        for (struct watch *watch = waiter_take(waiter); watch; watch = watch->next)
            if (++ended == count || !that_failed || is_failure(watch->future))
                return 0;
        int code = waiter_wait(waiter, future_queue(futures[0]), deadline_ns);
        if (code < 0)
            return code;
    }
}

int futures_wait(
    struct future *const *futures, size_t count, enum futures_until until, int64_t deadline_ns) {
    if (count == 0)
        return 0;
    if (until == FUTURES_ALL)
        return wait_for_all(futures, count, deadline_ns);
    struct waiter *waiter = waiter_new(futures, count);
    if (!waiter)
        return -ENOMEM;
    int code = wait_for_one(futures, count, until == FUTURES_FIRST_FAILED, waiter, deadline_ns);
    waiter_free(waiter);
    return code;
}

/* Appends the future to those that are known to have ended. */
static void move_to_front(struct completions *completions, struct watch *watch) {
    struct waiter *waiter = completions->waiter;
    struct future **futures = completions->futures;
    size_t front = completions->ended++, place = watch->place;
    futures[place] = futures[front];
    futures[front] = watch->future;
    waiter->at[place] = waiter->at[front];
    waiter->at[place]->place = place;
}

static void take_ended(struct completions *completions) {
    struct waiter *waiter = completions->waiter;
    for (struct watch *watch = waiter_take(waiter); watch; watch = watch->next)
        move_to_front(completions, watch);
    if (!waiter_is_idle(waiter))
        return;
    waiter_free(waiter);
    completions->waiter = NULL;
}

static int await_more(struct completions *completions, int64_t deadline_ns) {
    struct future **futures = completions->futures;
    if (!completions->waiter) {
        completions->waiter = waiter_new(futures, completions->count);
        if (!completions->waiter)
            return -ENOMEM;
        take_ended(completions);
    }
    while (completions->waiter && completions->ended == completions->yielded) {
        struct queue *queue = future_queue(futures[completions->ended]);
        int code = waiter_wait(completions->waiter, queue, deadline_ns);
        if (code < 0)
            return code;
        take_ended(completions);
    }
    return 0;
}

int completions_next(
    struct completions *completions, int64_t deadline_ns, struct future **ret_future) {
    if (completions->yielded == completions->count)
        return -ENOENT;
    if (completions->yielded == completions->ended) {
        int code = await_more(completions, deadline_ns);
        if (code < 0)
            return code;
    }
    *ret_future = completions->futures[completions->yielded++];
    return 0;
}
