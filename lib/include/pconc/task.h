/* SPDX-License-Identifier: MIT */
#ifndef PCONC_TASK_H
#define PCONC_TASK_H

#include <pconc/diag.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

/*
 * A task is a running activity inside an executor. A job gets a handle to the task that runs it and
 * blocks only through that handle: in a thread or a process these calls block, in a coroutine they
 * suspend the task and let others run. So a workload is written once and knows no executor.
 *
 * In an event loop a task has a stack of the size that the executor or the loop was given, with 64
 * KiB below it that nobody may touch: to overflow it is to die of SIGSEGV, which pconc tells with
 * the number of the job. A function that takes more than that at once (a large array, alloca) may
 * step over it into what belongs to others, unless it was compiled with -fstack-clash-protection.
 *
 * All of these are for the job itself, on its own task: never pass a task to another thread
 * (task_now_ns is for any). Durations are nanoseconds; deadlines are absolute, on CLOCK_MONOTONIC
 * (see task_now_ns). In a loop each that waits returns -ECANCELED, at once or from the middle of
 * its wait, when the task is cancelled, and -ENOMEM where there is none to wait with.
 */
struct task;

#define TASK_FOREVER INT64_MAX /* a deadline that never comes */

/* Readiness for task_wait_fd, any of them or'ed. */
enum { TASK_READABLE = 1, TASK_WRITABLE = 2 };

/* CLOCK_MONOTONIC in nanoseconds, read now. */
int64_t task_now_ns(void);

/* Sleeps for at least `duration_ns`, counted from now (<= 0: only yields). 0, or in a loop
 * -ECANCELED or -ENOMEM. */
int task_sleep(struct task *task, int64_t duration_ns) PCONC_CHECKED;

/* Sleeps until `deadline_ns` at the earliest. 0, or as task_sleep. */
int task_sleep_until(struct task *task, int64_t deadline_ns) PCONC_CHECKED;

/* Lets others that are ready run first. 0, or in a loop -ECANCELED. */
int task_yield(struct task *task) PCONC_CHECKED;

/* Waits until `fd` has one of `events` (an error or hang-up counts as all of them) or the deadline
 * has passed. Returns the events that came, or -ETIMEDOUT, or another negative errno. In a loop an
 * fd is waited for by one task at a time: -EBUSY otherwise. */
int task_wait_fd(struct task *task, int fd, int events, int64_t deadline_ns) PCONC_CHECKED;

/* read(2) and write(2) that wait for readiness when a non-blocking `fd` has none. On a blocking fd
 * they block whatever runs the task: inside a loop, open it with O_NONBLOCK. Bytes, 0 at the end
 * of the file, or a negative errno. */
ssize_t task_read(struct task *task, int fd, void *buf, size_t size) PCONC_CHECKED;
ssize_t task_write(struct task *task, int fd, const void *buf, size_t size) PCONC_CHECKED;

/* connect(2) and accept(2) that wait in the same way, so likewise with O_NONBLOCK. task_connect
 * returns 0 once the connection stands, task_accept a new descriptor, which is the caller's to
 * task_close, with O_NONBLOCK and O_CLOEXEC; both a negative errno on failure. */
int task_connect(struct task *task, int fd, const struct sockaddr *address,
    socklen_t address_size) PCONC_CHECKED;
int task_accept(struct task *task, int fd) PCONC_CHECKED;

/* close(2). A task of the same loop that waits for `fd` is told -EBADF. A loop remembers the
 * connections that it has waited for, and may notice 100 ms late that one was closed in another way
 * and its number given to another file. 0, or a negative errno; closed in any case. */
int task_close(struct task *task, int fd);

/* Runs `fn(arg)`, which blocks in the kernel where no event can be waited for (a lookup, a plain
 * file, a foreign library). An executor that can puts it where it holds nobody up; the others run
 * it in place, which in a coroutine holds up the whole loop. Returns what fn returned, or a
 * negative errno where it could not be run. */
int task_block(struct task *task, int (*fn)(void *arg), void *arg) PCONC_CHECKED;

/* How a job fails: keeps the sentence (the first of a sample is shown to the user) and returns
 * `code`, a negative errno, for the job to return. */
int task_fail(struct task *task, int code, const char *format, ...) PCONC_PRINTF(3, 4);

/*
 * Tasks that start tasks. In an event loop (executors with EXECUTOR_SPAWNS, and pconc/loop.h) a
 * task can start others, which run in the same loop and thread; elsewhere these calls return
 * -ENOTSUP.
 *
 * To cancel a task is to end its wait, the one it is in or else its next one, with -ECANCELED,
 * once. It then cleans up, for which it may wait again, and returns; what it returns counts. A call
 * that a thread is running for it (task_block) is waited for first.
 *
 * Every task that was started is given to exactly one of task_await, task_await_until, task_gather
 * and task_detach; one that is given to none counts as detached once the task has ended that
 * started it: by then, others must have begun to await it if they are to. With shared stacks, what
 * the `arg` of a task points to must not lie on a stack of the loop, which is refused with -EFAULT
 * where pconc was built without NDEBUG.
 */

/* The body of a task. 0, or a negative errno, after task_fail() where there is more to say. */
typedef int task_function(struct task *task, void *arg);

/* Starts fn(child, arg), which first runs when the caller waits. `arg` is borrowed until it ends.
 * 0, or -ENOMEM. */
int task_spawn(
    struct task *task, task_function *fn, void *arg, struct task **ret_child) PCONC_CHECKED;

/* Waits for the end of `child` and raises to the caller what it returned, its sentence included
 * (task_error). If the caller is cancelled meanwhile the child is too, and has ended when this
 * returns -ECANCELED. The handle is gone in any case. */
int task_await(struct task *task, struct task *child) PCONC_CHECKED;

/* The same; at the deadline the child is cancelled, waited for, and -ETIMEDOUT returned, unless it
 * ended in success all the same. */
int task_await_until(struct task *task, struct task *child, int64_t deadline_ns) PCONC_CHECKED;

/* Waits for all `children`, at most INT_MAX. Without ret_codes, at the first that fails the others
 * are cancelled, and when all have ended that failure is raised. With ret_codes[count], waits for
 * all, whatever they return, stores that there and returns 0. -ECANCELED as in task_await. All
 * handles are gone in any case. */
int task_gather(
    struct task *task, struct task *const *children, size_t count, int *ret_codes) PCONC_CHECKED;

/* Lets go of `child`: nobody will wait for it or hear of its failure. The loop still runs it to its
 * end before its own run ends. */
void task_detach(struct task *child);

/* Cancels a task of the same loop that was started and not yet awaited; one that has ended stays as
 * it is. */
void task_cancel(struct task *child);

/* Whether the task, or the call of a future that it runs, was cancelled and has not been told by a
 * wait that ended: for jobs that compute. */
bool task_is_cancelled(const struct task *task);

/* Runs fn(child, arg) as a task of its own for at most `duration_ns`, as task_await_until. */
int task_timeout(
    struct task *task, int64_t duration_ns, task_function *fn, void *arg) PCONC_CHECKED;

/* The sentence of the last failure raised to this task by task_await and the like, or that it told
 * task_fail(); "" if there is none. Valid until the next such call or the task's end. */
const char *task_error(const struct task *task);

#endif
