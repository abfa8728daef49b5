/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"
#include "executors.h"
#include "loop_map.h"
#include "refusal.h"
#include "worker_threads.h"

/*
 * A pool of threads, each with an event loop. The loops claim jobs from one counter; a job stays in
 * the loop that started it.
 *
 * If the pool takes calls, its threads are in their loops all the time, in one run that lasts as
 * long as the pool. A loop with no ready task claims a call. To run the jobs, the opener sets
 * `asked` and wakes each loop.
 */

enum { LOOPS_STACK = WORKERS_PARAMS, LOOPS_CONCURRENCY, LOOPS_SHARED_STACKS };

static const struct param loops_params[] = {
    [WORKERS_CHUNK] = WORKERS_PARAM_CHUNK,
    [WORKERS_SPIN] = WORKERS_PARAM_SPIN,
    [WORKERS_SUBMIT] = WORKERS_PARAM_SUBMIT,
    [WORKERS_PIN] = POOL_PARAM_PIN_ENTRY,
    [LOOPS_STACK] = LOOP_PARAM_STACK,
    [LOOPS_CONCURRENCY] = LOOP_PARAM_CONCURRENCY("maximum number of jobs in flight, in each loop"),
    [LOOPS_SHARED_STACKS] = LOOP_PARAM_SHARED_STACKS,
    {0},
};

/* One worker. Only its thread makes, uses and frees `map`. */
struct loops_worker {
    _Alignas(CACHE_LINE) struct loop_map map;
    _Atomic bool asked; /* to run its part of the jobs */
    int code;           /* its result; the opener reads it after `running` is 0 */
    struct diag diag;
};

struct loops_pool {
    struct pool pool;
    struct worker_threads threads;
    struct loops_worker *workers;
    /* If the pool takes calls: */
    pthread_mutex_t mutex; /* of `running` */
    pthread_cond_t done;
    int running;           /* workers that have not finished their part of the jobs */
    _Atomic unsigned turn; /* the worker to wake first, if it sleeps */
    _Atomic bool ends;
};

static int begin(struct pool *pool, int index, struct diag *diag) {
    struct loop_map_options options = {.stack_size = pool->params[LOOPS_STACK].number,
        .concurrency = pool->params[LOOPS_CONCURRENCY].number,
        .shared_stacks = pool->params[LOOPS_SHARED_STACKS].number != 0,
        .slow_ns = pool->work->options.slow_ns,
        .chunk = pool->params[WORKERS_CHUNK].number,
        .loops = pool->work->options.workers};
    return loop_map_init(&((struct loops_pool *)pool)->workers[index].map, &options, pool->queue,
        &pool->work->workers[index], diag);
}

static int run_jobs(struct pool *pool, int index, struct diag *diag) {
    return loop_map_run(&((struct loops_pool *)pool)->workers[index].map, pool->work,
        &pool->work->workers[index], diag);
}

/* One worker has finished its part of the jobs. */
static void report(struct loops_pool *loops) {
    pthread_mutex_lock(&loops->mutex);
    if (--loops->running == 0)
        pthread_cond_signal(&loops->done);
    pthread_mutex_unlock(&loops->mutex);
}

/* The loop is broken: only answers the opener until the pool ends. */
static void stand_by(
    struct loops_pool *loops, struct loops_worker *self, int code, const struct diag *diag) {
    if (code < 0) { /* otherwise the opener already has the failure */
        self->code = code;
        self->diag = *diag;
    }
    while (!atomic_load(&loops->ends)) {
        if (atomic_exchange(&self->asked, false))
            report(loops);
        clock_sleep_until(clock_now_ns() + 10 * NS_PER_MS);
    }
}

/* `run` of a pool that takes calls: serves them and the jobs until the pool ends. */
static int serve(struct pool *pool, int index, struct diag *diag) {
    struct loops_pool *loops = (struct loops_pool *)pool;
    struct loops_worker *self = &loops->workers[index];
    int code = 0;
    while (!self->map.server.stuck && !atomic_load(&loops->ends)) {
        if (atomic_exchange(&self->asked, false)) {
            self->code = run_jobs(pool, index, &self->diag);
            report(loops);
        } else {
            code = call_server_step(&self->map.server, diag);
        }
    }
    if (self->map.server.stuck)
        stand_by(loops, self, code, diag);
    return code < 0 ? code : call_server_finish(&self->map.server, diag);
}

static void end(struct pool *pool, int index) {
    loop_map_release(&((struct loops_pool *)pool)->workers[index].map);
}

static const struct thread_ops loops_ops = {.begin = begin, .run = run_jobs, .end = end};
static const struct thread_ops calls_ops = {.begin = begin, .run = serve, .end = end};

#define LOOP_DESCRIPTORS 3 /* of each loop: epoll, timer, inbox */

/* With several threads the kernel enlarges the table of descriptors only after a grace period of
 * about ten milliseconds (expand_files). So enlarge it while there may be only one thread. If the
 * limit is too low, the loops report that. */
static void make_room_for_descriptors(int loops) {
    int fd = eventfd(0, EFD_CLOEXEC);
    int last = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, fd + loops * LOOP_DESCRIPTORS);
    if (last >= 0)
        close(last);
    if (fd >= 0)
        close(fd);
}

static int loops_open(struct pool *pool, struct diag *diag) {
    struct loops_pool *loops = (struct loops_pool *)pool;
    size_t size = (size_t)pool->work->options.workers * sizeof(*loops->workers);
    loops->workers = aligned_alloc(CACHE_LINE, size);
    if (!loops->workers)
        return refused_memory(diag, ENOMEM, size, "event loops");
    memset(loops->workers, 0, size);
    loops->mutex = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    loops->done = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
    make_room_for_descriptors(pool->work->options.workers);
    int code =
        worker_threads_open(&loops->threads, pool, pool->queue ? &calls_ops : &loops_ops, diag);
    if (code < 0)
        free(loops->workers);
    else if (pool->queue)
        workers_start(loops->threads.workers);
    return code;
}

static int first_failure(const struct loops_pool *loops, struct diag *diag) {
    for (int i = 0; i < loops->pool.work->options.workers; i++) {
        const struct loops_worker *worker = &loops->workers[i];
        if (worker->code < 0) {
            if (diag)
                *diag = worker->diag;
            return worker->code;
        }
    }
    return 0;
}

/* Every loop runs its part of the jobs between calls. */
static int run_between_calls(struct loops_pool *loops, struct diag *diag) {
    int workers = loops->pool.work->options.workers;
    loops->running = workers;
    for (int i = 0; i < workers; i++) {
        atomic_store(&loops->workers[i].asked, true);
        call_server_wake(&loops->workers[i].map.server);
    }
    pthread_mutex_lock(&loops->mutex);
    while (loops->running > 0)
        pthread_cond_wait(&loops->done, &loops->mutex);
    pthread_mutex_unlock(&loops->mutex);
    return first_failure(loops, diag);
}

/* `post` of the driver: wakes a sleeping loop. Loops look for calls before they sleep. */
static void loops_post(struct pool *pool) {
    struct loops_pool *loops = (struct loops_pool *)pool;
    unsigned workers = (unsigned)pool->work->options.workers;
    unsigned first = atomic_fetch_add_explicit(&loops->turn, 1, memory_order_relaxed);
    for (unsigned i = 0; i < workers; i++)
        if (call_server_post(&loops->workers[(first + i) % workers].map.server))
            return;
}

static int loops_map(struct pool *pool, struct diag *diag) {
    struct loops_pool *loops = (struct loops_pool *)pool;
    return pool->queue ? run_between_calls(loops, diag) : worker_threads_run(&loops->threads, diag);
}

static int loops_close(struct pool *pool, struct diag *diag) {
    (void)diag;
    struct loops_pool *loops = (struct loops_pool *)pool;
    atomic_store(&loops->ends, true);
    for (int i = 0; pool->queue && i < pool->work->options.workers; i++)
        call_server_wake(&loops->workers[i].map.server);
    worker_threads_close(&loops->threads);
    pthread_cond_destroy(&loops->done);
    pthread_mutex_destroy(&loops->mutex);
    free(loops->workers);
    return 0;
}

static const struct executor_driver loops_driver = {
    .pool_size = sizeof(struct loops_pool),
    .open = loops_open,
    .map = loops_map,
    .close = loops_close,
    .call_extra = sizeof(struct call_task),
    .post = loops_post,
    .calls = {.cancel = call_task_cancel},
};

const struct executor executor_loops = {
    .name = "loops",
    .alias = "loop",
    .summary = "a pool of threads, each with an event loop that runs jobs as tasks",
    .params = loops_params,
    .max_workers = WORKERS_MAX,
    .capabilities = EXECUTOR_SUSPENDS | EXECUTOR_SPAWNS,
    .driver = &loops_driver,
};
