/* SPDX-License-Identifier: MIT */
#include "executors.h"
#include "worker_threads.h"

/* A pool of threads, which are started once and claim jobs from one counter. */

struct threads_pool {
    struct pool pool;
    struct worker_threads threads;
};

static int run_jobs(struct pool *pool, int index, struct diag *diag) {
    (void)diag;
    const struct threads_pool *threads = (const struct threads_pool *)pool;
    workers_run_jobs(threads->threads.workers, &pool->work->workers[index], pool->work);
    return 0;
}

static const struct thread_ops threads_ops = {.run = run_jobs, .takes_calls = true};

static int threads_open(struct pool *pool, struct diag *diag) {
    struct threads_pool *threads = (struct threads_pool *)pool;
    return worker_threads_open(&threads->threads, pool, &threads_ops, diag);
}

static int threads_map(struct pool *pool, struct diag *diag) {
    return worker_threads_run(&((struct threads_pool *)pool)->threads, diag);
}

static int threads_close(struct pool *pool, struct diag *diag) {
    (void)diag;
    worker_threads_close(&((struct threads_pool *)pool)->threads);
    return 0;
}

static void threads_post(struct pool *pool) {
    workers_notify(((struct threads_pool *)pool)->threads.workers);
}

static const struct executor_driver threads_driver = {
    .pool_size = sizeof(struct threads_pool),
    .open = threads_open,
    .map = threads_map,
    .close = threads_close,
    .post = threads_post,
};

const struct executor executor_threads = {
    .name = "threads",
    .alias = "thread",
    .summary = "a pool of threads that share one address space",
    .params = workers_params,
    .max_workers = WORKERS_MAX,
    .driver = &threads_driver,
};
