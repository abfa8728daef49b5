/* SPDX-License-Identifier: MIT */
#include "timers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ARITY 4
#define FIRST_CAPACITY 64
#define CAPACITY_MAX ((size_t)TIMER_IN_HEAP) /* of either: places have that many bits */

void timers_init(struct timers *timers) {
    *timers = (struct timers){0};
}

void timers_release(struct timers *timers) {
    free(timers->heap);
    free(timers->line);
    timers_init(timers);
}

static void place(struct timers *timers, size_t index, struct timer_entry entry) {
    timers->heap[index] = entry;
    entry.timer->place = TIMER_IN_HEAP | (uint32_t)index;
}

static void sift_up(struct timers *timers, size_t index, struct timer_entry entry) {
    while (index > 0) {
        size_t parent = (index - 1) / ARITY;
        if (timers->heap[parent].deadline_ns <= entry.deadline_ns)
            break;
        place(timers, index, timers->heap[parent]);
        index = parent;
    }
    place(timers, index, entry);
}

static size_t earliest_child(const struct timers *timers, size_t index) {
    size_t first = index * ARITY + 1;
    size_t end = first + ARITY < timers->heap_count ? first + ARITY : timers->heap_count;
    size_t best = first;
    for (size_t child = first + 1; child < end; child++)
        if (timers->heap[child].deadline_ns < timers->heap[best].deadline_ns)
            best = child;
    return best;
}

static void sift_down(struct timers *timers, size_t index, struct timer_entry entry) {
    while (index * ARITY + 1 < timers->heap_count) {
        size_t child = earliest_child(timers, index);
        if (timers->heap[child].deadline_ns >= entry.deadline_ns)
            break;
        place(timers, index, timers->heap[child]);
        index = child;
    }
    place(timers, index, entry);
}

static struct timer_entry *grown(struct timer_entry *entries, size_t *capacity) {
    size_t doubled = *capacity ? *capacity * 2 : FIRST_CAPACITY;
    if (doubled > CAPACITY_MAX)
        return NULL;
    entries = reallocarray(entries, doubled, sizeof *entries);
    if (entries)
        *capacity = doubled;
    return entries;
}

static int heap_add(struct timers *timers, struct timer_entry entry) {
    if (timers->heap_count == timers->heap_capacity) {
        struct timer_entry *heap = grown(timers->heap, &timers->heap_capacity);
        if (!heap)
            return -ENOMEM;
        timers->heap = heap;
    }
    sift_up(timers, timers->heap_count++, entry);
    return 0;
}

static void heap_remove(struct timers *timers, size_t index) {
    int64_t deadline_ns = timers->heap[index].deadline_ns;
    struct timer_entry last = timers->heap[--timers->heap_count];
    if (index == timers->heap_count)
        return;
    if (last.deadline_ns < deadline_ns)
        sift_up(timers, index, last);
    else
        sift_down(timers, index, last);
}

static struct timer_entry *line_slot(const struct timers *timers, size_t position) {
    return &timers->line[position & (timers->line_capacity - 1)];
}

static void line_put(struct timers *timers, size_t position, struct timer_entry entry) {
    *line_slot(timers, position) = entry;
    entry.timer->place = (uint32_t)(position & (timers->line_capacity - 1));
}

/* Closes the gaps that removed timers left. */
static void line_close_up(struct timers *timers) {
    size_t end = timers->first;
    for (size_t i = timers->first; i != timers->end; i++) {
        struct timer_entry entry = *line_slot(timers, i);
        if (entry.timer)
            line_put(timers, end++, entry);
    }
    timers->end = end;
}

/* Doubling the ring moves what lies before its first place behind what was its last. */
static int line_grow(struct timers *timers) {
    size_t capacity = timers->line_capacity;
    size_t first = capacity ? timers->first & (capacity - 1) : 0;
    struct timer_entry *line = grown(timers->line, &timers->line_capacity);
    if (!line)
        return -ENOMEM;
    memcpy(line + capacity, line, first * sizeof *line);
    timers->line = line;
    timers->first = first;
    timers->end = first + capacity;
    for (size_t i = capacity; i < timers->end; i++) /* those that were moved */
        if (line[i].timer)
            line[i].timer->place = (uint32_t)i;
    return 0;
}

/* Room for one more: a line half of gaps is closed up, which each gap pays for once. */
static int line_reserve(struct timers *timers) {
    size_t length = timers->end - timers->first;
    if (length < timers->line_capacity)
        return 0;
    if (timers->line_capacity && timers->count - timers->heap_count <= length / 2) {
        line_close_up(timers);
        return 0;
    }
    return line_grow(timers);
}

static void line_remove(struct timers *timers, size_t index) {
    timers->line[index].timer = NULL;
    while (timers->first != timers->end && !line_slot(timers, timers->first)->timer)
        timers->first++;
    while (timers->first != timers->end && !line_slot(timers, timers->end - 1)->timer)
        timers->end--;
}

int timers_add(struct timers *timers, struct timer *timer, int64_t deadline_ns) {
    struct timer_entry entry = {.deadline_ns = deadline_ns, .timer = timer};
    if (timers->first != timers->end
        && deadline_ns < line_slot(timers, timers->end - 1)->deadline_ns) {
        if (heap_add(timers, entry) < 0)
            return -ENOMEM;
    } else {
        if (line_reserve(timers) < 0)
            return -ENOMEM;
        line_put(timers, timers->end++, entry);
    }
    timers->count++;
    return 0;
}

void timers_remove(struct timers *timers, struct timer *timer) {
    uint32_t from = timer->place;
    if (from == TIMER_IDLE)
        return;
    timer->place = TIMER_IDLE;
    timers->count--;
    if (from & TIMER_IN_HEAP)
        heap_remove(timers, from & ~TIMER_IN_HEAP);
    else
        line_remove(timers, from);
}

/* The entry that expires next; NULL: there is none. */
static const struct timer_entry *earliest(const struct timers *timers) {
    const struct timer_entry *line = NULL;
    if (timers->first != timers->end)
        line = line_slot(timers, timers->first);
    if (timers->heap_count > 0 && (!line || timers->heap[0].deadline_ns < line->deadline_ns))
        return &timers->heap[0];
    return line;
}

int64_t timers_next_ns(const struct timers *timers) {
    const struct timer_entry *next = earliest(timers);
    return next ? next->deadline_ns : INT64_MAX;
}

struct timer *timers_expire(struct timers *timers, int64_t now_ns) {
    const struct timer_entry *next = earliest(timers);
    if (!next || next->deadline_ns > now_ns)
        return NULL;
    struct timer *timer = next->timer;
    timers_remove(timers, timer);
    return timer;
}
