/* SPDX-License-Identifier: MIT */
#ifndef POOL_CALL_SERVER_H
#define POOL_CALL_SERVER_H

#include "loop.h"
#include "queue.h"

/*
 * Runs calls as tasks of an event loop, each on a stack of its own: those of a pool, which the loop
 * claims whenever it has nothing else that is ready, so that several loops share them; and calls
 * that were submitted to the loop itself.
 */

/* What a loop keeps with a call (future_extra). */
struct call_task {
    struct loop_post post; /* brings the call to its loop, later its cancellation */
    struct loop *loop;
    struct future *future;      /* that this goes with */
    struct call_server *server; /* NULL: it was submitted to the loop */
    struct coroutine *runner;
    struct break_hook lost;
    _Atomic int telling; /* whether its task can be told of a cancellation: 0 outside its run */
    bool told;           /* the posted cancellation has arrived */
    bool awaits_post;    /* its task has nothing else to wait for */
};

/* One loop's. By its thread, but for call_server_post. */
struct call_server {
    struct loop *loop;
    struct queue *queue;
    int64_t limit;   /* calls in flight at most */
    int64_t running; /* calls in flight */
    uint64_t tail;   /* for queue_claim */
    bool stuck;      /* the loop could not go on, and its calls are lost */
    struct loop_post wake;
    struct break_hook lost;
    _Atomic bool posted; /* `wake` is in the loop's inbox */
};

/* The loop needs its inbox from then on; its tasks count for `worker`. `concurrency` as the pools'
 * parameter: 0 is unbounded. */
int call_server_init(struct call_server *server, struct loop *loop, struct queue *queue,
    struct worker *worker, int64_t concurrency, struct diag *diag) PCONC_CHECKED;

/* From any thread: has the loop look around. */
void call_server_wake(struct call_server *server);

/* From any thread: wakes the loop if it sleeps and may start a call. Whether it did. One that does
 * not sleep looks for calls by itself, between two turns of its tasks. */
bool call_server_post(struct call_server *server);

/* loop_step that starts a call first, if one is queued. Where it fails the pool is broken. */
int call_server_step(struct call_server *server, struct diag *diag) PCONC_CHECKED;

/* The `run` of a driver whose loop belongs to the opener. */
int call_server_run(
    struct call_server *server, bool (*over)(void *arg), void *arg, int64_t deadline_ns);

/* Runs on until no task is left, if the loop can go on. All calls have ended, or will without new
 * ones. */
int call_server_finish(struct call_server *server, struct diag *diag) PCONC_CHECKED;

/* The `cancel` of a driver, and of future_alone: posts it to the call's loop. */
void call_task_cancel(struct future *future);

/* From the loop's own context: starts the task of a claimed call; without memory for it the call
 * ends with -ENOMEM. */
void call_task_start(struct loop *loop, struct call_server *server, struct future *future);

#endif
