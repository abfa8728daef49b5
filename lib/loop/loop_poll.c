/* SPDX-License-Identifier: MIT */
#include "loop_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"

#define EVENTS_MAX 64 /* of one epoll_wait */

void loop_poll_release(struct loop *loop) {
    free(loop->fds);
    close(loop->epoll_fd);
    close(loop->timer_fd);
    if (loop->wake_fd >= 0)
        close(loop->wake_fd);
}

/* A timerfd ends the wait at a deadline. The timeout of epoll_wait may be late by a thousandth of
 * its length with any timer slack (select_estimate_accuracy in the kernel's fs/select.c). */
int loop_poll_init(struct loop *loop) {
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    /* Edge-triggered: an expiry gives one event, and nobody has to read it. */
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.fd = loop->timer_fd};
    if (loop->epoll_fd >= 0 && loop->timer_fd >= 0
        && epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->timer_fd, &event) == 0)
        return 0;
    int error = errno;
    loop_poll_release(loop);
    return -error;
}

void loop_forget_fd(struct coroutine *waiter) {
    waiter->loop->fds[waiter->wait.fd].waiter = NULL;
    waiter->loop->fd_waits--;
    waiter->waits_fd = false;
}

static void take_event(struct loop *loop, const struct epoll_event *event) {
    if (event->data.fd == loop->timer_fd) {
        loop->armed_ns = 0;
        return;
    }
    if (event->data.fd == loop->wake_fd || !loop->fds)
        return; /* loop_step looks into the inbox anyway */
    struct coroutine *waiter = loop->fds[event->data.fd].waiter;
    if (!waiter)
        return;
    int came = (event->events & EPOLLIN ? TASK_READABLE : 0)
        | (event->events & EPOLLOUT ? TASK_WRITABLE : 0);
    if (event->events & (EPOLLERR | EPOLLHUP))
        came = waiter->wait.events;
    /* If there are none, the event is of a file that had this number before. */
    if (came & waiter->wait.events)
        loop_wake(waiter, came & waiter->wait.events);
}

static int arm_timer(struct loop *loop, int64_t deadline_ns) {
    if (deadline_ns == INT64_MAX || deadline_ns == loop->armed_ns)
        return 0;
    struct itimerspec setting = {.it_value = clock_timespec(deadline_ns)};
    if (timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME, &setting, NULL) != 0)
        return -1;
    loop->armed_ns = deadline_ns;
    return 0;
}

int loop_poll(struct loop *loop, int64_t deadline_ns, struct diag *diag) {
    struct epoll_event events[EVENTS_MAX];
    if (deadline_ns > 0 && deadline_ns != INT64_MAX && !loop->fds && loop->wake_fd < 0) {
        /* Nothing else can end the wait: this wakes a microsecond sooner, with one system call. */
        clock_sleep_until(deadline_ns);
        return 0;
    }
    int count = deadline_ns > 0 ? arm_timer(loop, deadline_ns) : 0;
    if (count == 0)
        count = epoll_wait(loop->epoll_fd, events, EVENTS_MAX, deadline_ns > 0 ? -1 : 0);
    if (count < 0 && errno != EINTR)
        return diag_set(diag, -errno, "the event loop cannot wait: %s", strerror(errno));
    for (int i = 0; i < count; i++)
        take_event(loop, &events[i]);
    return 0;
}

/* Makes room for `fd` in the table, if it is a descriptor: the table is as large as its number. */
static int fds_reserve(struct loop *loop, int fd) {
    if (fd < loop->fds_capacity)
        return 0;
    if (fcntl(fd, F_GETFD) < 0)
        return -errno;
    int capacity = loop->fds_capacity ? loop->fds_capacity : 64;
    while (capacity <= fd)
        capacity *= 2;
    struct fd_wait *fds = reallocarray(loop->fds, (size_t)capacity, sizeof(*fds));
    if (!fds)
        return -ENOMEM;
    memset(fds + loop->fds_capacity, 0, (size_t)(capacity - loop->fds_capacity) * sizeof(*fds));
    loop->fds = fds;
    loop->fds_capacity = capacity;
    return 0;
}

void loop_drop_fd(struct loop *loop, int fd) {
    if (fd < 0 || fd >= loop->fds_capacity)
        return;
    if (loop->fds[fd].waiter)
        loop_wake(loop->fds[fd].waiter, -EBADF);
    loop->fds[fd] = (struct fd_wait){.waiter = NULL};
}

/* Has epoll report `fd`, also what is there already. `registered` may be out of date: epoll forgets
 * a closed descriptor, and its number is used again. */
static int fd_register(struct loop *loop, int fd, int events) {
    struct fd_wait *wait = &loop->fds[fd];
    struct epoll_event event = {.events = EPOLLONESHOT | (events & TASK_READABLE ? EPOLLIN : 0u)
            | (events & TASK_WRITABLE ? EPOLLOUT : 0u),
        .data.fd = fd};
    int first = wait->registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    int second = wait->registered ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    int expected = wait->registered ? ENOENT : EEXIST;
    if (epoll_ctl(loop->epoll_fd, first, fd, &event) == 0) {
        wait->registered = true;
        return 0;
    }
    if (errno != expected)
        return -errno;
    if (epoll_ctl(loop->epoll_fd, second, fd, &event) != 0)
        return -errno;
    wait->registered = true;
    return 0;
}

int loop_wait_fd(struct task *task, int fd, int events, int64_t deadline_ns) {
    struct coroutine *self = (struct coroutine *)task;
    struct loop *loop = self->loop;
    int code = fds_reserve(loop, fd);
    if (code < 0)
        return code;
    struct fd_wait *wait = &loop->fds[fd];
    if (wait->waiter)
        return -EBUSY;
    code = fd_register(loop, fd, events);
    if (code == -EPERM)
        return events; /* epoll refuses plain files, which are always ready */
    if (code < 0)
        return code;
    self->wait.fd = fd;
    self->wait.events = events;
    self->waits_fd = true;
    wait->waiter = self;
    loop->fd_waits++;
    code = loop_wait(self, deadline_ns);
    if (self->waits_fd)
        loop_forget_fd(self); /* it did not wait */
    return code;
}
