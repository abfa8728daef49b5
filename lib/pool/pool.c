/* SPDX-License-Identifier: MIT */
#include "pool.h"
#include "clock.h"
#include "pool_task.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Maximum number of calls in the queue while pool_run submits jobs. */
#define SUBMIT_WINDOW 1024

static int count_workers(const struct pool_options *options) {
    return options->work ? options->work->options.workers : options->workers;
}

static int take_params(struct pool *pool, const union param_value *values, struct diag *diag) {
    const struct param *params = pool->executor->params;
    int code = 0;
    if (!values)
        code = params_defaults(params, 0, pool->params, diag);
    else if (params_count(params) > 0)
        memcpy(pool->params, values, params_count(params) * sizeof(*values));
    int submit = params_find(params, POOL_PARAM_SUBMIT);
    pool->submits = code == 0 && submit >= 0 && pool->params[submit].number != 0;
    return code;
}

static int take_work(struct pool *pool, const struct pool_options *options, struct diag *diag) {
    pool->work = options->work;
    if (pool->work)
        return 0;
    pool->own_work = true;
    return work_new(&(struct work_options){.workers = options->workers}, &pool->work, diag);
}

/* The call that runs a job of pool_run. */
static int run_job(struct task *task, const void *argument, void *result) {
    (void)result;
    int64_t job = *(const int64_t *)argument;
    worker_run(task_worker(task), task, job, job + 1);
    return 0;
}

static size_t count_functions(call_function *const *functions) {
    size_t count = 0;
    while (functions[count])
        count++;
    return count;
}

/* By `options`, and with room for the jobs of pool_run if it submits them. */
static int make_calls(struct pool *pool, struct call_options options, struct diag *diag) {
    const struct executor *executor = pool->executor;
    bool shared = executor->capabilities & EXECUTOR_FORKS;
    call_function **functions = NULL;
    if (shared && !options.functions && options.pending > 0)
        return diag_set(diag, -EINVAL,
            "a pool of %s takes calls of listed functions only; list them in calls.functions",
            executor->name);
    if (pool->submits && (options.functions || shared)) {
        size_t count = options.functions ? count_functions(options.functions) : 0;
        functions = calloc(count + 2, sizeof(*functions));
        if (!functions)
            return diag_no_memory(diag, "%zu functions", count);
        if (count > 0)
            memcpy(functions + 1, options.functions, count * sizeof(*functions));
        functions[0] = run_job;
        options.functions = functions;
    }
    if (pool->submits) {
        options.argument_size =
            options.argument_size > sizeof(int64_t) ? options.argument_size : sizeof(int64_t);
        options.pending = options.pending > SUBMIT_WINDOW ? options.pending : SUBMIT_WINDOW;
    }
    int code = queue_new(&(struct queue_options){.calls = options,
                             .extra_size = executor->driver->call_extra,
                             .host = &pool->host,
                             .context = pool,
                             .shared = shared,
                             .workers = pool->work->options.workers},
        &pool->queue, diag);
    free(functions);
    return code;
}

/* Whether a job or call that waits for the pool would run its loop inside itself. */
static bool enters(const struct pool *pool) {
    return pool->host.run && !pool->executor->driver->nests;
}

static int run_calls(void *context, bool (*over)(void *arg), void *arg, int64_t deadline_ns) {
    struct pool *pool = context;
    if (pool->entered)
        return -EDEADLK;
    pool->entered = enters(pool);
    int code = pool->executor->driver->calls.run(pool, over, arg, deadline_ns);
    pool->entered = false;
    return code;
}

static void break_down(void *context) {
    struct pool *pool = context;
    atomic_store(&pool->broken, true);
}

static int take_calls(struct pool *pool, const struct call_options *options, struct diag *diag) {
    const struct executor_driver *driver = pool->executor->driver;
    if (options->pending < 0)
        return diag_set(diag, -EINVAL, "calls.pending is negative; use 0 or more");
    if (options->pending == 0 && !pool->submits)
        return 0;
    if (!driver->post && !driver->calls.run)
        return diag_set(diag, -ENOTSUP, "a pool of %s takes no calls; use another executor",
            pool->executor->name);
    return make_calls(pool, *options, diag);
}

static void release(struct pool *pool) {
    queue_free(pool->queue);
    pool_unplace(pool);
    if (pool->own_work)
        work_free(pool->work);
    free(pool);
}

static int prepare(struct pool *pool, const struct pool_options *options, struct diag *diag) {
    int code = take_params(pool, options->params, diag);
    if (code == 0)
        code = take_work(pool, options, diag);
    if (code == 0)
        code = take_calls(pool, &options->calls, diag);
    if (code == 0)
        code = pool_place(pool, options->cpus, diag);
    if (code == 0 && pool->executor->driver->in_opener)
        code = pool_begin_worker(pool, 0, diag);
    return code;
}

int pool_open(const struct executor *executor, const struct pool_options *options,
    struct pool **ret_pool, struct diag *diag) {
    int workers = count_workers(options);
    if (workers < 1 || workers > executor->max_workers)
        return diag_set(diag, -EINVAL, "%s cannot have %d workers; use 1 to %d", executor->name,
            workers, executor->max_workers);
    struct pool *pool = calloc(1, executor->driver->pool_size);
    if (!pool)
        return diag_no_memory(diag, "a pool of %s", executor->name);
    pool->executor = executor;
    pool->begin_worker = options->begin_worker;
    pool->context = options->context;
    pool->opener = pthread_self();
    pool->host = executor->driver->calls;
    pool->host.break_down = break_down;
    if (pool->host.run)
        pool->host.run = run_calls;

    int code = prepare(pool, options, diag);
    if (code == 0 && executor->driver->open)
        code = executor->driver->open(pool, diag);
    pool->begin_worker = NULL;
    pool->context = NULL;
    if (code < 0) {
        release(pool);
        return code;
    }
    *ret_pool = pool;
    return 0;
}

static bool futures_were_lost(const struct pool *pool) {
    if (!pool->queue)
        return false;
    pthread_mutex_lock(&pool->queue->mutex);
    bool lost = pool->queue->lost.code < 0;
    pthread_mutex_unlock(&pool->queue->mutex);
    return lost;
}

static int say_broken(const struct pool *pool, struct diag *diag) {
    if (futures_were_lost(pool)) /* and it stays lost */
        return diag_set(diag, -EOWNERDEAD, "%s", pool->queue->lost.text);
    return diag_set(
        diag, -EOWNERDEAD, "this pool of %s is broken; open a new one", pool->executor->name);
}

static int submit_jobs(struct pool *pool, struct diag *diag) {
    int64_t jobs = pool->work->options.jobs;
    int code = 0;
    for (int64_t i = 0; code == 0 && i < jobs; i++) {
        if (pool->work->pace.due_ns)
            clock_sleep_until(work_due_ns(pool->work, i));
        code = pool_submit(pool, run_job, &i, sizeof(i), NULL, diag);
    }
    return code < 0 ? code : pool_drain(pool, TASK_FOREVER, diag);
}

static int say_entered(const struct pool *pool, struct diag *diag) {
    return diag_set(diag, -EDEADLK,
        "a job or call of a pool of %s cannot wait for the pool that runs "
        "it; wait for futures with task_await_future, or use another pool",
        pool->executor->name);
}

static int run_jobs(struct pool *pool, struct diag *diag) {
    if (pool->submits)
        return submit_jobs(pool, diag);
    if (pool->entered)
        return say_entered(pool, diag);
    pool->entered = enters(pool);
    int code = pool->executor->driver->map(pool, diag);
    pool->entered = false;
    return code;
}

int pool_run(struct pool *pool, struct tally *ret_tally, struct diag *diag) {
    struct diag own = {0};
    diag = diag ? diag : &own;
    if (pool->broken)
        return say_broken(pool, diag);
    if (pool->own_work)
        return diag_set(diag, -EINVAL, "this pool was opened without jobs; give it work to run");
    if (pool->entered)
        return say_entered(pool, diag);
    work_reset(pool->work);
    int code = run_jobs(pool, diag);
    if (code < 0) {
        pool->broken = true;
        if (pool->queue)
            queue_break(pool->queue, diag);
        return code;
    }
    *ret_tally = work_collect(pool->work);
    return 0;
}

int pool_refused_call(struct pool *pool, int code, struct diag *diag) {
    switch (code) {
    case -ESHUTDOWN:
        return pool->broken
            ? say_broken(pool, diag)
            : diag_set(diag, code, "this pool was shut down; submit calls before that");
    case -EAGAIN:
        return diag_set(diag, code,
            "all calls that this pool may have pending have ended and were not freed; free "
            "futures, or raise calls.pending");
    case -EPERM:
        return diag_set(diag, -EAGAIN,
            "this pool of %s has no room for a call, and only the thread that opened it runs those "
            "that are pending; wait for them there, or raise calls.pending",
            pool->executor->name);
    case -EDEADLK:
        return diag_set(diag, code,
            "a call or job of this pool of %s cannot wait for room in it; raise calls.pending, or "
            "submit with task_run_in",
            pool->executor->name);
    default:
        return code; /* diag is set */
    }
}

int pool_submit(struct pool *pool, call_function *fn, const void *argument, size_t argument_size,
    struct future **ret_future, struct diag *diag) {
    struct queue *calls = pool->queue;
    if (!calls)
        return diag_set(diag, -EINVAL, "this pool takes no calls; open it with calls.pending");
    for (;;) {
        int code = queue_submit(calls, fn, argument, argument_size, ret_future, diag);
        if (code == 0) {
            pool_post(pool);
            return 0;
        }
        if (code == -EAGAIN)
            code = queue_await_room(calls);
        if (code < 0)
            return pool_refused_call(pool, code, diag);
    }
}

int pool_check_waiter(const struct pool *pool, struct diag *diag) {
    if (!pool->host.run)
        return 0;
    if (!pthread_equal(pool->opener, pthread_self()))
        return diag_set(diag, -EDEADLK,
            "calls of a pool of %s run in the thread that opened it; wait for them there",
            pool->executor->name);
    return pool->entered ? say_entered(pool, diag) : 0;
}

int pool_drain(struct pool *pool, int64_t deadline_ns, struct diag *diag) {
    int code = pool->queue && !pool->broken ? queue_drain(pool->queue, deadline_ns) : 0;
    if (pool->broken)
        return say_broken(pool, diag);
    if (code == -ETIMEDOUT)
        return diag_set(diag, code, "not all calls of the pool ended in time");
    if (code == -EPERM || code == -EDEADLK)
        return pool_check_waiter(pool, diag);
    return code < 0 ? diag_set(diag, code, "cannot wait for calls: %s", strerror(-code)) : 0;
}

void pool_shutdown(struct pool *pool, bool cancel) {
    if (!pool->queue)
        return;
    queue_close(pool->queue);
    if (cancel)
        queue_cancel_all(pool->queue);
}

size_t pool_processes(const struct pool *pool, const pid_t **ret_pids) {
    *ret_pids = NULL;
    return pool->executor->driver->processes ? pool->executor->driver->processes(pool, ret_pids)
                                             : 0;
}

int pool_close(struct pool *pool, struct diag *diag) {
    if (!pool)
        return 0;
    if (pool->entered)
        return say_entered(pool, diag);
    int code = 0;
    if (pool->queue) {
        pool_shutdown(pool, false);
        code = pool_drain(pool, TASK_FOREVER, diag);
        /* Other threads may still look at the workers, or cancel a call. */
        queue_forget_host(pool->queue);
    }
    pool->entered = enters(pool);
    int (*close)(struct pool * pool, struct diag * diag) = pool->executor->driver->close;
    int closed = close ? close(pool, code == 0 ? diag : NULL) : 0;
    release(pool);
    return code < 0 ? code : closed;
}
