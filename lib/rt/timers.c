/* SPDX-License-Identifier: MIT */
#include "timers.h"

#include <errno.h>
#include <stdlib.h>

#define ARITY 4
#define FIRST_CAPACITY 64

void timers_init(struct timers *timers) {
    *timers = (struct timers){0};
}

void timers_release(struct timers *timers) {
    free(timers->entries);
    timers_init(timers);
}

static void place(struct timers *timers, size_t index, struct timer_entry entry) {
    timers->entries[index] = entry;
    entry.timer->index = index;
}

static void sift_up(struct timers *timers, size_t index, struct timer_entry entry) {
    while (index > 0) {
        size_t parent = (index - 1) / ARITY;
        if (timers->entries[parent].deadline_ns <= entry.deadline_ns)
            break;
        place(timers, index, timers->entries[parent]);
        index = parent;
    }
    place(timers, index, entry);
}

static size_t earliest_child(const struct timers *timers, size_t index) {
    size_t first = index * ARITY + 1;
    size_t end = first + ARITY < timers->count ? first + ARITY : timers->count;
    size_t best = first;
    for (size_t child = first + 1; child < end; child++)
        if (timers->entries[child].deadline_ns < timers->entries[best].deadline_ns)
            best = child;
    return best;
}

static void sift_down(struct timers *timers, size_t index, struct timer_entry entry) {
    while (index * ARITY + 1 < timers->count) {
        size_t child = earliest_child(timers, index);
        if (timers->entries[child].deadline_ns >= entry.deadline_ns)
            break;
        place(timers, index, timers->entries[child]);
        index = child;
    }
    place(timers, index, entry);
}

int timers_add(struct timers *timers, struct timer *timer, int64_t deadline_ns) {
    if (timers->count == timers->capacity) {
        size_t capacity = timers->capacity ? timers->capacity * 2 : FIRST_CAPACITY;
        struct timer_entry *entries =
            reallocarray(timers->entries, capacity, sizeof *timers->entries);
        if (!entries)
            return -ENOMEM;
        timers->entries = entries;
        timers->capacity = capacity;
    }
    timer->deadline_ns = deadline_ns;
    sift_up(
        timers, timers->count++, (struct timer_entry){.deadline_ns = deadline_ns, .timer = timer});
    return 0;
}

void timers_remove(struct timers *timers, struct timer *timer) {
    size_t index = timer->index;
    if (index == TIMER_IDLE)
        return;
    timer->index = TIMER_IDLE;
    struct timer_entry last = timers->entries[--timers->count];
    if (index == timers->count)
        return;
    if (last.deadline_ns < timer->deadline_ns)
        sift_up(timers, index, last);
    else
        sift_down(timers, index, last);
}

struct timer *timers_expire(struct timers *timers, int64_t now_ns) {
    if (timers->count == 0 || timers_next_ns(timers) > now_ns)
        return NULL;
    struct timer *timer = timers->entries[0].timer;
    timers_remove(timers, timer);
    return timer;
}
