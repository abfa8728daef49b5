/* SPDX-License-Identifier: MIT */
#include "loop_map.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>

#include "clock.h"
#include "pool_task.h"
#include "refusal.h"
#include "task_tree.h"

/* A claim takes 1/CLAIM_SHARE of the loop's fair part of the jobs left, like work_claim_guided. */
#define CLAIM_SHARE 2

static void note_slow(void *context, const struct slow_task *slow) {
    struct loop_map *map = context;
    if (map->loop.worker)
        notes_add_slow(&map->loop.worker->notes, slow);
}

int loop_map_init(struct loop_map *map, const struct loop_map_options *options, struct queue *queue,
    struct worker *worker, struct diag *diag) {
    map->options = *options;
    map->server.queue = NULL;
    int code = loop_init(&map->loop,
        &(struct loop_options){.stack_size = (size_t)options->stack_size,
            .shared_stacks = options->shared_stacks,
            .slow_ns = options->slow_ns,
            .slow = note_slow,
            .context = map},
        diag);
    if (code < 0)
        return code;
    map->loop.fail = pool_task_fail;
    if (queue)
        code =
            call_server_init(&map->server, &map->loop, queue, worker, options->concurrency, diag);
    if (code < 0)
        loop_map_release(map);
    return code;
}

void loop_map_release(struct loop_map *map) {
    loop_release(&map->loop);
}

static int64_t fair_part(int64_t jobs, int loops) {
    return jobs / loops + (jobs % loops != 0);
}

/* The number of jobs to claim if `room` more may start. */
static int64_t claim_size(const struct loop_map *map, int64_t room) {
    int64_t chunk = work_chunk(map->work, map->options.chunk);
    if (map->options.loops == 1)
        return INT64_MAX; /* no other loop wants any */
    if (chunk == 0) {
        int64_t left =
            map->work->options.jobs - atomic_load_explicit(&map->work->next, memory_order_relaxed);
        chunk = left / ((int64_t)CLAIM_SHARE * map->options.loops);
    }
    chunk = chunk < room ? chunk : room;
    return chunk > 1 ? chunk : 1;
}

/* Claims jobs if `room` more may start. Returns whether there were any. */
static bool claim(struct loop_map *map, int64_t room) {
    if (room <= 0 || !work_claim(map->work, claim_size(map, room), &map->next, &map->end))
        return false;
    /* Jobs claimed beyond the next one start before ready tasks go on. */
    if (map->end - map->next > 1)
        loop_recall(&map->loop, true);
    return true;
}

/* Whether there is a job to start if `room` more may start. */
static bool has_next(struct loop_map *map, int64_t room) {
    return room > 0 && !map->awaits && (map->next < map->end || claim(map, room));
}

/* The next job, for a task that starts it. */
static int64_t take_next(struct loop_map *map) {
    map->awaits = map->work->pace.due_ns != NULL;
    return map->next++;
}

/* No loop claims jobs any more, and those claimed here do not start. */
static void end_claims(struct loop_map *map) {
    atomic_store_explicit(&map->work->next, map->work->options.jobs, memory_order_relaxed);
    map->end = map->next;
}

static struct loop_map *map_of(struct coroutine *self) {
    return (struct loop_map *)((char *)self->loop - offsetof(struct loop_map, loop));
}

/* The result lies on the task's stack until it is folded. */
__attribute__((noinline)) static int run_folded(struct coroutine *self) {
    struct worker *worker = self->loop->worker;
    size_t size = worker->work->options.result_size + GUARD_SIZE;
    return worker_fold_one(
        worker, &self->task, __builtin_alloca_with_align(size, SLOT_ALIGNMENT * CHAR_BIT));
}

/* The job's frame replaces this one (tail call). */
static inline int start_job(struct coroutine *self, const struct work *work) {
    int64_t i = self->task.job;
    if (work->folded)
        return run_folded(self);
    void *result = work->slots ? work->slots + (size_t)i * work->stride : NULL;
    return work->options.job(work->options.context, i, &self->task, result);
}

/* When the job is due, another task may start, and wait in turn. */
__attribute__((noinline)) static int run_due_job(struct coroutine *self) {
    struct loop_map *map = map_of(self);
    int code = work_await_due(map->work, &self->task, self->task.job);
    map->awaits = false;
    loop_recall(&map->loop, true);
    return code < 0 ? code : start_job(self, map->work);
}

/* It keeps nothing over a call, so that it needs no frame. */
static int run_job(struct coroutine *self) {
    const struct loop_map *map = map_of(self);
    return map->awaits ? run_due_job(self) : start_job(self, map->work);
}

/* The same task goes on with another job if there is one to start. */
static bool end_job(struct coroutine *self, int code) {
    struct loop_map *map = map_of(self);
    worker_count(map->loop.worker, &self->task, code);
    task_forget_error(self);
    task_forget_children(self);
    bool more = has_next(map, map->limit - map->in_flight + 1);
    /* With slow_ns each job needs its own task, for its time. */
    if (more && map->options.slow_ns == 0) {
        self->task.job = take_next(map);
        return true;
    }
    map->in_flight--;
    if (more)
        loop_recall(&map->loop, true);
    task_end_alone(self);
    return false;
}

static const struct coroutine_kind job_kind = {
    .ops = LOOP_TASK_OPS, .run = run_job, .end = end_job};

/* Starts one more task. 0, or -ENOMEM: there is no stack for it. */
static int start_task(struct loop_map *map) {
    struct coroutine *coroutine = loop_coroutine(&map->loop, &job_kind);
    if (!coroutine)
        return -errno;
    coroutine->task.job = take_next(map);
    map->in_flight++;
    int code = loop_resume(&map->loop, coroutine);
    if (code < 0) {
        map->next--;
        map->awaits = false;
        map->in_flight--;
        loop_recycle(coroutine);
    }
    return code;
}

static int refused_task(struct loop_map *map, int code, struct diag *diag) {
    code = refused_memory(diag, -code, map->loop.stacks.stack_size, "the stack of a task");
    diag_prefix(diag,
        "%jd tasks in flight are too many for this system (--pool=concurrency=N bounds them)",
        (intmax_t)map->in_flight);
    return code;
}

int loop_map_run(
    struct loop_map *map, struct work *work, struct worker *worker, struct diag *diag) {
    int64_t concurrency = map->options.concurrency ? map->options.concurrency : INT64_MAX;
    int64_t part = fair_part(work->options.jobs, map->options.loops);
    int64_t begun_ns = clock_now_ns();
    int refused = 0;
    map->work = work;
    map->loop.worker = worker;
    map->loop.idle_ns = 0;
    map->limit = concurrency < part ? concurrency : part;
    map->next = map->end = map->in_flight = 0;
    map->awaits = false;
    for (;;) {
        int64_t room = map->limit - map->in_flight;
        bool more = has_next(map, room);
        loop_recall(&map->loop, more);
        if (more) {
            int code = start_task(map);
            if (code == 0)
                continue;
            /* Jobs in flight must run to their end. */
            refused = refused_task(map, code, diag);
            end_claims(map);
        } else if (map->in_flight > 0 || map->loop.spawned > 0) {
            int code = map->server.queue ? call_server_step(&map->server, diag)
                                         : loop_step(&map->loop, diag);
            if (code < 0) {
                end_claims(map);
                return code;
            }
        } else {
            worker->notes.busy_ns += clock_now_ns() - begun_ns - map->loop.idle_ns;
            return refused;
        }
    }
}
