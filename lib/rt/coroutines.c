/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stddef.h>

#include "executors.h"
#include "loop.h"
#include "refusal.h"

/*
 * One thread with an event loop: each job is a task on a stack of its own, which suspends where a
 * thread would block. Tasks start in the order of their jobs, as many as `concurrency` allows,
 * before those that have suspended go on, as asyncio's gather does it.
 */

enum { COROUTINES_STACK, COROUTINES_CONCURRENCY };

static const struct param coroutines_params[] = {
    [COROUTINES_STACK] = {.name = "stack",
        .type = PARAM_SIZE,
        .default_text = "64KiB",
        .min = 16 * 1024,
        .max = 64 * 1024 * 1024,
        .help = "stack of each task; only the pages that it touches take memory"},
    [COROUTINES_CONCURRENCY] = {.name = "concurrency",
        .type = PARAM_COUNT,
        .default_text = "unbounded",
        .min = 1,
        .max = 1000000000,
        .zero_word = "unbounded",
        .help = "jobs in flight at most"},
    {0},
};

struct coroutines_pool {
    struct pool pool;
    struct loop loop;
    int64_t next;      /* the first job that no task has taken */
    int64_t end;       /* jobs from here on are not started: all of them, or a start was refused */
    int64_t in_flight; /* tasks that have started and not ended */
    int64_t concurrency;
};

/* Runs jobs, one task after the other on this stack, as long as there are any to start. */
static void job_body(struct coroutine *self) {
    struct coroutines_pool *coroutines =
        (struct coroutines_pool *)((char *)self->loop - offsetof(struct coroutines_pool, loop));
    coroutines->in_flight++;
    while (coroutines->next < coroutines->end)
        worker_run_one(self->task.worker, &self->task, coroutines->next++);
    coroutines->in_flight--;
}

/* Starts one more task. 0, or -errno: there is no stack for it. */
static int start_task(struct coroutines_pool *coroutines) {
    struct coroutine *coroutine = loop_coroutine(&coroutines->loop, job_body);
    if (!coroutine)
        return -errno;
    coroutine->task.worker = &coroutines->pool.work->workers[0];
    loop_resume(&coroutines->loop, coroutine);
    return 0;
}

static int refused_task(struct coroutines_pool *coroutines, int code, struct diag *diag) {
    code = refused_memory(diag, -code, coroutines->loop.stacks.stack_size, "the stack of a task");
    diag_prefix(diag,
        "%jd tasks in flight are too many for this system (--pool=concurrency=N bounds them)",
        (intmax_t)coroutines->in_flight);
    return code;
}

static int coroutines_map(struct pool *pool, struct diag *diag) {
    struct coroutines_pool *coroutines = (struct coroutines_pool *)pool;
    int refused = 0;
    coroutines->next = 0;
    coroutines->end = pool->work->options.jobs;
    while (coroutines->next < coroutines->end || coroutines->in_flight > 0) {
        bool start =
            coroutines->next < coroutines->end && coroutines->in_flight < coroutines->concurrency;
        coroutines->loop.recall = start;
        if (start) {
            int code = start_task(coroutines);
            if (code == 0)
                continue;
            /* Those in flight cannot be torn off their stacks: let them end, start no more. */
            refused = refused_task(coroutines, code, diag);
            coroutines->end = coroutines->next;
        } else {
            int code = loop_step(&coroutines->loop, diag);
            if (code < 0)
                return code;
        }
    }
    return refused;
}

static int coroutines_open(struct pool *pool, struct diag *diag) {
    struct coroutines_pool *coroutines = (struct coroutines_pool *)pool;
    int64_t concurrency = pool->params[COROUTINES_CONCURRENCY].number;
    coroutines->concurrency = concurrency ? concurrency : INT64_MAX;
    return loop_init(&coroutines->loop, (size_t)pool->params[COROUTINES_STACK].number, diag);
}

static int coroutines_close(struct pool *pool, struct diag *diag) {
    (void)diag;
    loop_release(&((struct coroutines_pool *)pool)->loop);
    return 0;
}

static const struct executor_driver coroutines_driver = {
    .pool_size = sizeof(struct coroutines_pool),
    .open = coroutines_open,
    .map = coroutines_map,
    .close = coroutines_close,
};

const struct executor executor_coroutines = {
    .name = "coroutines",
    .alias = "coroutine",
    .summary = "an event loop in one thread, a task with a stack of its own per job",
    .params = coroutines_params,
    .max_workers = 1,
    .capabilities = EXECUTOR_SUSPENDS,
    .driver = &coroutines_driver,
};
