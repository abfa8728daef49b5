/* SPDX-License-Identifier: MIT */
#ifndef POOL_LOOP_MAP_H
#define POOL_LOOP_MAP_H

#include "call_server.h"
#include "loop.h"
#include "work.h"

/*
 * Runs jobs as tasks of an event loop, for the executors with loops.
 *
 * Tasks start in the order of their jobs, as many as the limit allows, before suspended tasks
 * continue, like asyncio's gather. If several loops share the jobs, each claims only as many as it
 * may start at once, and has at most its part of all jobs in flight (jobs / loops, rounded up).
 * Without this limit the first loop that wakes would start all jobs that sleep before the other
 * loops are awake, and would have to run all of them, because a job stays in its loop. Jobs that
 * compute do not reach the limit: a loop claims a chunk of them, large at first and single jobs at
 * the end, when it has finished the last one. The parts add up to all jobs. So with unbounded
 * concurrency every job starts without waiting for the end of another, unless a job that computes
 * delays its loop.
 *
 * In an open loop (work_pace) at most one task of a loop waits for the time of its job. When that
 * has come, the next task starts and waits. So jobs go to the loops in the order of their times,
 * and a job that computes delays at most one job that is due.
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
                "little memory for many tasks (separate stacks with sanitizers and on CPUs other " \
                "than x86-64)"}
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
    int64_t slow_ns;     /* tasks that hold the loop for longer are recorded; 0: none */
    int64_t concurrency; /* maximum number of tasks in flight; 0: unbounded */
    int64_t chunk;       /* jobs per claim; 0: a suitable number */
    int loops;           /* that share the jobs */
};

struct loop_map {
    struct loop loop;
    struct call_server server; /* for the pool's calls; server.queue is NULL: none */
    struct loop_map_options options;
    /* Of this run: */
    struct work *work;
    int64_t limit;     /* maximum number of tasks in flight */
    int64_t next, end; /* jobs claimed and not started */
    int64_t in_flight; /* tasks that have started and not ended */
    bool awaits;       /* one of them waits for the time of its job */
};

/* By the thread that runs the loop, like all functions here. The loop also runs the calls of
 * `queue` (NULL: none); its tasks count for `worker`. */
int loop_map_init(struct loop_map *map, const struct loop_map_options *options, struct queue *queue,
    struct worker *worker, struct diag *diag) PCONC_CHECKED;
void loop_map_release(struct loop_map *map);

/* Runs jobs of `work` until all are claimed and all tasks have ended. A negative errno if a task
 * could not be started or the loop broke: then no loop that shares the jobs claims more. */
int loop_map_run(struct loop_map *map, struct work *work, struct worker *worker,
    struct diag *diag) PCONC_CHECKED;

#endif
