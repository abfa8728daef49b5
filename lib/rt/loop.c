/* SPDX-License-Identifier: MIT */
#include "loop.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "refusal.h"
#include "work.h"

#define STACK_COLORS 11 /* offsets of the tops of stacks, all within a page */
#define STACK_COLOR_SIZE 320

int loop_init(struct loop *loop, size_t stack_size, struct diag *diag) {
    memset(loop, 0, sizeof *loop);
    loop->wake_fd = -1;
    int code = loop_events_init(loop);
    if (code < 0)
        return refused_descriptor(diag, -code, "the descriptors of an event loop");
    if (context_init_thread(&loop->context) < 0) {
        loop_events_release(loop);
        return refused_memory(diag, ENOMEM, sizeof loop->context, "an event loop");
    }
    stacks_init(&loop->stacks, stack_size);
    timers_init(&loop->timers);
    loop->named = !CONTEXT_IS_SP;
    return 0;
}

void loop_release(struct loop *loop) {
    while (loop->free) {
        struct coroutine *coroutine = loop->free;
        loop->free = coroutine->next;
        context_release(&coroutine->context);
    }
    stacks_release(&loop->stacks);
    free(loop->ready.slots);
    timers_release(&loop->timers);
    context_release_thread(&loop->context);
    loop_events_release(loop);
}

/* Whether `self` was cancelled; that is told once. */
static bool take_cancel(struct coroutine *self) {
    if (!self->cancelled)
        return false;
    self->cancelled = false;
    self->loop->cancels--;
    return true;
}

void loop_recycle(struct coroutine *coroutine) {
    coroutine->kept = false;
    coroutine->next = coroutine->loop->free;
    coroutine->loop->free = coroutine;
}

/* Bodies of coroutines, one after the other for ever: the loop never switches to a free one without
 * having given it a new body. */
static void coroutine_main(void *arg) {
    struct coroutine *self = arg;
    for (;;) {
        self->body(self);
        take_cancel(self);
        if (!self->kept)
            loop_recycle(self);
        loop_suspend(self);
    }
}

struct coroutine *loop_coroutine(struct loop *loop, void (*body)(struct coroutine *self)) {
    struct coroutine *coroutine = loop->free;
    if (coroutine) {
        loop->free = coroutine->next;
        coroutine->body = body;
        coroutine->cancelled = false;
        return coroutine;
    }
    char *low = stacks_take(&loop->stacks);
    if (!low)
        return NULL;
    /* The record lies at the top of its own stack: one page fault for both. The tops of neighbours
     * are set off from each other, or all of them would contend for the same few cache sets. */
    size_t offset = loop->coroutines % STACK_COLORS * STACK_COLOR_SIZE;
    size_t size =
        (loop->stacks.stack_size - offset - sizeof *coroutine) & ~(size_t)(CACHE_LINE - 1);
    coroutine = (struct coroutine *)(low + size);
    *coroutine = (struct coroutine){.task.ops = &loop_task_ops,
        .loop = loop,
        .timer.place = TIMER_IDLE,
        .wait_fd = -1,
        .body = body};
    if (loop_reserve(loop, ++loop->coroutines) < 0
        || context_init(&coroutine->context, low, size, coroutine_main, coroutine) < 0) {
        errno = ENOMEM;
        return NULL;
    }
    return coroutine;
}

bool loop_wake(struct coroutine *coroutine, int code) {
    if (!coroutine->waits)
        return false;
    coroutine->waits = false;
    coroutine->woken_with = code;
    timers_remove(&coroutine->loop->timers, &coroutine->timer);
    if (coroutine->wait_fd >= 0)
        loop_forget_fd(coroutine);
    loop_ready(coroutine);
    return true;
}

void loop_cancel(struct coroutine *coroutine) {
    if (loop_wake(coroutine, -ECANCELED) || coroutine->cancelled)
        return;
    coroutine->cancelled = true;
    coroutine->loop->cancels++;
    coroutine->loop->limit = 0;
}

int loop_wait(struct coroutine *self, int64_t deadline_ns) {
    if (take_cancel(self))
        return -ECANCELED;
    if (deadline_ns != TASK_FOREVER
        && timers_add(&self->loop->timers, &self->timer, deadline_ns) < 0)
        return -ENOMEM;
    self->waits = true;
    loop_suspend(self);
    return self->woken_with;
}

static void expire_timers(struct loop *loop) {
    if (loop->timers.count == 0)
        return;
    int64_t now_ns = clock_now_ns();
    struct timer *timer;
    while ((timer = timers_expire(&loop->timers, now_ns)))
        loop_wake(
            (struct coroutine *)((char *)timer - offsetof(struct coroutine, timer)), -ETIMEDOUT);
}

int loop_step(struct loop *loop, struct diag *diag) {
    loop_refill(loop);
    loop_take_posts(loop);
    int64_t deadline_ns = loop->ready.count > 0 ? 0 : timers_next_ns(&loop->timers);
    if (deadline_ns == INT64_MAX && loop->fd_waits == 0 && loop->wake_fd < 0)
        return diag_set(diag, -EDEADLK,
            "all tasks wait for each other; see that each wait has somebody who ends it");
    bool wait = deadline_ns > clock_now_ns();
    /* Events before deadlines: what is there by now has come in time. */
    if (wait || loop->fd_waits > 0) {
        int code = loop_take_events(loop, wait ? deadline_ns : 0, diag);
        if (code < 0)
            return code;
    }
    loop_take_posts(loop);
    expire_timers(loop);
    loop_go(loop);
    return 0;
}

static int loop_sleep_until(struct task *task, int64_t deadline_ns) {
    int code = loop_wait((struct coroutine *)task, deadline_ns);
    return code == -ETIMEDOUT ? 0 : code;
}

static int loop_block(struct task *task, int (*fn)(void *arg), void *arg) {
    struct coroutine *self = (struct coroutine *)task;
    return self->loop->block ? self->loop->block(self, fn, arg) : fn(arg);
}

const struct task_ops loop_task_ops = {
    .sleep_until = loop_sleep_until,
    .yield = loop_yield,
    .wait_fd = loop_wait_fd,
    .block = loop_block,
};
