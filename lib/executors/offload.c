/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>

#include "executors.h"
#include "loop_map.h"
#include "worker_threads.h"

/*
 * One event loop in the calling thread, whose jobs are tasks, and threads for functions that block
 * (task_block), like asyncio's run_in_executor. A task that blocks is suspended while a thread runs
 * its function, and the loop runs other tasks. Then the thread posts the task back to the loop.
 *
 * The threads get a blocking call on the heap, not on the task's stack, because with shared stacks
 * that moves while the task waits.
 */

enum { OFFLOAD_STACK, OFFLOAD_CONCURRENCY, OFFLOAD_SHARED_STACKS };

static const struct param offload_params[] = {
    [OFFLOAD_STACK] = LOOP_PARAM_STACK,
    [OFFLOAD_CONCURRENCY] =
        LOOP_PARAM_CONCURRENCY("maximum number of jobs in flight, with blocked ones"),
    [OFFLOAD_SHARED_STACKS] = LOOP_PARAM_SHARED_STACKS,
    {0},
};

struct offload_pool {
    struct pool pool;
    struct loop_map map;
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
    struct loop_map *map =
        (struct loop_map *)((char *)self->loop - offsetof(struct loop_map, loop));
    if (loop_shares(self->loop, arg))
        return -EFAULT; /* it moves away while the call runs */
    struct offload_pool *offload =
        (struct offload_pool *)((char *)map - offsetof(struct offload_pool, map));
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
        loop_post(&offload->map.loop, &call->done);
    }
    return 0;
}

static const struct thread_ops offload_ops = {.run = serve_calls};

static int open_loop(struct offload_pool *offload, struct diag *diag) {
    const union param_value *params = offload->pool.params;
    struct loop_map_options options = {.stack_size = params[OFFLOAD_STACK].number,
        .concurrency = params[OFFLOAD_CONCURRENCY].number,
        .shared_stacks = params[OFFLOAD_SHARED_STACKS].number != 0,
        .slow_ns = offload->pool.work ? offload->pool.work->options.slow_ns : 0,
        .loops = 1};
    int code = loop_map_init(&offload->map, &options, diag);
    if (code < 0)
        return code;
    offload->map.loop.block = offload_block;
    code = loop_open_inbox(&offload->map.loop, diag);
    if (code == 0)
        code = loop_map_serve(
            &offload->map, offload->pool.queue, &offload->pool.work->workers[0], diag);
    if (code < 0)
        loop_map_release(&offload->map);
    return code;
}

static int offload_open(struct pool *pool, struct diag *diag) {
    static const union param_value no_spin[WORKERS_PARAMS];
    struct offload_pool *offload = (struct offload_pool *)pool;
    int code = open_loop(offload, diag);
    if (code < 0)
        return code;
    offload->mutex = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    offload->came = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
    code = worker_threads_open(&offload->threads, pool, &offload_ops, no_spin, diag);
    if (code < 0) {
        loop_map_release(&offload->map);
        return code;
    }
    workers_start(offload->threads.workers);
    return 0;
}

static int offload_map(struct pool *pool, struct diag *diag) {
    return loop_map_run(
        &((struct offload_pool *)pool)->map, pool->work, &pool->work->workers[0], diag);
}

/* Ends the threads first: if the loop broke, they may still run and post calls of its tasks. */
static int offload_close(struct pool *pool, struct diag *diag) {
    struct offload_pool *offload = (struct offload_pool *)pool;
    int code = loop_map_finish(&offload->map, diag);
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
    loop_map_release(&offload->map);
    return code;
}

static void offload_post(struct pool *pool) {
    call_server_post(&((struct offload_pool *)pool)->map.server);
}

static void offload_wake(void *pool) {
    call_server_wake(&((struct offload_pool *)pool)->map.server);
}

static int offload_run(void *pool, bool (*over)(void *arg), void *arg, int64_t deadline_ns) {
    return call_server_run(&((struct offload_pool *)pool)->map.server, over, arg, deadline_ns);
}

static const struct executor_driver offload_driver = {
    .pool_size = sizeof(struct offload_pool),
    .open = offload_open,
    .map = offload_map,
    .close = offload_close,
    .call_extra = sizeof(struct call_task),
    .post = offload_post,
    .calls = {.run = offload_run, .wake = offload_wake, .cancel = loop_map_cancel},
};

const struct executor executor_offload = {
    .name = "offload",
    .summary = "an event loop in one thread, with a pool of threads for calls that block",
    .params = offload_params,
    .max_workers = WORKERS_MAX,
    .capabilities = EXECUTOR_SUSPENDS | EXECUTOR_SPAWNS,
    .driver = &offload_driver,
};
