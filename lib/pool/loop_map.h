/* SPDX-License-Identifier: MIT */
#ifndef POOL_LOOP_MAP_H
#define POOL_LOOP_MAP_H

#include "call_server.h"
#include "loop.h"
#include "work.h"

/*
 * Runs jobs as tasks of an event loop: what the executors with loops have in common.
 *
 * Tasks start in the order of their jobs, as many as the limit allows, before those that have
 * suspended go on, as asyncio's gather does it. Where several loops share the jobs, each claims no
 * more than it may start at once, and has no more in flight than its fair part of all jobs
 * (jobs / loops, rounded up). Without that bound the first loop to wake would start all jobs that
 * sleep before the others are awake, and would alone have the work of all that wake up; jobs do not
 * move to another loop. Jobs that compute never come near the bound: each claim is a chunk, large
 * at first and single jobs at the end, and goes to the loop that is through with its last. The
 * parts add up to all jobs, so that with unbounded concurrency every job starts without waiting for
 * another to end, unless jobs that compute hold up their loop.
 */

/* Entries of parameter tables. */
/* clang-format off */
#define LOOP_PARAM_STACK \
    {.name = "stack", \
        .type = PARAM_SIZE, \
        .default_text = "64KiB", \
        .min = 16 * 1024, \
        .max = 64 * 1024 * 1024, \
        .help = "stack of each task; only the pages that it touches take memory"}
#define LOOP_PARAM_SHARED_STACKS \
    {.name = "shared_stacks", \
        .type = PARAM_BOOL, \
        .default_text = "false", \
        .help = "run all tasks of a loop on one stack and copy their frames out while they wait: " \
                "little memory for many tasks (not with sanitizers or other CPUs than x86-64: own " \
                "stacks there)"}
#define LOOP_PARAM_CONCURRENCY(text) \
    {.name = "concurrency", \
        .type = PARAM_COUNT, \
        .default_text = "unbounded", \
        .min = 1, \
        .max = 1000000000, \
        .zero_word = "unbounded", \
        .help = (text)}
/* clang-format on */

struct loop_map_options {
    int64_t stack_size;
    bool shared_stacks;
    int64_t slow_ns;     /* tasks that hold the loop for longer are noted; 0: none */
    int64_t concurrency; /* maximum number of tasks in flight; 0: unbounded */
    int64_t chunk;       /* jobs per claim; 0: as many as suits */
    int loops;           /* that share the jobs */
};

struct loop_map {
    struct loop loop;
    struct call_server server; /* of the pool's calls; where server.calls is NULL it takes none */
    struct loop_map_options options;
    /* Of the run under way: */
    struct work *work;
    int64_t limit;     /* maximum number of tasks in flight */
    int64_t next, end; /* jobs claimed and not started */
    int64_t in_flight; /* tasks that have started and not ended */
};

/* Makes the loop. By the thread that runs it, as all of these. */
int loop_map_init(
    struct loop_map *map, const struct loop_map_options *options, struct diag *diag) PCONC_CHECKED;
void loop_map_release(struct loop_map *map);

/* Serves `calls` from now on, NULL: none: while jobs run, and in call_server_run and the like. */
int loop_map_serve(struct loop_map *map, struct queue *queue, struct worker *worker,
    struct diag *diag) PCONC_CHECKED;

/* Runs tasks that calls have left behind to their end. */
int loop_map_finish(struct loop_map *map, struct diag *diag) PCONC_CHECKED;

/* `cancel` of the queue_host of executors with loops. */
void loop_map_cancel(void *pool, struct future *future);

/* Runs jobs of `work` until none is unclaimed and all tasks have ended. A negative errno if a task
 * could not be started or the loop broke: no loop that shares the jobs claims any more then. */
int loop_map_run(struct loop_map *map, struct work *work, struct worker *worker,
    struct diag *diag) PCONC_CHECKED;

#endif
