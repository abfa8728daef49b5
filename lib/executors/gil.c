/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "clock.h"
#include "executors.h"
#include "pool_task.h"
#include "refusal.h"
#include "worker_threads.h"

/*
 * Threads under one lock, like Python's global interpreter lock. A worker holds the lock while it
 * runs jobs, and releases it around each call that blocks. So jobs that compute run one at a time,
 * and jobs that wait overlap, with any number of workers.
 *
 * Waiting workers get the lock in the order in which they came. Python takes the lock away during a
 * computation when another thread has waited for the switch interval. Native code cannot be
 * interrupted like that: the holder passes the lock on between two jobs, if another worker waits
 * and it has held the lock for the interval. task_read and task_write hold the lock unless they
 * wait; on a blocking descriptor they would block all workers.
 */

enum { GIL_SWITCH_INTERVAL = WORKERS_PARAMS };

static const struct param gil_params[] = {
    [WORKERS_CHUNK] = WORKERS_PARAM_CHUNK,
    [WORKERS_SPIN] = WORKERS_PARAM_SPIN,
    [WORKERS_SUBMIT] = WORKERS_PARAM_SUBMIT,
    [WORKERS_PIN] = POOL_PARAM_PIN_ENTRY,
    [GIL_SWITCH_INTERVAL] = {.name = "switch_interval",
        .type = PARAM_DURATION,
        .default_text = "5ms",
        .min = 0,
        .max = 3600 * NS_PER_S,
        .help = "how long a worker may keep the lock, counted in whole jobs, while others wait"},
    {0},
};

struct gil {
    pthread_mutex_t mutex;           /* of all below */
    bool held;                       /* by a worker; stays true while it is passed on */
    struct gil_worker *first, *last; /* waiting workers, in order */
    _Atomic int waiting;             /* their number; also read without the mutex */
};

/* One worker. `task` is the first member, so that a pointer to it is one to the worker. */
struct gil_worker {
    _Alignas(CACHE_LINE) struct task task;
    struct gil *gil;
    int64_t taken_ns; /* when this worker got the lock */
    pthread_cond_t granted;
    bool has_lock; /* set by the worker that passes it on */
    struct gil_worker *next;
};

struct gil_pool {
    struct pool pool;
    struct worker_threads threads;
    struct gil gil;
    struct gil_worker *workers;
};

static void wait_in_line(struct gil *gil, struct gil_worker *self) {
    self->next = NULL;
    self->has_lock = false;
    if (gil->last)
        gil->last->next = self;
    else
        gil->first = self;
    gil->last = self;
    atomic_fetch_add_explicit(&gil->waiting, 1, memory_order_relaxed);
    while (!self->has_lock)
        pthread_cond_wait(&self->granted, &gil->mutex);
}

static void gil_take(struct gil_worker *self) {
    struct gil *gil = self->gil;
    pthread_mutex_lock(&gil->mutex);
    if (gil->held)
        wait_in_line(gil, self);
    gil->held = true;
    pthread_mutex_unlock(&gil->mutex);
    self->taken_ns = clock_now_ns();
}

static void gil_release(struct gil_worker *self) {
    struct gil *gil = self->gil;
    pthread_mutex_lock(&gil->mutex);
    struct gil_worker *heir = gil->first;
    gil->held = heir != NULL;
    if (heir) {
        gil->first = heir->next;
        if (!gil->first)
            gil->last = NULL;
        atomic_fetch_sub_explicit(&gil->waiting, 1, memory_order_relaxed);
        heir->has_lock = true;
        pthread_cond_signal(&heir->granted);
    }
    pthread_mutex_unlock(&gil->mutex);
}

/* Between two jobs. */
static void give_way(struct gil_worker *self, int64_t interval_ns) {
    if (atomic_load_explicit(&self->gil->waiting, memory_order_relaxed) == 0
        || clock_now_ns() - self->taken_ns < interval_ns)
        return;
    gil_release(self);
    gil_take(self);
}

static int gil_sleep_until(struct task *task, int64_t deadline_ns) {
    struct gil_worker *self = (struct gil_worker *)task;
    gil_release(self);
    int code = block_sleep_until(task, deadline_ns);
    gil_take(self);
    return code;
}

static int gil_yield(struct task *task) {
    struct gil_worker *self = (struct gil_worker *)task;
    gil_release(self);
    int code = block_yield(task);
    gil_take(self);
    return code;
}

static int gil_wait_fd(struct task *task, int fd, int events, int64_t deadline_ns) {
    struct gil_worker *self = (struct gil_worker *)task;
    gil_release(self);
    int came = block_wait_fd(task, fd, events, deadline_ns);
    gil_take(self);
    return came;
}

static int gil_block(struct task *task, int (*fn)(void *arg), void *arg) {
    struct gil_worker *self = (struct gil_worker *)task;
    gil_release(self);
    int code = fn(arg);
    gil_take(self);
    return code;
}

static const struct task_ops gil_task_ops = {
    .sleep_until = gil_sleep_until,
    .yield = gil_yield,
    .wait_fd = gil_wait_fd,
    .block = gil_block,
    .fail = pool_task_fail,
    .is_cancelled = pool_task_is_cancelled,
};

static int run_jobs(struct pool *pool, int index, struct diag *diag) {
    (void)diag;
    const struct gil_pool *gil = (const struct gil_pool *)pool;
    struct gil_worker *self = &gil->workers[index];
    int64_t interval_ns = pool->params[GIL_SWITCH_INTERVAL].number;
    int64_t chunk = work_chunk(pool->work, gil->threads.workers->chunk);
    int64_t job, last;
    gil_take(self);
    while (work_claim(pool->work, chunk, &job, &last))
        for (; job < last; job++) {
            worker_run_one(self->task.worker, &self->task, job);
            give_way(self, interval_ns);
        }
    gil_release(self);
    return 0;
}

static int run_call(struct pool *pool, int index, struct future *future) {
    struct gil_worker *self = &((const struct gil_pool *)pool)->workers[index];
    gil_take(self);
    self->task.job = future_task_job(future);
    int code = future_run(future, &self->task);
    gil_release(self);
    return code;
}

static const struct thread_ops gil_ops = {.run = run_jobs, .takes_calls = true, .call = run_call};

static void init_lock(struct gil_pool *gil) {
    gil->gil = (struct gil){.mutex = PTHREAD_MUTEX_INITIALIZER};
    for (int i = 0; i < gil->pool.work->options.workers; i++)
        gil->workers[i] = (struct gil_worker){
            .task = {.ops = &gil_task_ops, .worker = &gil->pool.work->workers[i]},
            .gil = &gil->gil,
            .granted = PTHREAD_COND_INITIALIZER};
}

static void release_lock(struct gil_pool *gil) {
    for (int i = 0; i < gil->pool.work->options.workers; i++)
        pthread_cond_destroy(&gil->workers[i].granted);
    pthread_mutex_destroy(&gil->gil.mutex);
    free(gil->workers);
}

static int gil_open(struct pool *pool, struct diag *diag) {
    struct gil_pool *gil = (struct gil_pool *)pool;
    size_t size = (size_t)pool->work->options.workers * sizeof(*gil->workers);
    gil->workers = aligned_alloc(CACHE_LINE, size);
    if (!gil->workers)
        return refused_memory(diag, ENOMEM, size, "worker threads");
    init_lock(gil);
    int code = worker_threads_open(&gil->threads, pool, &gil_ops, diag);
    if (code < 0)
        release_lock(gil);
    return code;
}

static int gil_map(struct pool *pool, struct diag *diag) {
    return worker_threads_run(&((struct gil_pool *)pool)->threads, diag);
}

static int gil_close(struct pool *pool, struct diag *diag) {
    (void)diag;
    struct gil_pool *gil = (struct gil_pool *)pool;
    worker_threads_close(&gil->threads);
    release_lock(gil);
    return 0;
}

static void gil_post(struct pool *pool) {
    workers_notify(((struct gil_pool *)pool)->threads.workers);
}

static const struct executor_driver gil_driver = {
    .pool_size = sizeof(struct gil_pool),
    .open = gil_open,
    .map = gil_map,
    .close = gil_close,
    .post = gil_post,
};

const struct executor executor_gil = {
    .name = "gil",
    .summary = "threads under one lock that waiting jobs release, as in Python",
    .params = gil_params,
    .max_workers = WORKERS_MAX,
    .driver = &gil_driver,
};
