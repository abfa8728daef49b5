/* SPDX-License-Identifier: MIT */
#ifndef PCONC_LOOP_H
#define PCONC_LOOP_H

#include <pconc/future.h>
#include <pconc/task.h>

/*
 * An event loop of one's own, as asyncio's: a thread makes one, runs tasks in it until one of them
 * is complete, and frees it. Several threads may each have one.
 *
 *     struct loop *loop;
 *     loop_new(NULL, &loop, &diag);
 *     code = loop_run(loop, serve_all, &state, &diag);
 *     loop_free(loop);
 */

struct loop;

/* A task that held its loop, and so all its other tasks, for too long. */
struct slow_task {
    int64_t job;     /* that it ran; -1: it was started by loop_run, loop_submit or task_spawn */
    int64_t held_ns; /* from when it was resumed to when it waited or ended */
};

struct loop_options {
    size_t stack_size;  /* bytes for each task; 0: 64 KiB */
    bool shared_stacks; /* tasks run on one stack and their live part is copied out while they
                           wait: little memory for many tasks that wait, and a slower switch */
    int64_t slow_ns;    /* tell of tasks that held the loop for longer; 0: of none */
    void (*slow)(void *context, const struct slow_task *slow); /* in the loop's thread */
    void *context;                                             /* for `slow` */
};

/* NULL options: the defaults. The loop belongs to the calling thread. */
int loop_new(
    const struct loop_options *options, struct loop **ret_loop, struct diag *diag) PCONC_CHECKED;

/* Runs fn(task, arg) as a task until it and all tasks that were detached have ended; asyncio's
 * run_until_complete. What fn returned, with its sentence in `diag`, or another negative errno if
 * the loop could not run. By its thread, from outside its tasks. */
int loop_run(struct loop *loop, task_function *fn, void *arg, struct diag *diag) PCONC_CHECKED;

/* No task may be left in it. By its thread; nobody may submit to it any more. NULL is fine. */
void loop_free(struct loop *loop);

/* From any thread: has the loop run fn(task, argument, result) as a task of its own, asyncio's
 * run_coroutine_threadsafe. It starts while the loop's thread is in loop_run, which then does not
 * return before it has ended. Else as pool_submit. */
int loop_submit(struct loop *loop, call_function *fn, const void *argument, size_t argument_size,
    size_t result_size, struct future **ret_future, struct diag *diag) PCONC_CHECKED;

/* From a task: waits for a future while the loop runs on, and raises to the caller what the call
 * came to, as future_result. If the caller is cancelled meanwhile, so is the future: -ECANCELED. In
 * a job of threads or processes it blocks. */
int task_await_future(struct task *task, struct future *future, void *ret_result) PCONC_CHECKED;

/* From a task: runs a call in `pool` while the loop runs on, asyncio's run_in_executor. pool_submit
 * and task_await_future in one. */
int task_run_in(struct task *task, struct pool *pool, call_function *fn, const void *argument,
    size_t argument_size, void *ret_result) PCONC_CHECKED;

#endif
