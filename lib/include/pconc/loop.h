/* SPDX-License-Identifier: MIT */
#ifndef PCONC_LOOP_H
#define PCONC_LOOP_H

#include <pconc/future.h>
#include <pconc/task.h>

/*
 * Event loops for programs, like those of asyncio. A thread makes a loop, runs a task in it until
 * that is complete, and frees the loop. Several threads may each have a loop.
 *
 *     struct loop *loop;
 *     loop_new(NULL, &loop, &diag);
 *     code = loop_run(loop, serve_all, &state, &diag);
 *     loop_free(loop);
 */

struct loop;

/* A task that held its loop, and so delayed all other tasks, for too long. */
struct slow_task {
    int64_t job;     /* its job; -1: loop_run, loop_submit or task_spawn started it */
    int64_t held_ns; /* from when it was resumed to when it waited or ended */
};

struct loop_options {
    size_t stack_size;  /* bytes for each task; 0: 64 KiB */
    bool shared_stacks; /* tasks run on one stack, and its used part is copied out while they wait:
                           less memory for many waiting tasks, and slower switches */
    int64_t slow_ns;    /* report tasks that hold the loop for longer, to `slow`; 0: none */
    void (*slow)(void *context, const struct slow_task *slow); /* in the loop's thread */
    void *context;                                             /* for `slow` */
};

/* NULL options: the defaults. The loop belongs to the calling thread, which alone runs and frees
 * it. -EINVAL: stack_size is below 16 KiB; -ENOMEM; -EMFILE, -ENFILE: no more descriptors. */
int loop_new(
    const struct loop_options *options, struct loop **ret_loop, struct diag *diag) PCONC_CHECKED;

/* Runs fn(task, arg) as a task until it and all detached tasks have ended, like asyncio's
 * run_until_complete. `arg` is borrowed until then. Returns the code of fn, with its sentence in
 * `diag`; or -EPERM in another thread than the loop's, -EBUSY in one of its tasks, -ENOMEM. If the
 * loop itself fails (-EDEADLK: all tasks wait for each other; or the code of a system call), tasks
 * stay suspended, submitted calls are lost, and each later run returns -EOWNERDEAD. */
int loop_run(struct loop *loop, task_function *fn, void *arg, struct diag *diag) PCONC_CHECKED;

/* Frees the loop. Submitted calls that have not started end with -ESHUTDOWN. By the loop's thread,
 * not in one of its tasks; no task may be left, and no thread may still submit. NULL is fine. */
void loop_free(struct loop *loop);

/* In any thread: the loop runs fn(task, argument, result) as a new task, like asyncio's
 * run_coroutine_threadsafe. The call starts while the loop's thread is in loop_run, which does not
 * return before it has ended. Copies `argument_size` bytes before it returns. Argument and result
 * have at most CALL_SIZE_MAX bytes: -E2BIG. -ENOMEM. The caller frees *ret_future, before or after
 * the loop; with NULL the result is discarded. The call fails with -ESHUTDOWN if the loop was freed
 * before it started, and with -EOWNERDEAD if the loop broke. */
int loop_submit(struct loop *loop, call_function *fn, const void *argument, size_t argument_size,
    size_t result_size, struct future **ret_future, struct diag *diag) PCONC_CHECKED;

/* In a task: waits for a future while the loop runs on. Returns like future_result; task_error has
 * the sentence. If the caller is cancelled, the future is cancelled: -ECANCELED. Several tasks,
 * also of several loops, may await one future; free it when all of them have returned. In a job of
 * threads or processes it blocks. It also blocks if the call must run in this thread but not in
 * this loop. */
int task_await_future(struct task *task, struct future *future, void *ret_result) PCONC_CHECKED;

/* In a task: runs a call in `pool` while the loop runs on, like asyncio's run_in_executor. It is
 * pool_submit and task_await_future in one, with their codes. The loop also runs on while it waits
 * for room in the pool. */
int task_run_in(struct task *task, struct pool *pool, call_function *fn, const void *argument,
    size_t argument_size, void *ret_result) PCONC_CHECKED;

#endif
