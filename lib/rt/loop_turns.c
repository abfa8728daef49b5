/* SPDX-License-Identifier: MIT */
#include "loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Who runs next: the ring of those that are ready, and when the loop's own context has its turn. */

#define READY_FIRST 64   /* places in the first ring, a power of two */
#define POLL_INTERVAL 64 /* switches between two looks for events while coroutines are ready */

_Thread_local struct loop *loop_here;

/* Doubling the ring moves what lies before its first place behind what was its last. */
int loop_reserve(struct loop *loop, size_t count) {
    struct ready_ring *ready = &loop->ready;
    size_t capacity = ready->slots ? ready->mask + 1 : 0;
    if (count <= capacity)
        return 0;
    size_t doubled = capacity ? capacity * 2 : READY_FIRST;
    void **slots = reallocarray(ready->slots, doubled, sizeof(*slots));
    if (!slots)
        return -ENOMEM;
    size_t first = ready->first & ready->mask;
    if (first + ready->count > capacity)
        memcpy(slots + capacity, slots, (first + ready->count - capacity) * sizeof(*slots));
    *ready = (struct ready_ring){
        .slots = slots, .first = first, .count = ready->count, .mask = doubled - 1};
    loop->limit = 0;
    return 0;
}

void loop_refill(struct loop *loop) {
    loop->patience = POLL_INTERVAL;
    loop->limit = loop->named || loop->cancels > 0 ? 0 : loop->ready.first + POLL_INTERVAL;
}

void loop_recall(struct loop *loop, bool recall) {
    loop->recall = recall;
    if (recall)
        loop->limit = 0;
}

/* Whether the loop's own context must run before the next ready coroutine does: asked at
 * the limit. */
static bool is_due(struct loop *loop) {
    if (loop->recall)
        return true;
    if ((loop->named || loop->cancels > 0) && --loop->patience > 0)
        return false;
    if (loop->timers.count > 0 || loop->fd_waits > 0 || loop_has_posts(loop))
        return true;
    loop_refill(loop);
    return false;
}

/* The place behind those that are ready. */
static void **last_slot(struct ready_ring *ready) {
    return &ready->slots[(ready->first + ready->count++) & ready->mask];
}

/* Goes from `from` to the first that is ready; there is one. */
static inline void go_on(struct loop *loop, struct context *from) {
    struct ready_ring *ready = &loop->ready;
    void **slot = &ready->slots[ready->first++ & ready->mask];
    ready->count--;
#if CONTEXT_IS_SP
    if (!loop->named) {
        context_swap(&from->sp, slot);
        return;
    }
#endif
    struct coroutine *next = *slot;
    if (from != &next->context)
        context_switch(from, &next->context);
}

void loop_ready(struct coroutine *coroutine) {
    struct loop *loop = coroutine->loop;
    *last_slot(&loop->ready) = loop->named ? (void *)coroutine : coroutine->context.sp;
}

void loop_suspend(struct coroutine *self) {
    struct loop *loop = self->loop;
    bool due = loop->ready.first >= loop->limit && is_due(loop);
    if (due || loop->ready.count == 0)
        context_switch(&self->context, &loop->context);
    else
        go_on(loop, &self->context);
}

int loop_yield_slowly(struct task *task) {
    struct coroutine *self = (struct coroutine *)task;
    struct loop *loop = self->loop;
    if (self->cancelled)
        return loop_wait(self, TASK_FOREVER); /* which does not wait */
    bool due = is_due(loop);
    void **slot = last_slot(&loop->ready);
    *slot = self;
#if CONTEXT_IS_SP
    if (!loop->named) {
        void **next = &loop->context.sp;
        if (!due) {
            next = &loop->ready.slots[loop->ready.first++ & loop->ready.mask];
            loop->ready.count--;
        }
        context_swap(slot, next);
        return 0;
    }
#endif
    if (due)
        context_switch(&self->context, &loop->context);
    else
        go_on(loop, &self->context);
    return 0;
}

void loop_resume(struct loop *loop, struct coroutine *coroutine) {
    struct loop *outer = loop_here; /* whose task runs this loop, if one does */
    loop_here = loop;
    context_switch(&loop->context, &coroutine->context);
    loop_here = outer;
}

void loop_go(struct loop *loop) {
    if (loop->ready.count == 0)
        return;
    struct loop *outer = loop_here;
    loop_here = loop;
    go_on(loop, &loop->context);
    loop_here = outer;
}
