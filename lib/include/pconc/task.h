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
 * KiB of protected memory below it. A stack overflow ends the process with SIGSEGV, which pconc
 * reports with the job's number. A function with a larger frame (a large array, alloca) can step
 * over the protected memory, unless it was compiled with -fstack-clash-protection.
 *
 * A job calls these functions with its own task. Never pass a task to another thread; only
 * task_now_ns may be called in any. Durations are nanoseconds; deadlines are absolute, on
 * CLOCK_MONOTONIC (see task_now_ns). In a loop every function that waits returns -ECANCELED, at
 * once or during its wait, if the task is cancelled, and -ENOMEM if there is no memory to wait.
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

/* Lets other tasks that are ready run first. 0, or in a loop -ECANCELED. */
int task_yield(struct task *task) PCONC_CHECKED;

/* Waits until `fd` has one of `events`; an error or hang-up counts as all of them. Returns the
 * events that came, or -ETIMEDOUT at the deadline, or another negative errno. In a loop only one
 * task at a time may wait for an fd; others get -EBUSY. */
int task_wait_fd(struct task *task, int fd, int events, int64_t deadline_ns) PCONC_CHECKED;

/* read(2) and write(2) that wait until a non-blocking `fd` is ready. On a blocking fd they block
 * the thread: in a loop, open it with O_NONBLOCK. Return bytes, 0 at the end of the file, or a
 * negative errno. */
ssize_t task_read(struct task *task, int fd, void *buf, size_t size) PCONC_CHECKED;
ssize_t task_write(struct task *task, int fd, const void *buf, size_t size) PCONC_CHECKED;

/* connect(2) and accept(2) that wait in the same way, also for O_NONBLOCK. task_connect returns 0
 * when it is connected. task_accept returns a new descriptor with O_NONBLOCK and O_CLOEXEC, which
 * the caller closes with task_close. Both return a negative errno on failure. */
int task_connect(struct task *task, int fd, const struct sockaddr *address,
    socklen_t address_size) PCONC_CHECKED;
int task_accept(struct task *task, int fd) PCONC_CHECKED;

/* close(2). A task of the same loop that waits for `fd` gets -EBADF. A loop remembers connections
 * that it has waited for: if one was closed in another way and its number given to another file, it
 * may notice that 100 ms late. 0, or a negative errno; `fd` is closed in any case. */
int task_close(struct task *task, int fd);

/* Runs `fn(arg)`, which blocks the thread and has no event to wait for (a name lookup, a plain
 * file, a foreign library). `offload` runs it in another thread; the other executors run it in
 * place, which in a coroutine delays the whole loop. Returns the code of fn, or a negative errno if
 * it could not run. */
int task_block(struct task *task, int (*fn)(void *arg), void *arg) PCONC_CHECKED;

/* Records why a job fails (the user sees the first sentence of a sample) and returns `code`, a
 * negative errno, which the job then returns. */
int task_fail(struct task *task, int code, const char *format, ...) PCONC_PRINTF(3, 4);

/*
 * Tasks that start tasks. In an event loop (executors with EXECUTOR_SPAWNS, and pconc/loop.h) a
 * task can start others, which run in the same loop and thread. Elsewhere these functions return
 * -ENOTSUP.
 *
 * Cancelling a task ends its current or next wait with -ECANCELED, once. The task then cleans up,
 * may wait again for that, and returns; its code counts. If a thread runs a function for it
 * (task_block), the task first waits for that.
 *
 * Pass every started task to exactly one of task_await, task_await_until, task_gather and
 * task_detach. A task that was passed to none of them is detached when the task that started it
 * ends; other tasks must have begun to await it before. With shared stacks the `arg` of a task must
 * not point to a stack of the loop; if pconc was built without NDEBUG, that returns -EFAULT.
 */

/* The body of a task. Returns 0, or a negative errno, after task_fail() if a sentence helps. */
typedef int task_function(struct task *task, void *arg);

/* Starts fn(child, arg), which first runs when the caller waits. `arg` is borrowed until it ends.
 * 0, or -ENOMEM. */
int task_spawn(
    struct task *task, task_function *fn, void *arg, struct task **ret_child) PCONC_CHECKED;

/* Waits for the end of `child` and returns its code; task_error has its sentence. If the caller is
 * cancelled, the child is cancelled and waited for, and this returns -ECANCELED. The handle is
 * invalid afterwards in any case. */
int task_await(struct task *task, struct task *child) PCONC_CHECKED;

/* The same with a deadline: then the child is cancelled and waited for. Returns -ETIMEDOUT, or 0 if
 * the child still succeeded. */
int task_await_until(struct task *task, struct task *child, int64_t deadline_ns) PCONC_CHECKED;

/* Waits for all `children`, at most INT_MAX. If ret_codes is NULL and a child fails, the others are
 * cancelled and waited for, and its code is returned. Otherwise waits for all, stores their codes
 * in ret_codes[count] and returns 0. -ECANCELED as in task_await. All handles are invalid
 * afterwards in any case. */
int task_gather(
    struct task *task, struct task *const *children, size_t count, int *ret_codes) PCONC_CHECKED;

/* Detaches `child`: its result is discarded. The loop still runs it to its end before loop_run or
 * pool_run returns. */
void task_detach(struct task *child);

/* Cancels a task of the same loop that is not awaited yet. A task that has ended does not change.
 */
void task_cancel(struct task *child);

/* Whether the task, or the call that it runs, was cancelled and no wait has returned -ECANCELED for
 * that yet. For jobs that compute. */
bool task_is_cancelled(const struct task *task);

/* Runs fn(child, arg) as a new task for at most `duration_ns`; returns like task_await_until. */
int task_timeout(
    struct task *task, int64_t duration_ns, task_function *fn, void *arg) PCONC_CHECKED;

/* The sentence of the last failure that task_await or a similar function returned to this task, or
 * of its own task_fail(); "" if there is none. Valid until the next such call or the task's end. */
const char *task_error(const struct task *task);

#endif
