/* SPDX-License-Identifier: MIT */
#ifndef LOOP_TIMERS_H
#define LOOP_TIMERS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Deadlines in order. Most come in order: those stand in a line, where adding and removing cost the
 * same however many there are. One that is before the last of the line goes into a heap beside it,
 * of four children per node, which touches half the cache lines that one of two does. Belongs to
 * one thread.
 */

struct timer {
    uint32_t place; /* in the line or, with TIMER_IN_HEAP set, in the heap; TIMER_IDLE: in none */
};

#define TIMER_IDLE UINT32_MAX
#define TIMER_IN_HEAP (UINT32_C(1) << 31)

struct timer_entry {
    int64_t deadline_ns;
    struct timer *timer; /* NULL: it was removed from the middle of the line */
};

struct timers {
    struct timer_entry *heap;
    size_t heap_count, heap_capacity;
    struct timer_entry
        *line;            /* a ring; its first and its last entry, if any, are no removed ones */
    size_t first, end;    /* count up; slot = count & (line_capacity - 1) */
    size_t line_capacity; /* a power of two, or 0 */
    size_t count;         /* timers in both */
};

void timers_init(struct timers *timers);
void timers_release(struct timers *timers);

/* Puts an idle timer in. 0, or -ENOMEM. Timers are borrowed until taken out again. */
int timers_add(struct timers *timers, struct timer *timer, int64_t deadline_ns);

/* Takes it out if it is in. */
void timers_remove(struct timers *timers, struct timer *timer);

/* The earliest deadline, INT64_MAX if there is none. */
int64_t timers_next_ns(const struct timers *timers);

/* Takes out one timer whose deadline is not after `now_ns`, the earliest first; NULL: none. */
struct timer *timers_expire(struct timers *timers, int64_t now_ns);

#endif
