/* SPDX-License-Identifier: MIT */
#include "loop.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "clock.h"
#include "refusal.h"
#include "work.h"

#define POLL_INTERVAL 64 /* switches between two looks for events while coroutines are ready */
#define EVENTS_MAX 64    /* taken from epoll at once */

static void queue_push(struct coroutine_queue *queue, struct coroutine *coroutine) {
    coroutine->next = NULL;
    if (queue->last)
        queue->last->next = coroutine;
    else
        queue->first = coroutine;
    queue->last = coroutine;
}

static struct coroutine *queue_pop(struct coroutine_queue *queue) {
    struct coroutine *coroutine = queue->first;
    if (coroutine) {
        queue->first = coroutine->next;
        if (!queue->first)
            queue->last = NULL;
    }
    return coroutine;
}

int loop_init(struct loop *loop, size_t stack_size, struct diag *diag) {
    memset(loop, 0, sizeof *loop);
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll_fd < 0)
        return refused_descriptor(diag, errno, "an epoll instance");
    if (context_init_thread(&loop->context) < 0) {
        close(loop->epoll_fd);
        return refused_memory(diag, ENOMEM, sizeof loop->context, "an event loop");
    }
    stacks_init(&loop->stacks, stack_size);
    timers_init(&loop->timers);
    return 0;
}

void loop_release(struct loop *loop) {
    while (loop->free) {
        struct coroutine *coroutine = loop->free;
        loop->free = coroutine->next;
        context_release(&coroutine->context);
    }
    stacks_release(&loop->stacks);
    timers_release(&loop->timers);
    free(loop->fds);
    context_release_thread(&loop->context);
    close(loop->epoll_fd);
}

/* Whether the loop's own context must run before the next ready coroutine does. */
static bool loop_is_due(struct loop *loop) {
    if (loop->recall)
        return true;
    return ++loop->switches >= POLL_INTERVAL && (loop->timers.count > 0 || loop->fd_waits > 0);
}

/* Leaves the running coroutine for the next ready one, or for the loop. */
static void suspend(struct coroutine *self) {
    struct loop *loop = self->loop;
    struct coroutine *next = loop_is_due(loop) ? NULL : queue_pop(&loop->ready);
    if (next == self)
        return;
    context_switch(&self->context, next ? &next->context : &loop->context);
}

/* Bodies of coroutines, one after the other for ever: the loop never switches to a free one without
 * having given it a new body. */
static void coroutine_main(void *arg) {
    struct coroutine *self = arg;
    for (;;) {
        self->body(self);
        self->next = self->loop->free;
        self->loop->free = self;
        suspend(self);
    }
}

struct coroutine *loop_coroutine(struct loop *loop, void (*body)(struct coroutine *self)) {
    struct coroutine *coroutine = loop->free;
    if (coroutine) {
        loop->free = coroutine->next;
        coroutine->body = body;
        return coroutine;
    }
    char *low = stacks_take(&loop->stacks);
    if (!low)
        return NULL;
    /* The record lies at the top of its own stack: one page fault for both. */
    size_t size = (loop->stacks.stack_size - sizeof *coroutine) & ~(size_t)(CACHE_LINE - 1);
    coroutine = (struct coroutine *)(low + size);
    *coroutine = (struct coroutine){
        .task.ops = &loop_task_ops, .loop = loop, .timer.index = TIMER_IDLE, .body = body};
    if (context_init(&coroutine->context, low, size, coroutine_main, coroutine) < 0) {
        errno = ENOMEM;
        return NULL;
    }
    return coroutine;
}

void loop_resume(struct loop *loop, struct coroutine *coroutine) {
    context_switch(&loop->context, &coroutine->context);
}

static void end_wait(struct loop *loop, struct fd_wait *wait, int events) {
    struct coroutine *waiter = wait->waiter;
    wait->waiter = NULL;
    loop->fd_waits--;
    timers_remove(&loop->timers, &waiter->timer);
    waiter->wait_events = events;
    queue_push(&loop->ready, waiter);
}

static void take_event(struct loop *loop, const struct epoll_event *event) {
    struct fd_wait *wait = &loop->fds[event->data.fd];
    if (!wait->waiter)
        return;
    int asked = wait->waiter->wait_events;
    int came = (event->events & EPOLLIN ? TASK_READABLE : 0)
        | (event->events & EPOLLOUT ? TASK_WRITABLE : 0);
    if (event->events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP))
        came = asked;
    end_wait(loop, wait, came & asked);
}

/* epoll_pwait2, and before Linux 5.11 what comes to the same: its timeout is exact to the
 * nanosecond, that of epoll_wait to the millisecond. */
static int wait_exactly(
    struct loop *loop, struct epoll_event *events, const struct timespec *timeout) {
    int count = epoll_pwait2(loop->epoll_fd, events, EVENTS_MAX, timeout, NULL);
    if (count >= 0 || errno != ENOSYS)
        return count;
    struct pollfd poll_fd = {.fd = loop->epoll_fd, .events = POLLIN};
    count = ppoll(&poll_fd, 1, timeout, NULL);
    return count > 0 ? epoll_wait(loop->epoll_fd, events, EVENTS_MAX, 0) : count;
}

/* Waits for events until `deadline_ns` (0: not at all, INT64_MAX: for ever), makes their waiters
 * ready. */
static int wait_events(struct loop *loop, int64_t deadline_ns, struct diag *diag) {
    struct epoll_event events[EVENTS_MAX];
    struct timespec timeout = {0};
    if (deadline_ns > 0 && deadline_ns != INT64_MAX) {
        int64_t left_ns = deadline_ns - clock_now_ns();
        timeout = clock_timespec(left_ns > 0 ? left_ns : 0);
    }
    int count = wait_exactly(loop, events, deadline_ns == INT64_MAX ? NULL : &timeout);
    if (count < 0 && errno != EINTR)
        return diag_set(diag, -errno, "the event loop cannot wait: %s", strerror(errno));
    for (int i = 0; i < count; i++)
        take_event(loop, &events[i]);
    return 0;
}

static void expire_timers(struct loop *loop) {
    if (loop->timers.count == 0)
        return;
    int64_t now_ns = clock_now_ns();
    struct timer *timer;
    while ((timer = timers_expire(&loop->timers, now_ns))) {
        struct coroutine *coroutine =
            (struct coroutine *)((char *)timer - offsetof(struct coroutine, timer));
        coroutine->wait_events = 0;
        queue_push(&loop->ready, coroutine);
    }
}

int loop_step(struct loop *loop, struct diag *diag) {
    loop->switches = 0;
    expire_timers(loop);
    bool idle = !loop->ready.first;
    if (idle || loop->fd_waits > 0) {
        int code = wait_events(loop, idle ? timers_next_ns(&loop->timers) : 0, diag);
        if (code < 0)
            return code;
        expire_timers(loop);
    }
    struct coroutine *next = queue_pop(&loop->ready);
    if (next)
        loop_resume(loop, next);
    return 0;
}

static int loop_sleep_until(struct task *task, int64_t deadline_ns) {
    struct coroutine *self = (struct coroutine *)task;
    int code = timers_add(&self->loop->timers, &self->timer, deadline_ns);
    if (code == 0)
        suspend(self);
    return code;
}

static int loop_yield(struct task *task) {
    struct coroutine *self = (struct coroutine *)task;
    queue_push(&self->loop->ready, self);
    suspend(self);
    return 0;
}

/* Room for `fd` in the table. */
static int fds_reserve(struct loop *loop, int fd) {
    if (fd < loop->fds_capacity)
        return 0;
    int capacity = loop->fds_capacity ? loop->fds_capacity : 64;
    while (capacity <= fd)
        capacity *= 2;
    struct fd_wait *fds = reallocarray(loop->fds, (size_t)capacity, sizeof *fds);
    if (!fds)
        return -ENOMEM;
    memset(fds + loop->fds_capacity, 0, (size_t)(capacity - loop->fds_capacity) * sizeof *fds);
    loop->fds = fds;
    loop->fds_capacity = capacity;
    return 0;
}

/* Asks epoll for one event of `fd`. What the table remembers may be out of date: a descriptor that
 * was closed is forgotten by the kernel, and its number used again. */
static int fd_register(struct loop *loop, int fd, int events) {
    struct epoll_event event = {.events = EPOLLONESHOT | (events & TASK_READABLE ? EPOLLIN : 0u)
            | (events & TASK_WRITABLE ? EPOLLOUT : 0u),
        .data.fd = fd};
    struct fd_wait *wait = &loop->fds[fd];
    int first = wait->registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    int second = wait->registered ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    int expected = wait->registered ? ENOENT : EEXIST;
    if (epoll_ctl(loop->epoll_fd, first, fd, &event) != 0
        && (errno != expected || epoll_ctl(loop->epoll_fd, second, fd, &event) != 0))
        return -errno;
    wait->registered = true;
    return 0;
}

static int loop_wait_fd(struct task *task, int fd, int events, int64_t deadline_ns) {
    struct coroutine *self = (struct coroutine *)task;
    struct loop *loop = self->loop;
    if (fd < 0)
        return -EBADF;
    int code = fds_reserve(loop, fd);
    if (code < 0)
        return code;
    if (loop->fds[fd].waiter)
        return -EBUSY;
    code = fd_register(loop, fd, events);
    if (code == -EPERM)
        return events; /* plain files have no readiness: they are always ready */
    if (code == 0 && deadline_ns != TASK_FOREVER)
        code = timers_add(&loop->timers, &self->timer, deadline_ns);
    if (code < 0)
        return code;
    self->wait_events = events;
    loop->fds[fd].waiter = self;
    loop->fd_waits++;
    suspend(self);
    if (self->wait_events != 0)
        return self->wait_events;
    loop->fds[fd].waiter = NULL;
    loop->fd_waits--;
    return -ETIMEDOUT;
}

const struct task_ops loop_task_ops = {
    .sleep_until = loop_sleep_until,
    .yield = loop_yield,
    .wait_fd = loop_wait_fd,
    .block = task_block_in_place,
};
