/* SPDX-License-Identifier: MIT */
#include <pconc/loop.h>

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "call_server.h"
#include "pool.h"
#include "tasks.h"

/* How tasks of a loop wait for calls that run elsewhere: other threads post the end to the loop;
 * for calls of processes the task waits for a descriptor. */

/* On the heap: other threads write to it while the task is suspended. */
struct future_wait {
    struct future_hook hook;
    struct loop_call arrived;
    struct break_hook lost;
    struct coroutine *waiter;
    bool came;   /* the hook's post has arrived */
    bool drains; /* the task waits for nothing else */
};

static void post_end(struct future_hook *hook) {
    struct future_wait *wait = (struct future_wait *)hook;
    loop_post(wait->waiter->loop, &wait->arrived);
}

static void arrive(struct loop_call *arrived) {
    struct future_wait *wait =
        (struct future_wait *)((char *)arrived - offsetof(struct future_wait, arrived));
    wait->came = true;
    if (wait->drains)
        loop_ready(wait->waiter);
    else
        loop_wake(wait->waiter, 0);
}

/* The task will not go on. */
static void lose_wait(struct break_hook *lost, const struct diag *why) {
    struct future_wait *wait =
        (struct future_wait *)((char *)lost - offsetof(struct future_wait, lost));
    (void)why;
    if (!wait->came && !call_unhook(wait->hook.future, &wait->hook))
        loop_take_posts_until(wait->waiter->loop, &wait->came);
    free(wait);
}

/* 0 once the call has ended, or why the task waits no more. */
static int await_hooked(struct coroutine *self, struct future *future) {
    if (self->loop->wake_fd < 0) {
        struct diag diag;
        int code = loop_open_inbox(self->loop, &diag);
        if (code < 0)
            return code;
    }
    struct future_wait *wait = calloc(1, sizeof *wait);
    if (!wait)
        return -ENOMEM;
    wait->hook = (struct future_hook){.ended = post_end, .future = future};
    wait->arrived.run = arrive;
    wait->waiter = self;
    wait->lost.broke = lose_wait;
    loop_add_hook(self->loop, &wait->lost);
    int code = 0;
    self->loop->expected++;
    int64_t start_ns = task_wait_begins(&self->task);
    if (call_hook(future, &wait->hook)) {
        code = loop_wait(self, TASK_FOREVER);
        if (code == -ECANCELED)
            future_cancel(future);
        if (!wait->came && !call_unhook(future, &wait->hook)) {
            wait->drains = true;
            loop_suspend(self);
        }
    }
    task_wait_ends(&self->task, start_ns);
    self->loop->expected--;
    loop_remove_hook(&wait->lost);
    free(wait);
    return code;
}

/* The same for a call that a worker process runs. */
static int await_seated(struct task *task, struct future *future) {
    struct seat *seat;
    int code = seat_take(call_calls(future), &seat);
    if (code < 0)
        return code;
    while (code >= 0 && call_mark(future, CALL_WAITED)) {
        seat_look(seat);
        if (!call_has_ended(future))
            code = task_wait_fd(task, seat->fd, TASK_READABLE, TASK_FOREVER);
    }
    if (code == -ECANCELED)
        future_cancel(future);
    seat_leave(seat);
    return code < 0 ? code : 0;
}

/* Lets the loop run on until the call has ended. Calls that need this very thread run in place,
 * unless this loop itself runs them. */
static int await_end(struct task *task, struct future *future) {
    struct coroutine *self = task_coroutine(task);
    struct calls *calls = call_calls(future);
    if (!self || call_has_ended(future) || (calls->runs && self->loop->serves != calls))
        return 0;
    return calls->shared ? await_seated(task, future) : await_hooked(self, future);
}

int task_await_future(struct task *task, struct future *future, void *ret_result) {
    struct diag diag = {0};
    int code = await_end(task, future);
    if (code < 0) {
        task_keep_error(task, "");
        return code;
    }
    bool waits = !call_has_ended(future);
    int64_t start_ns = waits ? task_wait_begins(task) : 0;
    code = future_result(future, ret_result, &diag);
    if (waits)
        task_wait_ends(task, start_ns);
    if (code < 0)
        task_keep_error(task, diag.text);
    return code;
}

#define ROOM_SLEEP_NS 20000
#define ROOM_SLEEP_MAX_NS 1000000

/* Lets the loop run on until the pool may have room: who makes room does not know of this loop, so
 * it looks again after ever longer sleeps. Where calls need a thread that is not there meanwhile,
 * it runs them in place or says that it cannot. */
static int await_room(struct task *task, struct calls *calls, int64_t *sleep_ns) {
    if (calls->runs && task_coroutine(task)->loop->serves != calls)
        return calls_await_room(calls);
    if (calls->shared)
        calls_look(calls);
    if (calls_are_stuck(calls))
        return -EAGAIN;
    int code = task_sleep(task, *sleep_ns);
    *sleep_ns = *sleep_ns < ROOM_SLEEP_MAX_NS ? 2 * *sleep_ns : *sleep_ns;
    return code;
}

/* pool_submit, of a handle that is lent, that lets the loop run on while the pool has no room. */
static int submit_from_loop(struct task *task, struct pool *pool, call_function *fn,
    const void *argument, size_t size, struct future **ret_future, struct diag *diag) {
    int64_t sleep_ns = ROOM_SLEEP_NS;
    for (;;) {
        int code = calls_submit_lent(pool->calls, fn, argument, size, ret_future, diag);
        if (code == 0) {
            pool_post(pool);
            return 0;
        }
        if (code == -EAGAIN)
            code = await_room(task, pool->calls, &sleep_ns);
        if (code < 0)
            return code == -ECANCELED ? code : pool_refused_call(pool, code, diag);
    }
}

int task_run_in(struct task *task, struct pool *pool, call_function *fn, const void *argument,
    size_t argument_size, void *ret_result) {
    struct future *future;
    struct diag diag = {0};
    bool in_loop = task_coroutine(task) && pool->calls;
    int code = in_loop ? submit_from_loop(task, pool, fn, argument, argument_size, &future, &diag)
                       : pool_submit(pool, fn, argument, argument_size, &future, &diag);
    if (code < 0) {
        task_keep_error(task, diag.text);
        return code;
    }
    code = task_await_future(task, future, ret_result);
    call_give_back(future, in_loop);
    return code;
}
