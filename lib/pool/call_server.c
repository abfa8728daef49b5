/* SPDX-License-Identifier: MIT */
#include "call_server.h"

#include <errno.h>
#include <stddef.h>

#include "clock.h"
#include "pool_task.h"
#include "task_tree.h"

/* A cancellation may come from any thread while the call's task is about to end. The thread that
 * changes OPEN to POSTED posts it, and the task does not end the call before it has arrived. CLOSED
 * is the value of zeroed memory: nothing is posted before the task begins, and the task checks
 * future_should_stop after it has set OPEN. */
enum { CLOSED, OPEN, POSTED };

static struct call_task *call_task_of(struct loop_post *post) {
    return (struct call_task *)((char *)post - offsetof(struct call_task, post));
}

static bool change(_Atomic int *telling, int from, int to) {
    return atomic_compare_exchange_strong(telling, &from, to);
}

static void tell(struct loop_post *post) {
    struct call_task *self = call_task_of(post);
    self->told = true;
    if (self->awaits_post)
        loop_ready(self->runner);
    else
        loop_cancel(self->runner);
}

void call_task_cancel(void *context, struct future *future) {
    (void)context;
    struct call_task *self = future_extra(future);
    if (!change(&self->telling, OPEN, POSTED))
        return;
    self->post.run = tell;
    loop_post(self->loop, &self->post);
}

static void open_telling(struct call_task *self, struct future *future) {
    atomic_store(&self->telling, OPEN);
    if (!future_should_stop(future) || !change(&self->telling, OPEN, POSTED))
        return;
    self->told = true;
    loop_cancel(self->runner);
}

static void close_telling(struct call_task *self) {
    if (atomic_exchange(&self->telling, CLOSED) != POSTED || self->told)
        return;
    self->awaits_post = true;
    loop_suspend(self->runner);
}

/* Whether the call ended because its pool broke. */
static bool is_lost(const struct future *future, int code) {
    return code == -ECANCELED && atomic_load(&future_queue(future)->broken);
}

/* loop->spawned does not count the call while it runs: a run over jobs does not wait for calls. */
static int call_body(struct task *task, void *arg) {
    struct future *future = arg;
    struct call_task *self = future_extra(future);
    struct call_server *server = self->server;
    task->job = future_task_job(future);
    open_telling(self, future);
    int code = future_run(future, task);
    const char *error = task_error(task);
    if (code < 0 && *error && !*future_failure(future)) /* the message is that of a child task */
        future_note_failure(future, error);
    close_telling(self);
    task->job = -1;
    if (server) {
        server->running--;
        server->loop->spawned++;
    }
    loop_remove_hook(&self->lost);
    if (is_lost(future, code))
        future_lose(future, NULL);
    else
        future_end(future, code);
    return 0;
}

/* The loop broke. If a cancellation was posted, it must arrive before the record is freed. */
static void lose_call(struct break_hook *lost, const struct diag *why) {
    struct call_task *self = (struct call_task *)((char *)lost - offsetof(struct call_task, lost));
    if (atomic_exchange(&self->telling, CLOSED) == POSTED || self->awaits_post)
        loop_run_posts_until(self->loop, &self->told);
    future_lose(self->future, why);
}

void call_task_start(struct loop *loop, struct call_server *server, struct future *future) {
    struct call_task *self = future_extra(future);
    struct coroutine *runner = task_start(loop, call_body, future);
    if (!runner) {
        future_note_failure(
            future, "no memory for the stack of a task; let fewer calls be in flight");
        future_end(future, -ENOMEM);
        return;
    }
    runner->detached = true;
    self->loop = loop;
    self->future = future;
    self->server = server;
    self->runner = runner;
    self->told = self->awaits_post = false;
    self->lost.broke = lose_call;
    loop->fail = pool_task_fail;
    loop_add_hook(loop, &self->lost);
    if (server) {
        server->running++;
        loop->spawned--;
    }
}

static void note_wake(struct loop_post *wake) {
    struct call_server *server =
        (struct call_server *)((char *)wake - offsetof(struct call_server, wake));
    atomic_store(&server->posted, false);
}

/* The oldest hook of the loop: the pool knows why it is broken before its calls are lost. */
static void lose_server(struct break_hook *lost, const struct diag *why) {
    struct call_server *server =
        (struct call_server *)((char *)lost - offsetof(struct call_server, lost));
    server->stuck = true;
    queue_break(server->queue, why);
}

int call_server_init(struct call_server *server, struct loop *loop, struct queue *queue,
    struct worker *worker, int64_t concurrency, struct diag *diag) {
    *server = (struct call_server){.loop = loop,
        .queue = queue,
        .limit = concurrency > 0 ? concurrency : INT64_MAX,
        .wake.run = note_wake,
        .lost.broke = lose_server};
    loop_add_hook(loop, &server->lost);
    loop->serves = queue;
    loop->expected++; /* posts of call_server_wake */
    loop->worker = worker;
    return loop->wake_fd < 0 ? loop_open_inbox(loop, diag) : 0;
}

void call_server_wake(struct call_server *server) {
    if (!atomic_exchange(&server->posted, true))
        loop_post(server->loop, &server->wake);
}

bool call_server_post(struct call_server *server) {
    _Atomic bool *sleeps = &server->loop->sleeps;
    if (!atomic_load(sleeps) || !atomic_exchange(sleeps, false))
        return false;
    call_server_wake(server);
    return true;
}

static bool may_start(const struct call_server *server) {
    return server->running < server->limit;
}

/* If it started a call, the loop comes back for the next one before any task has a second turn. */
static bool start_one(struct call_server *server) {
    struct future *future = may_start(server) ? queue_claim(server->queue, &server->view) : NULL;
    if (future)
        call_task_start(server->loop, server, future);
    loop_recall(server->loop, future && may_start(server));
    return future != NULL;
}

/* loop_step that ends when a call is queued. A loop at its limit does not set `sleeps`, so that
 * submitters wake another loop; it looks for calls when one of its own has ended. */
static int step(struct call_server *server, struct diag *diag) {
    struct loop *loop = server->loop;
    if (loop_is_idle(loop) && may_start(server)) {
        /* seq_cst: `sleeps` is set, then the queue read; a submitter queues, then reads `sleeps`.
         * If both missed the other, the call would stay queued while the loop sleeps. */
        atomic_store(&loop->sleeps, true);
        atomic_thread_fence(memory_order_seq_cst);
        if (queue_has_calls(server->queue)) {
            atomic_store(&loop->sleeps, false);
            return 0;
        }
    }
    return loop_step(loop, diag);
}

int call_server_step(struct call_server *server, struct diag *diag) {
    start_one(server);
    return step(server, diag);
}

/* Ends a wait at its deadline. */
struct alarm {
    int64_t deadline_ns;
    bool rang, ended;
};

static int sleep_and_ring(struct task *task, void *arg) {
    struct alarm *alarm = arg;
    alarm->rang = task_sleep_until(task, alarm->deadline_ns) == 0;
    alarm->ended = true;
    return 0;
}

static int set_alarm(struct call_server *server, struct alarm *alarm, struct coroutine **ret_task) {
    *ret_task = NULL;
    alarm->ended = alarm->deadline_ns == TASK_FOREVER;
    if (alarm->ended)
        return 0;
    *ret_task = task_start(server->loop, sleep_and_ring, alarm);
    if (!*ret_task)
        return -ENOMEM;
    (*ret_task)->detached = true;
    return 0;
}

int call_server_run(
    struct call_server *server, bool (*over)(void *arg), void *arg, int64_t deadline_ns) {
    struct diag diag;
    struct alarm alarm = {.deadline_ns = deadline_ns};
    struct coroutine *sleeper;
    int code = set_alarm(server, &alarm, &sleeper);
    while (code == 0 && !over(arg)) {
        size_t others = server->loop->spawned - !alarm.ended;
        if (alarm.rang)
            code = -ETIMEDOUT;
        else if (start_one(server) || server->running > 0 || others > 0)
            code = step(server, &diag);
        else if (!queue_has_calls(server->queue)) /* the claim has passed cancelled calls */
            code = -EAGAIN;
    }
    if (!alarm.ended)
        loop_cancel(sleeper);
    while (!server->stuck && !alarm.ended && loop_step(server->loop, &diag) == 0)
        ;
    return code;
}

int call_server_finish(struct call_server *server, struct diag *diag) {
    int code = 0;
    while (server->queue && !server->stuck && (server->running > 0 || server->loop->spawned > 0))
        code = loop_step(server->loop, diag);
    return code;
}
