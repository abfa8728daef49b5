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

/* NULL options: the defaults. The loop belongs to the calling thread, is run by it alone, and is to
 * be freed. -EINVAL: stack_size is below 16 KiB; -ENOMEM; -EMFILE, -ENFILE: no descriptors. */
int loop_new(
    const struct loop_options *options, struct loop **ret_loop, struct diag *diag) PCONC_CHECKED;

/* Runs fn(task, arg) as a task until it and all tasks that were detached have ended; asyncio's
 * run_until_complete. `arg` is borrowed until then. What fn returned, with its sentence in `diag`,
 * or: -EPERM by another thread than the loop's, -EBUSY from one of its tasks, -ENOMEM. Where the
 * loop itself fails (-EDEADLK: all tasks wait for each other; a system call's code), tasks are left
 * suspended, calls submitted to it are lost, and each later run is told -EOWNERDEAD. */
int loop_run(struct loop *loop, task_function *fn, void *arg, struct diag *diag) PCONC_CHECKED;

/* Frees it; calls that were submitted and have not started end with -ESHUTDOWN. By its thread, from
 * outside its tasks, none of which may be left; nobody may submit to it any more. NULL is fine. */
void loop_free(struct loop *loop);

/* From any thread: has the loop run fn(task, argument, result) as a task of its own, asyncio's
 * run_coroutine_threadsafe. It starts while the loop's thread is in loop_run, which then does not
 * return before it has ended. Copies `argument_size` bytes before it returns; the result has
 * `result_size` bytes, each at most CALL_SIZE_MAX: else -E2BIG. -ENOMEM. *ret_future is to be
 * freed, before the loop or after; NULL: nobody wants to know what became of the call. It fails
 * with -ESHUTDOWN if the loop was freed before it started, with -EOWNERDEAD if the loop broke. */
int loop_submit(struct loop *loop, call_function *fn, const void *argument, size_t argument_size,
    size_t result_size, struct future **ret_future, struct diag *diag) PCONC_CHECKED;

/* From a task, on its own task: waits for a future while the loop runs on, and raises to the caller
 * what the call came to, as future_result; the sentence is task_error's. If the caller is cancelled
 * meanwhile, so is the future: -ECANCELED. Several tasks, also of several loops, may await one
 * future, which is freed when all of them have gone on. In a job of threads or processes it blocks;
 * so it does where the call must run in this very thread, and the loop is not the call's own. */
int task_await_future(struct task *task, struct future *future, void *ret_result) PCONC_CHECKED;

/* From a task, on its own task: runs a call in `pool` while the loop runs on, asyncio's
 * run_in_executor. pool_submit and task_await_future in one, with their codes; it waits for room
 * too while the loop runs on. */
int task_run_in(struct task *task, struct pool *pool, call_function *fn, const void *argument,
    size_t argument_size, void *ret_result) PCONC_CHECKED;

#endif
