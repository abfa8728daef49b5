/* SPDX-License-Identifier: MIT */
#include "loop_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"

#define EVENTS_MAX 64 /* of one epoll_wait */

/* The kernel forgets a closed descriptor without a message. A wait for another file with its
 * number, which is not registered, would never end. So waiters that rely on an earlier
 * registration are registered again after this time. */
#define TRUST_MS 50
#define TRUST_NS (TRUST_MS * NS_PER_MS)

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
    /* Edge-triggered: an expiry gives one event and need not be read. */
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
    struct fd_wait *wait = &loop->fds[event->data.fd];
    if (event->events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        wait->ended = true;
    if (event->events & EPOLLIN || wait->ended)
        wait->drained = false;
    struct coroutine *waiter = wait->waiter;
    if (!waiter)
        return;
    int came = (event->events & (EPOLLIN | EPOLLRDHUP) ? TASK_READABLE : 0)
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

static void doubt_trusted(struct loop *loop);

/* How long epoll may wait, in ms; -1: for ever. */
static int bound_wait(struct loop *loop, int64_t deadline_ns) {
    if (loop->trusts) {
        int64_t now_ns = clock_now_ns();
        if (loop->doubt_ns == 0)
            loop->doubt_ns = now_ns + TRUST_NS;
        if (now_ns >= loop->doubt_ns)
            doubt_trusted(loop);
    }
    if (deadline_ns <= 0)
        return 0;
    return loop->trusts ? TRUST_MS : -1;
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
        count = epoll_wait(loop->epoll_fd, events, EVENTS_MAX, bound_wait(loop, deadline_ns));
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

static bool is_tcp(int fd) {
    int protocol = 0;
    socklen_t size = sizeof(protocol);
    return getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0
        && protocol == IPPROTO_TCP;
}

void loop_adopt_fd(struct loop *loop, int fd) {
    bool tcp = is_tcp(fd);
    if (tcp && fds_reserve(loop, fd) < 0)
        return; /* each wait for it will fail with the reason */
    if (fd < loop->fds_capacity && !loop->fds[fd].waiter)
        loop->fds[fd] = (struct fd_wait){.connection = tcp};
}

void loop_drop_fd(struct loop *loop, int fd) {
    if (fd < 0 || fd >= loop->fds_capacity)
        return;
    if (loop->fds[fd].waiter)
        loop_wake(loop->fds[fd].waiter, -EBADF);
    loop->fds[fd] = (struct fd_wait){.waiter = NULL};
}

/* A connection reports every event as long as it lasts, another file one event. */
static struct epoll_event event_for(const struct fd_wait *wait, int fd, int events) {
    uint32_t flags = EPOLLONESHOT | (events & TASK_READABLE ? EPOLLIN : 0u)
        | (events & TASK_WRITABLE ? EPOLLOUT : 0u);
    if (wait->connection)
        flags = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    return (struct epoll_event){.events = flags, .data.fd = fd};
}

/* Has epoll report `fd`, also what is there already. `registered` may be out of date: epoll forgets
 * a closed descriptor, and its number is used again. */
static int fd_register(struct loop *loop, int fd, int events) {
    struct fd_wait *wait = &loop->fds[fd];
    struct epoll_event event = event_for(wait, fd, events);
    int first = wait->registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    int second = wait->registered ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    int expected = wait->registered ? ENOENT : EEXIST;
    if (epoll_ctl(loop->epoll_fd, first, fd, &event) == 0) {
        wait->registered = true;
        return 0;
    }
    if (errno != expected)
        return -errno;
    if (wait->registered) /* another file has its number now */
        wait->connection = wait->drained = wait->ended = false;
    event = event_for(wait, fd, events);
    if (epoll_ctl(loop->epoll_fd, second, fd, &event) != 0)
        return -errno;
    wait->registered = true;
    return 0;
}

/* Registers waiters that have relied on an earlier registration since the last look. */
static void doubt_trusted(struct loop *loop) {
    loop->trusts = false;
    loop->doubt_ns = 0;
    for (int fd = 0; loop->fds && fd < loop->fds_capacity; fd++) {
        struct fd_wait *wait = &loop->fds[fd];
        if (!wait->waiter || !wait->trusted)
            continue;
        if (!wait->doubted) {
            loop->trusts = wait->doubted = true;
            continue;
        }
        wait->trusted = false;
        int code = fd_register(loop, fd, wait->waiter->wait.events);
        if (code < 0)
            loop_wake(wait->waiter, code);
    }
}

int loop_wait_fd(struct task *task, int fd, int events, int64_t deadline_ns) {
    struct coroutine *self = (struct coroutine *)task;
    struct loop *loop = self->loop;
    bool exhausted = events & TASK_EXHAUSTED;
    events &= ~TASK_EXHAUSTED;
    int code = fds_reserve(loop, fd);
    if (code < 0)
        return code;
    struct fd_wait *wait = &loop->fds[fd];
    if (wait->waiter)
        return -EBUSY;
    wait->trusted = exhausted && wait->connection && wait->registered;
    wait->doubted = false;
    if (wait->trusted)
        loop->trusts = true;
    else
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
