/* SPDX-License-Identifier: MIT */
#ifndef RT_TIMERS_H
#define RT_TIMERS_H

#include <stddef.h>
#include <stdint.h>

/* Deadlines in order: a heap of four children per node, which touches half the cache lines that one
 * of two does. Belongs to one thread. */

struct timer {
    int64_t deadline_ns;
    size_t index; /* its place in the heap; TIMER_IDLE: in none */
};

#define TIMER_IDLE SIZE_MAX

struct timer_entry {
    int64_t deadline_ns;
    struct timer *timer;
};

struct timers {
    struct timer_entry *entries;
    size_t count, capacity;
};

void timers_init(struct timers *timers);
void timers_release(struct timers *timers);

/* Puts an idle timer in. 0, or -ENOMEM. Timers are borrowed until taken out again. */
int timers_add(struct timers *timers, struct timer *timer, int64_t deadline_ns);

/* Takes it out if it is in. */
void timers_remove(struct timers *timers, struct timer *timer);

/* The earliest deadline, INT64_MAX if there is none. */
static inline int64_t timers_next_ns(const struct timers *timers) {
    return timers->count > 0 ? timers->entries[0].deadline_ns : INT64_MAX;
}

/* Takes out one timer whose deadline is not after `now_ns`, the earliest first; NULL: none. */
struct timer *timers_expire(struct timers *timers, int64_t now_ns);

#endif
