/* SPDX-License-Identifier: MIT */
#ifndef FUTURE_WAITER_H
#define FUTURE_WAITER_H

#include "queue.h"
#include "wake_word.h"

#include <stddef.h>

/*
 * A thread that waits for several futures, of any pools. Each future has a watch. When it ends, its
 * watch is put into the waiter's list of those that have ended, so that nobody looks through all of
 * them.
 */
struct watch {
    struct future_hook hook;
    struct waiter *waiter;
    struct future *future;
    struct watch *next; /* in waiter->ended */
    size_t place;       /* where the future lies in the array */
    bool hooked;        /* for the thread that waits */
};

struct waiter {
    _Atomic(struct watch *) ended; /* and not taken, the last first */
    _Atomic size_t hooked;         /* watches that are hooked to their futures */
    struct wake_word *word, own;   /* a shared one, if some calls run in worker processes */
    struct queue **pools;          /* of worker processes, each held */
    size_t pool_count;
    size_t count;      /* of all[] */
    struct watch **at; /* by place in the array */
    struct watch all[];
};

/* Watches `count` futures. NULL: no memory. Those that have ended already can be taken at once. */
struct waiter *waiter_new(struct future *const *futures, size_t count);

/* Takes off the watches that were not taken. */
void waiter_free(struct waiter *waiter);

/* Waits until some can be taken. `calls` is the pool of one that cannot. 0, -ETIMEDOUT, or where
 * calls run in the thread that waits -EDEADLK. */
int waiter_wait(struct waiter *waiter, struct queue *queue, int64_t deadline_ns) PCONC_CHECKED;

/* The watches of futures that have ended, in the order of their ends, each once; NULL: none. Their
 * futures may be freed. */
struct watch *waiter_take(struct waiter *waiter);

/* Whether all were taken. Until then future_free of the last one frees the waiter, if nobody has
 * gone on to take it. */
static inline bool waiter_is_idle(const struct waiter *waiter) {
    return atomic_load(&waiter->hooked) == 0;
}

#endif
