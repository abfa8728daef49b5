/* SPDX-License-Identifier: MIT */
#include "loop_internal.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "cpus.h"
#include "overflow.h"
#include "refusal.h"

#define STACK_COLORS 11 /* offsets of the tops of stacks, all within a page */
#define STACK_COLOR_SIZE 320
#define EXPIRE_MAX 64 /* timers that expire before the ready coroutines run */

int loop_init(struct loop *loop, const struct loop_options *options, struct diag *diag) {
    memset(loop, 0, sizeof(*loop));
    loop->options = *options;
    loop->wake_fd = -1;
    loop->hooks.next = loop->hooks.previous = &loop->hooks;
    int code = loop_poll_init(loop);
    if (code < 0)
        return refused_descriptor(diag, -code, "the descriptors of an event loop");
    overflow_enter_thread();
    stacks_init(&loop->stacks, options->stack_size);
    timers_init(&loop->timers);
    bool shares = options->shared_stacks && CONTEXT_IS_SP;
    if (context_init_thread(&loop->context) < 0 || (shares && shared_init(loop) < 0)) {
        loop_release(loop);
        return refused_memory(diag, ENOMEM, options->stack_size, "an event loop");
    }
    loop->via_loop = shares || options->slow_ns > 0 || !CONTEXT_IS_SP;
    return 0;
}

void loop_release(struct loop *loop) {
    loop_await_posters(loop);
    /* A context that is only a stack pointer holds nothing: no visit to a million of them. */
    for (; !CONTEXT_IS_SP && loop->free; loop->free = loop->free->next)
        context_release(&loop->free->context);
    shared_release(loop);
    stacks_release(&loop->stacks);
    free(loop->ready.slots);
    timers_release(&loop->timers);
    context_release_thread(&loop->context);
    loop_poll_release(loop);
    overflow_leave_thread();
}

/* Whether `self` was cancelled since the last time. */
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

bool coroutine_ended(struct coroutine *self, int code) {
    take_cancel(self);
    if (self->kind->end(self, code))
        return true;
    if (!self->kept)
        loop_recycle(self);
    return false;
}

/* The record of the coroutine with stack `number`. It is at the top of the stack, so that both take
 * one page fault. The tops of neighbours have different offsets; else all would compete for the
 * same few cache sets. */
static struct coroutine *own_record(const struct loop *loop, char *low, size_t number) {
    size_t offset = number % STACK_COLORS * STACK_COLOR_SIZE;
    size_t size = loop->stacks.stack_size - offset - sizeof(struct coroutine);
    return (struct coroutine *)(low + (size & ~(size_t)(CACHE_LINE - 1)));
}

static struct coroutine *own_coroutine(struct loop *loop) {
    size_t number;
    char *low = stacks_take(&loop->stacks, &number);
    if (!low)
        return NULL;
    struct coroutine *coroutine = own_record(loop, low, number);
    size_t size = (size_t)((char *)coroutine - low);
    int code = context_init(&coroutine->context, low, size, coroutine_main, coroutine);
    return code < 0 ? NULL : coroutine;
}

const struct coroutine *loop_find_overflow(const struct loop *loop, const void *address) {
    size_t number;
    char *low = stacks_find_guard(&loop->stacks, address, &number);
    if (!low)
        return NULL;
    return loop->shared.top ? loop->running : own_record(loop, low, number);
}

/* Everything except its context and its kind. */
static void reset(struct loop *loop, struct coroutine *coroutine) {
    coroutine->loop = loop;
    coroutine->task.job = -1;
    coroutine->timer.deadline_ns = TIMER_IDLE;
    coroutine->children = 0;
    coroutine->owner = coroutine->ended = NULL;
    coroutine->error = NULL;
    coroutine->waits = coroutine->sleeps = coroutine->waits_fd = false;
    coroutine->cancelled = coroutine->queued = coroutine->kept = coroutine->detached = false;
    coroutine->awaited = coroutine->over = false;
    coroutine->parked = (struct parked){.words = 0};
}

struct coroutine *loop_coroutine(struct loop *loop, const struct coroutine_kind *kind) {
    struct coroutine *coroutine = loop->free;
    if (coroutine) {
        loop->free = coroutine->next;
        __builtin_prefetch(loop->free, 1);
    } else {
        coroutine = NULL;
        if (loop_reserve(loop, loop->coroutines + 1) == 0)
            coroutine = loop->shared.top ? shared_coroutine(loop) : own_coroutine(loop);
        if (!coroutine) {
            errno = ENOMEM;
            return NULL;
        }
        loop->coroutines++;
    }
    reset(loop, coroutine);
    coroutine->kind = kind;
    return coroutine;
}

bool loop_wake(struct coroutine *coroutine, int code) {
    if (!coroutine->waits)
        return false;
    coroutine->waits = false;
    coroutine->woken_with = code == -ETIMEDOUT && coroutine->sleeps ? 0 : code;
    coroutine->sleeps = false;
    timers_remove(&coroutine->loop->timers, &coroutine->timer);
    if (coroutine->waits_fd)
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

/* Takes the fewest bytes of stack. */
static int wait_via_loop(struct coroutine *self) {
#if CONTEXT_IS_SP
    return context_jump(&self->context.sp, &self->loop->context.sp);
#else
    loop_suspend(self);
    return self->woken_with;
#endif
}

__attribute__((noinline)) static int wait_own(struct coroutine *self) {
    loop_suspend(self);
    return self->woken_with;
}

int loop_wait(struct coroutine *self, int64_t deadline_ns) {
    if (take_cancel(self)) {
        self->sleeps = false;
        return -ECANCELED;
    }
    if (deadline_ns != TASK_FOREVER
        && timers_add(&self->loop->timers, &self->timer, deadline_ns) < 0) {
        self->sleeps = false;
        return -ENOMEM;
    }
    self->waits = true;
    return self->loop->via_loop ? wait_via_loop(self) : wait_own(self);
}

/* Not all at once: ready coroutines run in between, and use few slots of the ring. */
static void expire_timers(struct loop *loop, int64_t now_ns) {
    struct timer *timer;
    for (int i = 0; i < EXPIRE_MAX && (timer = timers_expire(&loop->timers, now_ns)); i++)
        loop_wake(
            (struct coroutine *)((char *)timer - offsetof(struct coroutine, timer)), -ETIMEDOUT);
}

void loop_add_hook(struct loop *loop, struct break_hook *hook) {
    hook->next = &loop->hooks;
    hook->previous = loop->hooks.previous;
    hook->previous->next = hook->next->previous = hook;
}

void loop_break(struct loop *loop, const struct diag *why) {
    while (loop->hooks.next != &loop->hooks) {
        struct break_hook *hook = loop->hooks.next;
        loop_remove_hook(hook);
        hook->broke(hook, why);
    }
}

static int step(struct loop *loop, struct diag *diag) {
    loop_begin_turns(loop);
    loop_run_posts(loop);
    int64_t deadline_ns = loop->ready.count > 0 ? 0 : timers_next_ns(&loop->timers);
    if (deadline_ns == INT64_MAX && loop->fd_waits == 0 && loop->expected == 0)
        return diag_set(diag, -EDEADLK,
            "all tasks wait for each other; make sure that something ends each wait");
    int64_t idle_from_ns = clock_now_ns();
    bool wait = deadline_ns > idle_from_ns;
    /* Events before deadlines: an event that is there now came in time. */
    int code = 0;
    if (wait || loop->fd_waits > 0)
        code = loop_poll(loop, wait ? deadline_ns : 0, diag);
    atomic_store_explicit(&loop->sleeps, false, memory_order_relaxed);
    if (code < 0)
        return code;
    int64_t now_ns = clock_now_ns();
    if (wait)
        loop->idle_ns += now_ns - idle_from_ns;
    loop_run_posts(loop);
    expire_timers(loop, now_ns);
    if (loop_run_ready(loop) < 0)
        return diag_set(diag, -ENOMEM,
            "no memory for the part of the shared stack that a suspended task needs; free some, or "
            "bound the tasks in flight");
    return 0;
}

int loop_step(struct loop *loop, struct diag *diag) {
    struct diag own;
    own.code = 0; /* not `= {0}`, which clears the whole text in each step */
    diag = diag ? diag : &own;
    int code = step(loop, diag);
    if (code < 0)
        loop_break(loop, diag);
    return code;
}

int loop_sleep_until(struct task *task, int64_t deadline_ns) {
    struct coroutine *self = (struct coroutine *)task;
    self->sleeps = true;
    return loop_wait(self, deadline_ns);
}

void loop_fail(struct task *task, const char *text) {
    struct loop *loop = task->loop;
    if (loop->fail)
        loop->fail(task, text);
}

int loop_block(struct task *task, int (*fn)(void *arg), void *arg) {
    struct coroutine *self = (struct coroutine *)task;
    return self->loop->block ? self->loop->block(self, fn, arg) : fn(arg);
}
