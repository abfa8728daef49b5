/* SPDX-License-Identifier: MIT */
#include "loop_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

/* Which coroutine runs next, and when the loop's own context runs. */

#define READY_FIRST 64   /* slots of the first ring, a power of two */
#define POLL_INTERVAL 64 /* switches between two looks for events while coroutines are ready */

_Thread_local struct loop *loop_here;

/* In the doubled ring, what wrapped around to the first slots follows the last one. */
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

static bool must_return(const struct loop *loop) {
    return loop->via_loop || loop->recall || loop->cancels > 0;
}

void loop_begin_turns(struct loop *loop) {
    struct ready_ring *ready = &loop->ready;
    if (ready->count == 0)
        ready->first = 0; /* so that it uses few of its pages */
    loop->limit = must_return(loop) ? 0 : ready->first + POLL_INTERVAL;
}

void loop_recall(struct loop *loop, bool recall) {
    loop->recall = recall;
    if (recall)
        loop->limit = 0;
}

#if CONTEXT_IS_SP
/* At the limit: whether the loop's own context must run before the next ready coroutine. */
static bool is_due(struct loop *loop) {
    if (must_return(loop) || loop->timers.count > 0 || loop->fd_waits > 0 || loop->serves
        || loop_has_posts(loop))
        return true;
    loop_begin_turns(loop);
    return false;
}
#endif

static void **first_slot(struct ready_ring *ready) {
    ready->count--;
    return &ready->slots[ready->first++ & ready->mask];
}

static void **last_slot(struct ready_ring *ready) {
    return &ready->slots[(ready->first + ready->count++) & ready->mask];
}

void loop_ready(struct coroutine *coroutine) {
    struct loop *loop = coroutine->loop;
    *last_slot(&loop->ready) = loop->via_loop ? (void *)coroutine : coroutine->context.sp;
}

static inline __attribute__((always_inline)) void suspend(struct coroutine *self) {
    struct loop *loop = self->loop;
#if CONTEXT_IS_SP
    bool due = loop->ready.first >= loop->limit && is_due(loop);
    if (!due && loop->ready.count > 0) {
        context_swap(&self->context.sp, first_slot(&loop->ready), 0);
        return;
    }
#endif
    context_switch(&self->context, &loop->context);
}

void loop_suspend(struct coroutine *self) {
    suspend(self);
}

/* In this file, so that the switch is in line. Then the processor predicts every return between the
 * start of a task and its end. */
void coroutine_main(void *arg) {
    struct coroutine *self = arg;
    for (;;) {
        if (!coroutine_ended(self, self->kind->run(self)))
            suspend(self);
    }
}

/* With other work than a switch. */
static int yield_slowly(struct coroutine *self) {
    struct loop *loop = self->loop;
    if (self->cancelled)
        return loop_wait(self, TASK_FOREVER); /* returns at once */
#if CONTEXT_IS_SP
    if (!loop->via_loop) {
        bool due = is_due(loop);
        void **slot = last_slot(&loop->ready);
        return context_jump(slot, due ? &loop->context.sp : first_slot(&loop->ready));
    }
#endif
    self->woken_with = 0;
    *last_slot(&loop->ready) = self;
#if CONTEXT_IS_SP
    return context_jump(&self->context.sp, &loop->context.sp);
#else
    context_switch(&self->context, &loop->context);
    return 0;
#endif
}

/* If no other coroutine is ready, it switches to itself. */
int loop_yield(struct task *task) {
#if CONTEXT_IS_SP
    struct loop *loop = loop_here;
    struct ready_ring *ready = &loop->ready;
    size_t first = ready->first;
    if (__builtin_expect(first < loop->limit, 1)) {
        ready->first = first + 1;
        void **slots = ready->slots;
        size_t mask = ready->mask;
        __builtin_prefetch(slots[(first + 3) & mask]);
        return context_jump(&slots[(first + ready->count) & mask], &slots[first & mask]);
    }
#endif
    return yield_slowly((struct coroutine *)task);
}

/* Runs `next` until it suspends or ends. */
static inline __attribute__((always_inline)) int run_one(
    struct loop *loop, struct coroutine *next) {
    if (loop->shared.top && shared_enter(loop, next) < 0)
        return -ENOMEM;
    loop->running = next;
    int64_t from_ns = loop->options.slow_ns > 0 ? clock_now_ns() : 0;
    int64_t job = next->task.job;
#if CONTEXT_IS_SP
    context_swap(&loop->context.sp, &next->context.sp, next->woken_with);
#else
    context_switch(&loop->context, &next->context);
#endif
    loop->running = NULL;
    if (loop->options.slow_ns > 0) {
        int64_t held_ns = clock_now_ns() - from_ns;
        if (held_ns > loop->options.slow_ns)
            loop->options.slow(loop->options.context,
                &(struct slow_task){.job = job >= 0 ? job : -1, .held_ns = held_ns});
    }
    return 0;
}

/* Runs ready coroutines one by one; after `recall` only one. */
static int run_some(struct loop *loop) {
    int code = 0;
    for (int i = 0; code == 0 && loop->ready.count > 0 && i < POLL_INTERVAL; i++) {
        code = run_one(loop, *first_slot(&loop->ready));
        if (loop->recall)
            break;
    }
    return code;
}

int loop_resume(struct loop *loop, struct coroutine *coroutine) {
    struct loop *outer = loop_here; /* a task of it may run this loop */
    int code = 0;
    loop_here = loop;
    if (loop->via_loop)
        code = run_one(loop, coroutine);
    else
        context_switch(&loop->context, &coroutine->context);
    loop_here = outer;
    return code;
}

int loop_run_ready(struct loop *loop) {
    struct loop *outer = loop_here;
    int code = 0;
    loop_here = loop;
    if (loop->via_loop)
        code = run_some(loop);
#if CONTEXT_IS_SP
    else if (loop->ready.count > 0)
        context_swap(&loop->context.sp, first_slot(&loop->ready), 0);
#endif
    loop_here = outer;
    return code;
}
