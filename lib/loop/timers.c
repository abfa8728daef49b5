/* SPDX-License-Identifier: MIT */
#include "timers.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#define ARITY 4 /* children per node: half the cache lines of two */
#define FIRST_CAPACITY 64

void timers_init(struct timers *timers) {
    *timers = (struct timers){0};
}

void timers_release(struct timers *timers) {
    free(timers->line.at);
    free(timers->heap.at);
    timers_init(timers);
}

static bool is_in(const struct timer_entry *entry) {
    return entry->timer->deadline_ns == entry->deadline_ns;
}

/* Does nothing in a sorted line, which is a heap too. */
static void sift_up(struct timer_entry *at, size_t index, struct timer_entry entry) {
    while (index > 0) {
        size_t parent = (index - 1) / ARITY;
        if (at[parent].deadline_ns <= entry.deadline_ns)
            break;
        at[index] = at[parent];
        index = parent;
    }
    at[index] = entry;
}

static void sift_down(struct timer_entry *at, size_t count, struct timer_entry entry) {
    size_t index = 0;
    for (size_t first = 1; first < count; first = index * ARITY + 1) {
        size_t end = first + ARITY < count ? first + ARITY : count;
        size_t best = first;
        for (size_t child = first + 1; child < end; child++)
            if (at[child].deadline_ns < at[best].deadline_ns)
                best = child;
        if (at[best].deadline_ns >= entry.deadline_ns)
            break;
        at[index] = at[best];
        index = best;
    }
    at[index] = entry;
}

/* Room for one more. Entries of removed timers are dropped first; where less than half of the room
 * is free then, it is doubled. So an entry is moved twice on the average. */
static int reserve(struct timer_entries *entries) {
    if (entries->end < entries->capacity)
        return 0;
    size_t count = 0;
    for (size_t i = entries->first; i < entries->end; i++)
        if (is_in(&entries->at[i]))
            sift_up(entries->at, count++, entries->at[i]);
    entries->first = 0;
    entries->end = count;
    if (count < entries->capacity / 2)
        return 0;
    size_t capacity = entries->capacity ? entries->capacity * 2 : FIRST_CAPACITY;
    struct timer_entry *at = reallocarray(entries->at, capacity, sizeof(*at));
    if (!at)
        return count < entries->capacity ? 0 : -ENOMEM;
    entries->at = at;
    entries->capacity = capacity;
    return 0;
}

int timers_add(struct timers *timers, struct timer *timer, int64_t deadline_ns) {
    struct timer_entries *line = &timers->line, *heap = &timers->heap;
    struct timer_entry entry = {.deadline_ns = deadline_ns, .timer = timer};
    while (line->first != line->end && !is_in(&line->at[line->end - 1]))
        line->end--;
    bool ordered = line->first == line->end || line->at[line->end - 1].deadline_ns <= deadline_ns;
    if (reserve(ordered ? line : heap) < 0)
        return -ENOMEM;
    if (ordered)
        line->at[line->end++] = entry;
    else
        sift_up(heap->at, heap->end++, entry);
    timer->deadline_ns = deadline_ns;
    timers->count++;
    return 0;
}

void timers_remove(struct timers *timers, struct timer *timer) {
    if (timer->deadline_ns == TIMER_IDLE)
        return;
    timer->deadline_ns = TIMER_IDLE;
    timers->count--;
}

static void drop_first(struct timers *timers, struct timer_entries *entries) {
    if (entries == &timers->line)
        entries->first++;
    else if (--entries->end > 0)
        sift_down(entries->at, entries->end, entries->at[entries->end]);
    if (entries->first == entries->end)
        entries->first = entries->end = 0;
}

/* Where the timer stands that expires next, as the first; NULL: there is none. */
static struct timer_entries *find_next(struct timers *timers) {
    for (;;) {
        struct timer_entries *line = &timers->line, *heap = &timers->heap, *next = line;
        if (line->first == line->end
            || (heap->end > 0 && heap->at[0].deadline_ns < line->at[line->first].deadline_ns))
            next = heap;
        if (next->first == next->end)
            return NULL;
        if (is_in(&next->at[next->first]))
            return next;
        drop_first(timers, next);
    }
}

int64_t timers_next_ns(struct timers *timers) {
    const struct timer_entries *next = find_next(timers);
    return next ? next->at[next->first].deadline_ns : INT64_MAX;
}

struct timer *timers_expire(struct timers *timers, int64_t now_ns) {
    struct timer_entries *next = find_next(timers);
    if (!next || next->at[next->first].deadline_ns > now_ns)
        return NULL;
    struct timer *timer = next->at[next->first].timer;
    timers_remove(timers, timer);
    drop_first(timers, next);
    return timer;
}
