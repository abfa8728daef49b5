/* SPDX-License-Identifier: MIT */
#ifndef FUTURE_WAITER_H
#define FUTURE_WAITER_H

#include "queue.h"
#include "wake_word.h"

#include <stddef.h>

/* A thread that waits for several futures, of any pools. Each future has a watch. The end of the
 * future puts its watch into the waiter's list, so that the waiter never looks through all. */
struct watch {
    struct future_hook hook;
    struct waiter *waiter;
    struct future *future;
    struct watch *next; /* in waiter->ended */
    size_t place;       /* where the future lies in the array */
    bool hooked;        /* read by the waiting thread only */
};

struct waiter {
    _Atomic(struct watch *) ended; /* the list, the last first */
    _Atomic size_t hooked;         /* watches whose hook is on their future */
    struct wake_word *word, own;   /* what it sleeps on: `own`, or a shared one if
                                      some calls run in worker processes */
    struct queue **pools;          /* those with worker processes; each is held */
    size_t pool_count;
    size_t count;      /* of all[] */
    struct watch **at; /* by place in the array */
    struct watch all[];
};

/* NULL: no memory. Futures that have ended already can be taken at once. */
struct waiter *waiter_new(struct future *const *futures, size_t count);

/* Removes the watches that were not taken. */
void waiter_free(struct waiter *waiter);

/* Waits until a watch can be taken. `queue` is that of one of the futures. 0, -ETIMEDOUT, or
 * -EDEADLK if calls run in the opener. */
int waiter_wait(struct waiter *waiter, struct queue *queue, int64_t deadline_ns) PCONC_CHECKED;

/* Takes the watches of the futures that have ended, in the order of their ends; NULL: none. Their
 * futures may then be freed. */
struct watch *waiter_take(struct waiter *waiter);

/* Whether all were taken. If the futures are freed instead, the last future_free frees the waiter.
 */
static inline bool waiter_is_idle(const struct waiter *waiter) {
    return atomic_load(&waiter->hooked) == 0;
}

#endif
