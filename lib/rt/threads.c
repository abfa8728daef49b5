/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "crew.h"
#include "executors.h"
#include "refusal.h"

/* A pool of threads, started once, that share the jobs by claiming them from one counter. */

struct thread_worker {
    pthread_t thread;
    struct threads_pool *pool;
    struct worker *worker;
};

struct threads_pool {
    struct pool pool;
    struct crew *crew;
    struct thread_worker *workers;
    int started;
};

static void *thread_main(void *arg) {
    struct thread_worker *self = arg;
    crew_serve(self->pool->crew, self->worker, self->pool->pool.work);
    return NULL;
}

static void join_all(struct threads_pool *threads) {
    crew_stop(threads->crew);
    for (int i = 0; i < threads->started; i++)
        pthread_join(threads->workers[i].thread, NULL);
}

static void release(struct threads_pool *threads) {
    free(threads->workers);
    crew_free(threads->crew);
}

static int start_all(struct threads_pool *threads, struct diag *diag) {
    struct work *work = threads->pool.work;
    for (int i = 0; i < work->options.workers; i++) {
        struct thread_worker *self = &threads->workers[i];
        self->pool = threads;
        self->worker = &work->workers[i];
        int error = pthread_create(&self->thread, NULL, thread_main, self);
        if (error) {
            char what[64];
            snprintf(what, sizeof what, "worker thread %d of %d", i + 1, work->options.workers);
            return refused_worker(diag, error, what);
        }
        threads->started++;
    }
    return 0;
}

static int threads_open(struct pool *pool, struct diag *diag) {
    struct threads_pool *threads = (struct threads_pool *)pool;
    size_t count = (size_t)pool->work->options.workers;
    threads->workers = calloc(count, sizeof *threads->workers);
    threads->crew = crew_new(pool->work, pool->params);
    int code;
    if (!threads->workers || !threads->crew) {
        code = refused_memory(diag, ENOMEM, count * sizeof *threads->workers, "worker threads");
        goto out;
    }
    code = start_all(threads, diag);
    if (code < 0)
        join_all(threads);
    else
        crew_await(threads->crew);
out:
    if (code < 0)
        release(threads);
    return code;
}

static int threads_map(struct pool *pool, struct diag *diag) {
    (void)diag;
    struct threads_pool *threads = (struct threads_pool *)pool;
    crew_start(threads->crew);
    crew_await(threads->crew);
    return 0;
}

static int threads_close(struct pool *pool, struct diag *diag) {
    (void)diag;
    struct threads_pool *threads = (struct threads_pool *)pool;
    join_all(threads);
    release(threads);
    return 0;
}

static const struct executor_driver threads_driver = {
    .pool_size = sizeof(struct threads_pool),
    .open = threads_open,
    .map = threads_map,
    .close = threads_close,
};

const struct executor executor_threads = {
    .name = "threads",
    .alias = "thread",
    .summary = "a pool of threads that share one address space",
    .params = crew_params,
    .max_workers = WORKERS_MAX,
    .driver = &threads_driver,
};
