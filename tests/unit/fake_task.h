/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FAKE_TASK_H
#define TESTS_FAKE_TASK_H

/*
 * Stands in for the runtime of pconc/task.h in one test program: time passes only when a job
 * sleeps, and as much of it as the test says. It defines every function of that header, so that the
 * linker takes none from the library. Include it once.
 */

#include <errno.h>
#include <pconc/task.h>
#include <poll.h>
#include <unistd.h>

static struct {
    int64_t now_ns;
    int64_t early_ns; /* sleeps end this much before they should */
    int refusal;      /* what blocking calls return, 0 or a negative errno */
    int sleeps, blocks, failures;
    int corrupt_read; /* this many reads from now, the first byte is wrong; 0: never */
} fake;

int64_t task_now_ns(void) {
    return fake.now_ns;
}

int task_sleep_until(struct task *task, int64_t deadline_ns) {
    (void)task;
    fake.sleeps++;
    if (fake.refusal == 0 && deadline_ns - fake.early_ns > fake.now_ns)
        fake.now_ns = deadline_ns - fake.early_ns;
    return fake.refusal;
}

int task_sleep(struct task *task, int64_t duration_ns) {
    return task_sleep_until(task, fake.now_ns + duration_ns);
}

int task_yield(struct task *task) {
    (void)task;
    return fake.refusal;
}

int task_block(struct task *task, int (*fn)(void *arg), void *arg) {
    (void)task;
    fake.blocks++;
    return fake.refusal ? fake.refusal : fn(arg);
}

int task_fail(struct task *task, int code, const char *format, ...) {
    (void)task;
    (void)format;
    fake.failures++;
    return code;
}

/* A task that is started has run to its end at once; its handle is worth nothing. */
int task_spawn(struct task *task, task_function *fn, void *arg, struct task **ret_child) {
    (void)task;
    *ret_child = NULL;
    return fake.refusal ? fake.refusal : fn(NULL, arg);
}

int task_gather(struct task *task, struct task *const *children, size_t count, int *ret_codes) {
    (void)task;
    (void)children;
    for (size_t i = 0; ret_codes && i < count; i++)
        ret_codes[i] = 0;
    return 0;
}

/* Descriptors are real ones: these wait for them, which takes no time. */
int task_wait_fd(struct task *task, int fd, int events, int64_t deadline_ns) {
    (void)task;
    struct pollfd poll_fd = {.fd = fd,
        .events = (short)((events & TASK_READABLE ? POLLIN : 0)
            | (events & TASK_WRITABLE ? POLLOUT : 0))};
    if (fake.refusal)
        return fake.refusal;
    if (poll(&poll_fd, 1, deadline_ns == TASK_FOREVER ? -1 : 0) == 0)
        return -ETIMEDOUT;
    return events;
}

static ssize_t fake_wait(int fd, int events) {
    if (errno == EAGAIN || errno == EINPROGRESS)
        return task_wait_fd(NULL, fd, events, TASK_FOREVER);
    return -errno;
}

ssize_t task_read(struct task *task, int fd, void *buf, size_t size) {
    (void)task;
    ssize_t got, ready = 1;
    while ((got = read(fd, buf, size)) < 0 && ready > 0)
        ready = fake_wait(fd, TASK_READABLE);
    if (got > 0 && fake.corrupt_read > 0 && --fake.corrupt_read == 0)
        ((char *)buf)[0] ^= (char)0x80;
    return got < 0 ? ready : got;
}

ssize_t task_write(struct task *task, int fd, const void *buf, size_t size) {
    (void)task;
    ssize_t put, ready = 1;
    while ((put = write(fd, buf, size)) < 0 && ready > 0)
        ready = fake_wait(fd, TASK_WRITABLE);
    return put < 0 ? ready : put;
}

int task_connect(
    struct task *task, int fd, const struct sockaddr *address, socklen_t address_size) {
    (void)task;
    if (connect(fd, address, address_size) == 0)
        return 0;
    ssize_t ready = fake_wait(fd, TASK_WRITABLE);
    return ready > 0 ? 0 : (int)ready;
}

int task_close(struct task *task, int fd) {
    (void)task;
    return close(fd) == 0 ? 0 : -errno;
}

int task_accept(struct task *task, int fd) {
    (void)task;
    ssize_t ready = 1;
    int accepted;
    while ((accepted = accept(fd, NULL, NULL)) < 0 && ready > 0)
        ready = fake_wait(fd, TASK_READABLE);
    return accepted < 0 ? (int)ready : accepted;
}

#endif
