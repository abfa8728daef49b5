/* SPDX-License-Identifier: MIT */
#include "task_ops.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "clock.h"
#include "task_tree.h"

int64_t task_now_ns(void) {
    return clock_now_ns();
}

int task_sleep(struct task *task, int64_t duration_ns) {
    if (duration_ns <= 0)
        return task->ops->yield(task);
    return task->ops->sleep_until(task, clock_deadline(clock_now_ns(), duration_ns));
}

int task_sleep_until(struct task *task, int64_t deadline_ns) {
    return task->ops->sleep_until(task, deadline_ns);
}

int task_yield(struct task *task) {
    return task->ops->yield(task);
}

int task_wait_fd(struct task *task, int fd, int events, int64_t deadline_ns) {
    if (fd < 0)
        return -EBADF; /* poll(2) would wait for nothing instead */
    events &= TASK_READABLE | TASK_WRITABLE;
    if (events == 0)
        return -EINVAL;
    return task->ops->wait_fd(task, fd, events, deadline_ns);
}

/* Waits for events that have not come yet, as the caller has just seen. 0, or a negative errno. */
static int wait_exhausted(struct task *task, int fd, int events) {
    int ready = task->ops->wait_fd(task, fd, events | TASK_EXHAUSTED, TASK_FOREVER);
    return ready < 0 ? ready : 0;
}

/* After a system call that failed. 0: it may be tried again; or why not. */
static int wait_to_try_again(struct task *task, int fd, int events) {
    if (errno == EINTR)
        return 0;
    if (errno != EAGAIN && errno != EWOULDBLOCK)
        return -errno;
    return wait_exhausted(task, fd, events);
}

ssize_t task_read(struct task *task, int fd, void *buf, size_t size) {
    struct coroutine *self = task_coroutine(task);
    int code = 0;
    if (self && loop_has_drained(self->loop, fd))
        code = wait_exhausted(task, fd, TASK_READABLE);
    while (code == 0) {
        ssize_t got = read(fd, buf, size);
        if (got >= 0) {
            if (self)
                loop_note_read(self->loop, fd, (size_t)got, size);
            return got;
        }
        code = wait_to_try_again(task, fd, TASK_READABLE);
    }
    return code;
}

ssize_t task_write(struct task *task, int fd, const void *buf, size_t size) {
    int code = 0;
    while (code == 0) {
        ssize_t put = write(fd, buf, size);
        if (put >= 0)
            return put;
        code = wait_to_try_again(task, fd, TASK_WRITABLE);
    }
    return code;
}

/* A loop knows nothing yet of the file that `fd` is now. */
static void adopt(struct task *task, int fd) {
    struct coroutine *self = task_coroutine(task);
    if (self)
        loop_adopt_fd(self->loop, fd);
}

int task_connect(
    struct task *task, int fd, const struct sockaddr *address, socklen_t address_size) {
    adopt(task, fd);
    if (connect(fd, address, address_size) == 0)
        return 0;
    /* After EINTR it goes on in the background, too. */
    if (errno != EINPROGRESS && errno != EINTR)
        return -errno;
    int ready = task_wait_fd(task, fd, TASK_WRITABLE, TASK_FOREVER);
    if (ready < 0)
        return ready;
    int error = 0;
    socklen_t size = sizeof(error);
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        return -errno;
    return -error;
}

int task_accept(struct task *task, int fd) {
    int code = 0;
    while (code == 0) {
        int accepted = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (accepted >= 0) {
            adopt(task, accepted);
            return accepted;
        }
        if (errno != ECONNABORTED)
            code = wait_to_try_again(task, fd, TASK_READABLE);
    }
    return code;
}

int task_close(struct task *task, int fd) {
    struct coroutine *self = task_coroutine(task);
    if (self)
        loop_drop_fd(self->loop, fd);
    return close(fd) == 0 ? 0 : -errno;
}

int task_block(struct task *task, int (*fn)(void *arg), void *arg) {
    return task->ops->block(task, fn, arg);
}

int task_fail(struct task *task, int code, const char *format, ...) {
    char text[TASK_ERROR_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    task_keep_error(task, text);
    if (task->ops->fail)
        task->ops->fail(task, text);
    return code;
}

int task_block_in_place(struct task *task, int (*fn)(void *arg), void *arg) {
    (void)task;
    return fn(arg);
}

int block_sleep_until(struct task *task, int64_t deadline_ns) {
    (void)task;
    clock_sleep_until(deadline_ns);
    return 0;
}

int block_yield(struct task *task) {
    (void)task;
    return sched_yield() == 0 ? 0 : -errno;
}

int block_wait_fd(struct task *task, int fd, int events, int64_t deadline_ns) {
    (void)task;
    struct pollfd poll_fd = {.fd = fd,
        .events = (short)((events & TASK_READABLE ? POLLIN : 0)
            | (events & TASK_WRITABLE ? POLLOUT : 0))};
    for (;;) {
        int64_t now_ns = clock_now_ns();
        struct timespec timeout = clock_timespec(deadline_ns > now_ns ? deadline_ns - now_ns : 0);
        int ready = ppoll(&poll_fd, 1, deadline_ns == TASK_FOREVER ? NULL : &timeout, NULL);
        if (ready < 0 && errno != EINTR)
            return -errno;
        if (ready > 0 && poll_fd.revents & POLLNVAL)
            return -EBADF;
        if (ready > 0 && poll_fd.revents & (POLLERR | POLLHUP))
            return events;
        if (ready > 0)
            return (poll_fd.revents & POLLIN ? TASK_READABLE : 0)
                | (poll_fd.revents & POLLOUT ? TASK_WRITABLE : 0);
        if (ready == 0 && clock_now_ns() >= deadline_ns)
            return -ETIMEDOUT;
    }
}
