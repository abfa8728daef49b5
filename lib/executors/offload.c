/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>

#include "executors.h"
#include "loop_pool.h"
#include "worker_threads.h"

/*
 * One event loop in the calling thread, whose jobs are tasks, and threads for functions that block
 * (task_block), like asyncio's run_in_executor. A task that blocks is suspended while a thread runs
 * its function, and the loop runs other tasks. Then the thread posts the task back to the loop.
 *
 * `pin` places the loop. The threads may use all CPUs that the opener could use before: they would
 * wait for the loop if they had its CPU.
 *
 * The threads get a blocking call on the heap, not on the task's stack, because with shared stacks
 * that moves while the task waits.
 */

static const struct param offload_params[] = {
    [LOOP_POOL_STACK] = LOOP_PARAM_STACK,
    [LOOP_POOL_CONCURRENCY] =
        LOOP_PARAM_CONCURRENCY("maximum number of jobs in flight, with blocked ones"),
    [LOOP_POOL_SHARED_STACKS] = LOOP_PARAM_SHARED_STACKS,
    [LOOP_POOL_PIN] = POOL_PARAM_PIN_ENTRY,
    {0},
};

struct offload_pool {
    struct loop_pool base;
    struct blocking_call *calls; /* whose callers still wait; only the loop's thread uses it */
    struct worker_threads threads;
    pthread_mutex_t mutex;          /* of all below */
    pthread_cond_t came;            /* a call, or the end */
    struct loop_post *first, *last; /* blocking calls that no thread has taken */
    bool ends;
};

/* A function that blocks and that another thread runs for a coroutine. */
struct blocking_call {
    struct loop_post done; /* first member; posted to the loop after `fn` has returned */
    struct coroutine *caller;
    struct blocking_call *before, *after; /* in struct offload_pool's `calls` */
    int (*fn)(void *arg);
    void *arg;
    int result;
};

/* In the loop, after a thread has run the function. */
static void resume_caller(struct loop_post *done) {
    loop_ready(((struct blocking_call *)done)->caller);
}

/* Queues the call for a thread. */
static void run_elsewhere(struct offload_pool *offload, struct blocking_call *call) {
    struct loop_post *done = &call->done;
    pthread_mutex_lock(&offload->mutex);
    if (offload->last)
        offload->last->next = done;
    else
        offload->first = done;
    offload->last = done;
    pthread_cond_signal(&offload->came);
    pthread_mutex_unlock(&offload->mutex);
    loop_suspend(call->caller);
}

static void free_call(struct offload_pool *offload, struct blocking_call *call) {
    if (call->before)
        call->before->after = call->after;
    else
        offload->calls = call->after;
    if (call->after)
        call->after->before = call->before;
    free(call);
}

/* `block` of the loop's tasks (task_block). */
static int offload_block(struct coroutine *self, int (*fn)(void *arg), void *arg) {
    struct offload_pool *offload =
        (struct offload_pool *)((char *)self->loop - offsetof(struct offload_pool, base.map.loop));
    if (loop_shares(self->loop, arg))
        return -EFAULT; /* it moves away while the call runs */
    struct blocking_call *call = malloc(sizeof(*call));
    if (!call)
        return -ENOMEM;
    *call = (struct blocking_call){
        .done.run = resume_caller, .caller = self, .after = offload->calls, .fn = fn, .arg = arg};
    if (call->after)
        call->after->before = call;
    offload->calls = call;
    self->loop->expected++;
    run_elsewhere(offload, call);
    self->loop->expected--;
    int result = call->result;
    free_call(offload, call);
    return result;
}

/* Waits for the next blocking call; NULL if the pool ends. */
static struct blocking_call *take_call(struct offload_pool *offload) {
    struct loop_post *done = NULL;
    pthread_mutex_lock(&offload->mutex);
    while (!offload->first && !offload->ends)
        pthread_cond_wait(&offload->came, &offload->mutex);
    if (!offload->ends) {
        done = offload->first;
        offload->first = done->next;
        if (!offload->first)
            offload->last = NULL;
    }
    pthread_mutex_unlock(&offload->mutex);
    return (struct blocking_call *)done;
}

/* `run` of these threads: takes blocking calls until the pool ends. */
static int serve_calls(struct pool *pool, int index, struct diag *diag) {
    (void)index;
    (void)diag;
    struct offload_pool *offload = (struct offload_pool *)pool;
    struct blocking_call *call;
    while ((call = take_call(offload))) {
        call->result = call->fn(call->arg);
        loop_post(&offload->base.map.loop, &call->done);
    }
    return 0;
}

static const struct thread_ops offload_ops = {.run = serve_calls};

static int open_loop(struct pool *pool, struct diag *diag) {
    struct loop *loop = &((struct loop_pool *)pool)->map.loop;
    int code = loop_pool_open(pool, diag);
    if (code < 0)
        return code;
    loop->block = offload_block;
    if (loop->wake_fd < 0 && (code = loop_open_inbox(loop, diag)) < 0)
        (void)loop_pool_close(pool, NULL);
    return code;
}

static int offload_open(struct pool *pool, struct diag *diag) {
    struct offload_pool *offload = (struct offload_pool *)pool;
    int code = open_loop(pool, diag);
    if (code < 0)
        return code;
    offload->mutex = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    offload->came = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
    code = worker_threads_open(&offload->threads, pool, &offload_ops, diag);
    if (code < 0) {
        (void)loop_pool_close(pool, NULL);
        return code;
    }
    workers_start(offload->threads.workers);
    return 0;
}

/* Ends the threads first: if the loop broke, they may still run and post calls of its tasks. */
static int offload_close(struct pool *pool, struct diag *diag) {
    struct offload_pool *offload = (struct offload_pool *)pool;
    int code = call_server_finish(&offload->base.map.server, diag);
    pthread_mutex_lock(&offload->mutex);
    offload->ends = true;
    pthread_cond_broadcast(&offload->came);
    pthread_mutex_unlock(&offload->mutex);
    worker_threads_close(&offload->threads);
    pthread_cond_destroy(&offload->came);
    pthread_mutex_destroy(&offload->mutex);
    struct blocking_call *next; /* calls of tasks in a broken loop */
    for (struct blocking_call *call = offload->calls; call; call = next) {
        next = call->after;
        free(call);
    }
    loop_map_release(&offload->base.map);
    return code;
}

static const struct executor_driver offload_driver = {
    .pool_size = sizeof(struct offload_pool),
    .open = offload_open,
    .map = loop_pool_map,
    .close = offload_close,
    .binds_opener = true,
    .call_extra = sizeof(struct call_task),
    .post = loop_pool_post,
    .calls = LOOP_POOL_HOST,
};

const struct executor executor_offload = {
    .name = "offload",
    .summary = "an event loop in one thread, with a pool of threads for calls that block",
    .params = offload_params,
    .max_workers = WORKERS_MAX,
    .capabilities = EXECUTOR_SUSPENDS | EXECUTOR_SPAWNS | EXECUTOR_ASIDE,
    .driver = &offload_driver,
};
