/* SPDX-License-Identifier: MIT */
#ifndef PCONC_TASK_H
#define PCONC_TASK_H

#include <pconc/diag.h>

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

/*
 * A task is a running activity inside an executor. A job gets a handle to the task that runs it and
 * blocks only through that handle: in a thread or a process these calls block, in a coroutine they
 * suspend the task and let others run. So a workload is written once and knows no executor.
 *
 * All of these are for the job itself, on its own task: never pass a task to another thread.
 * Durations are nanoseconds; deadlines are absolute, on CLOCK_MONOTONIC (see task_now_ns).
 */
struct task;

#define TASK_FOREVER INT64_MAX /* a deadline that never comes */

/* Readiness for task_wait_fd, any of them or'ed. */
enum { TASK_READABLE = 1, TASK_WRITABLE = 2 };

/* CLOCK_MONOTONIC in nanoseconds, read now. */
int64_t task_now_ns(void);

/* Sleeps for at least `duration_ns`, counted from now (<= 0: only yields). 0, or a negative errno.
 */
int task_sleep(struct task *task, int64_t duration_ns) PCONC_CHECKED;

/* Sleeps until `deadline_ns` at the earliest. */
int task_sleep_until(struct task *task, int64_t deadline_ns) PCONC_CHECKED;

/* Lets others that are ready run first. */
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
 * close, with O_NONBLOCK and O_CLOEXEC; both a negative errno on failure. */
int task_connect(struct task *task, int fd, const struct sockaddr *address,
    socklen_t address_size) PCONC_CHECKED;
int task_accept(struct task *task, int fd) PCONC_CHECKED;

/* Runs `fn(arg)`, which blocks in the kernel where no event can be waited for (a lookup, a plain
 * file, a foreign library). An executor that can puts it where it holds nobody up; the others run
 * it in place, which in a coroutine holds up the whole loop. Returns what fn returned, or a
 * negative errno where it could not be run. */
int task_block(struct task *task, int (*fn)(void *arg), void *arg) PCONC_CHECKED;

/* How a job fails: keeps the sentence (the first of a sample is shown to the user) and returns
 * `code`, a negative errno, for the job to return. */
int task_fail(struct task *task, int code, const char *format, ...) PCONC_PRINTF(3, 4);

#endif
