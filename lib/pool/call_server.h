/* SPDX-License-Identifier: MIT */
#ifndef POOL_CALL_SERVER_H
#define POOL_CALL_SERVER_H

#include "loop.h"
#include "queue.h"

/*
 * Runs calls as tasks of an event loop: calls of a pool, which the loop claims when no other task
 * is ready, so that several loops share them; and calls that were submitted to the loop itself.
 */

/* The data of a loop in a future (future_extra). */
struct call_task {
    struct loop_post post; /* posts the call to its loop, and later its cancellation */
    struct loop *loop;
    struct future *future;      /* that this belongs to */
    struct call_server *server; /* NULL: the call was submitted to the loop */
    struct coroutine *runner;
    struct break_hook lost;
    _Atomic int telling; /* whether its task can be cancelled; 0 outside its run */
    bool told;           /* the posted cancellation has arrived */
    bool awaits_post;    /* its task waits only for this post */
};

/* The calls of one loop. Only its thread uses it, except for call_server_post and _wake. */
struct call_server {
    struct loop *loop;
    struct queue *queue;
    int64_t limit;   /* calls in flight at most */
    int64_t running; /* calls in flight */
    struct queue_view view;
    bool stuck; /* the loop is broken, and its calls are lost */
    struct loop_post wake;
    struct break_hook lost;
    _Atomic bool posted; /* `wake` is in the loop's inbox */
};

/* From now on the loop needs its inbox, and its tasks count for `worker`. `concurrency` is the
 * parameter of the pool; 0 is unbounded. */
int call_server_init(struct call_server *server, struct loop *loop, struct queue *queue,
    struct worker *worker, int64_t concurrency, struct diag *diag) PCONC_CHECKED;

/* In any thread: wakes the loop, which then checks for everything. */
void call_server_wake(struct call_server *server);

/* In any thread: wakes the loop if it sleeps and may start a call. Returns whether it did. A loop
 * that is awake looks for calls itself, between two turns of its tasks. */
bool call_server_post(struct call_server *server);

/* Starts a call if one is queued, then calls loop_step. If it fails the pool is broken. */
int call_server_step(struct call_server *server, struct diag *diag) PCONC_CHECKED;

/* `calls.run` of a driver whose loop belongs to the opener. */
int call_server_run(
    struct call_server *server, bool (*over)(void *arg), void *arg, int64_t deadline_ns);

/* Runs the loop until no task is left, unless it is broken. All calls have ended, or will end
 * without new ones. */
int call_server_finish(struct call_server *server, struct diag *diag) PCONC_CHECKED;

/* `cancel` of a driver, and of future_alone: posts the cancellation to the call's loop. */
void call_task_cancel(void *context, struct future *future);

/* In the loop's own context: starts the task of a claimed call. Without memory the call ends with
 * -ENOMEM. */
void call_task_start(struct loop *loop, struct call_server *server, struct future *future);

#endif
