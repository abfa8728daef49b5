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

static struct {
    int64_t now_ns;
    int64_t early_ns; /* sleeps end this much before they should */
    int refusal;      /* what blocking calls return, 0 or a negative errno */
    int sleeps, blocks, failures;
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

int task_wait_fd(struct task *task, int fd, int events, int64_t deadline_ns) {
    (void)task;
    (void)fd;
    (void)events;
    (void)deadline_ns;
    return -ENOSYS;
}

ssize_t task_read(struct task *task, int fd, void *buf, size_t size) {
    (void)task;
    (void)fd;
    (void)buf;
    (void)size;
    return -ENOSYS;
}

ssize_t task_write(struct task *task, int fd, const void *buf, size_t size) {
    (void)task;
    (void)fd;
    (void)buf;
    (void)size;
    return -ENOSYS;
}

#endif
