/* SPDX-License-Identifier: MIT */
#include <pconc/loop.h>

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "call_server.h"
#include "clock.h"
#include "listener.h"
#include "pool.h"
#include "task_tree.h"

/* How tasks of a loop wait for futures: a hook posts the end to the loop. If the calls run in
 * worker processes, one of the tasks, the reader, waits for the listener's descriptor and has the
 * hooks of all called. */

/* On the heap: other threads write it while the task is suspended. */
struct future_wait {
    struct future_hook hook;
    struct loop_post arrived;
    struct break_hook lost;
    struct coroutine *waiter;
    struct future *future;
    struct listener *listener; /* NULL: workers are not processes */
    struct future_wait *next;  /* in listener->waiting */
    bool came;                 /* the hook's post has arrived */
    bool drains;               /* the task only waits for that post */
    bool lent;                 /* the handle, which this gives back if the loop breaks */
};

static void post_end(struct future_hook *hook) {
    struct future_wait *wait = (struct future_wait *)hook;
    loop_post(wait->waiter->loop, &wait->arrived);
}

static void arrive(struct loop_post *arrived) {
    struct future_wait *wait =
        (struct future_wait *)((char *)arrived - offsetof(struct future_wait, arrived));
    wait->came = true;
    if (wait->drains)
        loop_ready(wait->waiter);
    else
        loop_wake(wait->waiter, 0);
}

static void free_wait(struct future_wait *wait) {
    if (wait->listener)
        listener_leave(future_queue(wait->future), wait->listener);
    free(wait);
}

/* The loop broke. */
static void lose_wait(struct break_hook *lost, const struct diag *why) {
    struct future_wait *wait =
        (struct future_wait *)((char *)lost - offsetof(struct future_wait, lost));
    (void)why;
    if (!wait->came && !future_remove_hook(wait->future, &wait->hook))
        loop_run_posts_until(wait->waiter->loop, &wait->came);
    if (wait->listener) {
        wait->listener->read = false;
        wait->listener->waiting = NULL;
    }
    struct future *lent = wait->lent ? wait->future : NULL;
    free_wait(wait);
    if (lent)
        future_give_back(lent, true);
}

#define LOOK_WITHOUT_FD_NS NS_PER_MS

static int wait_as_reader(struct future_wait *wait, struct listener *listener) {
    struct queue *queue = future_queue(wait->future);
    int code = 0;
    listener->read = true;
    listener_read(queue, listener);
    while (code >= 0 && !atomic_load(&wait->hook.called)) {
        code = listener->fd >= 0
            ? task_wait_fd(&wait->waiter->task, listener->fd, TASK_READABLE, TASK_FOREVER)
            : task_sleep(&wait->waiter->task, LOOK_WITHOUT_FD_NS);
        listener_read(queue, listener);
    }
    listener->read = false;
    return code;
}

static int wait_behind_reader(struct future_wait *wait, struct listener *listener) {
    wait->next = listener->waiting;
    listener->waiting = wait;
    int code = loop_wait(wait->waiter, TASK_FOREVER);
    struct future_wait **link = (struct future_wait **)&listener->waiting;
    while (*link != wait)
        link = &(*link)->next;
    *link = wait->next;
    return code;
}

/* Waits for the end of a call in a worker process. */
static int listen_for_end(struct future_wait *wait, struct listener *listener) {
    int code = 0;
    while (code >= 0 && !atomic_load(&wait->hook.called))
        code = listener->read ? wait_behind_reader(wait, listener) : wait_as_reader(wait, listener);
    struct future_wait *other = listener->waiting;
    if (other && !listener->read)
        loop_wake(other->waiter, 0); /* it becomes the reader */
    return code;
}

/* Waits for the end. If the task is cancelled, so is the call. */
static int wait_for_end(struct future_wait *wait) {
    struct wake_word *no_word = NULL;
    if (!future_add_hook(wait->future, &wait->hook, no_word))
        return 0;
    int code = wait->listener ? listen_for_end(wait, wait->listener)
                              : loop_wait(wait->waiter, TASK_FOREVER);
    if (code == -ECANCELED)
        future_cancel(wait->future);
    if (!future_remove_hook(wait->future, &wait->hook) && !wait->came) {
        wait->drains = true;
        loop_suspend(wait->waiter);
    }
    return code < 0 ? code : 0;
}

static int new_wait(
    struct coroutine *self, struct future *future, bool lent, struct future_wait **ret_wait) {
    struct queue *queue = future_queue(future);
    struct diag diag;
    int code = self->loop->wake_fd < 0 ? loop_open_inbox(self->loop, &diag) : 0;
    if (code < 0)
        return code;
    struct future_wait *wait = calloc(1, sizeof(*wait));
    if (!wait)
        return -ENOMEM;
    *wait = (struct future_wait){.hook.ended = post_end,
        .arrived.run = arrive,
        .lost.broke = lose_wait,
        .waiter = self,
        .future = future,
        .lent = lent};
    if (queue->shared && !(wait->listener = listener_join(queue, self->loop))) {
        free(wait);
        return -ENOMEM;
    }
    *ret_wait = wait;
    return 0;
}

/* 0 if the call has ended; otherwise why the wait ended. */
static int await_hooked(struct coroutine *self, struct future *future, bool lent) {
    struct future_wait *wait;
    int code = new_wait(self, future, lent, &wait);
    if (code < 0)
        return code;
    loop_add_hook(self->loop, &wait->lost);
    self->loop->expected++;
    int64_t start_ns = task_wait_begins(&self->task);
    code = wait_for_end(wait);
    task_wait_ends(&self->task, start_ns);
    self->loop->expected--;
    loop_remove_hook(&wait->lost);
    free_wait(wait);
    return code;
}

/* Lets the loop run until the call has ended. Returns 0 at once if the caller must run the call in
 * place: it needs this thread, and is not of this loop. */
static int await_end(struct task *task, struct future *future, bool lent) {
    struct coroutine *self = task_coroutine(task);
    struct queue *queue = future_queue(future);
    if (!self || future_has_ended(future) || (queue->runs && self->loop->serves != queue))
        return 0;
    return await_hooked(self, future, lent);
}

static int await_future(struct task *task, struct future *future, bool lent, void *ret_result) {
    struct diag diag = {0};
    int code = await_end(task, future, lent);
    if (code < 0) {
        task_keep_error(task, "");
        return code;
    }
    bool waits = !future_has_ended(future);
    int64_t start_ns = waits ? task_wait_begins(task) : 0;
    code = future_result(future, ret_result, &diag);
    if (waits)
        task_wait_ends(task, start_ns);
    if (code < 0)
        task_keep_error(task, diag.text);
    return code;
}

int task_await_future(struct task *task, struct future *future, void *ret_result) {
    return await_future(task, future, false, ret_result);
}

#define ROOM_SLEEP_NS 20000
#define ROOM_SLEEP_MAX_NS 1000000

/* Lets the loop run until the pool may have room. Nothing wakes the loop then, so the task looks
 * again after longer and longer sleeps. If the calls need this thread, it runs them in place. */
static int await_room(struct task *task, struct queue *queue, int64_t *sleep_ns) {
    if (queue->runs && task_coroutine(task)->loop->serves != queue)
        return queue_await_room(queue);
    if (queue->shared)
        queue_check_workers(queue);
    if (queue_is_stuck(queue))
        return -EAGAIN;
    int code = task_sleep(task, *sleep_ns);
    *sleep_ns = *sleep_ns < ROOM_SLEEP_MAX_NS ? 2 * *sleep_ns : *sleep_ns;
    return code;
}

/* Like pool_submit, with a lent handle; lets the loop run while the pool has no room. */
static int submit_from_loop(struct task *task, struct pool *pool, call_function *fn,
    const void *argument, size_t size, struct future **ret_future, struct diag *diag) {
    int64_t sleep_ns = ROOM_SLEEP_NS;
    for (;;) {
        int code = queue_submit_lent(pool->queue, fn, argument, size, ret_future, diag);
        if (code == 0) {
            pool_post(pool);
            return 0;
        }
        if (code == -EAGAIN)
            code = await_room(task, pool->queue, &sleep_ns);
        if (code < 0)
            return code == -ECANCELED ? code : pool_refused_call(pool, code, diag);
    }
}

int task_run_in(struct task *task, struct pool *pool, call_function *fn, const void *argument,
    size_t argument_size, void *ret_result) {
    struct future *future;
    struct diag diag = {0};
    bool in_loop = task_coroutine(task) && pool->queue;
    int code = in_loop ? submit_from_loop(task, pool, fn, argument, argument_size, &future, &diag)
                       : pool_submit(pool, fn, argument, argument_size, &future, &diag);
    if (code < 0) {
        task_keep_error(task, diag.text);
        return code;
    }
    code = await_future(task, future, in_loop, ret_result);
    future_give_back(future, in_loop);
    return code;
}
