/* SPDX-License-Identifier: MIT */
#include "loop.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"
#include "refusal.h"
#include "work.h"

#define POLL_INTERVAL 64 /* switches between two looks for events while coroutines are ready */
#define STACK_COLORS 11  /* offsets of the tops of stacks, all within a page */
#define STACK_COLOR_SIZE 320
#define EVENTS_MAX 64 /* taken from epoll at once */

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

static void close_descriptors(struct loop *loop) {
    close(loop->epoll_fd);
    close(loop->timer_fd);
    if (loop->wake_fd >= 0)
        close(loop->wake_fd);
}

/* The loop waits on a timer of its own: the timeout of an epoll_wait may be late by a thousandth of
 * its length, whatever timer slack is set (select_estimate_accuracy in the kernel's fs/select.c).
 */
static int open_descriptors(struct loop *loop) {
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    /* Edge-triggered: an expiry is told once and need not be read. */
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.fd = loop->timer_fd};
    if (loop->epoll_fd >= 0 && loop->timer_fd >= 0
        && epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->timer_fd, &event) == 0)
        return 0;
    int error = errno;
    close_descriptors(loop);
    return -error;
}

int loop_init(struct loop *loop, size_t stack_size, struct diag *diag) {
    memset(loop, 0, sizeof *loop);
    loop->wake_fd = -1;
    int code = open_descriptors(loop);
    if (code < 0)
        return refused_descriptor(diag, -code, "the descriptors of an event loop");
    if (context_init_thread(&loop->context) < 0) {
        close_descriptors(loop);
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
    close_descriptors(loop);
}

/* Nothing when there is no inbox: it stays empty. */
static bool has_posts(struct loop *loop) {
    return atomic_load_explicit(&loop->inbox, memory_order_relaxed) != NULL;
}

/* Whether the loop's own context must run before the next ready coroutine does. */
static bool loop_is_due(struct loop *loop) {
    if (loop->recall)
        return true;
    return ++loop->switches >= POLL_INTERVAL
        && (loop->timers.count > 0 || loop->fd_waits > 0 || has_posts(loop));
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
    /* The record lies at the top of its own stack: one page fault for both. The tops of neighbours
     * are set off from each other, or all of them would contend for the same few cache sets. */
    size_t offset = loop->coroutines++ % STACK_COLORS * STACK_COLOR_SIZE;
    size_t size =
        (loop->stacks.stack_size - offset - sizeof *coroutine) & ~(size_t)(CACHE_LINE - 1);
    coroutine = (struct coroutine *)(low + size);
    *coroutine = (struct coroutine){.task.ops = &loop_task_ops,
        .loop = loop,
        .timer.index = TIMER_IDLE,
        .wait_fd = -1,
        .body = body};
    if (context_init(&coroutine->context, low, size, coroutine_main, coroutine) < 0) {
        errno = ENOMEM;
        return NULL;
    }
    return coroutine;
}

void loop_resume(struct loop *loop, struct coroutine *coroutine) {
    context_switch(&loop->context, &coroutine->context);
}

/* Ends the wait of `waiter` for its descriptor, with the events that came (0: its deadline). From
 * here on others may wait for the descriptor, and no event finds the waiter again. */
static void end_wait(struct loop *loop, struct coroutine *waiter, int events) {
    loop->fds[waiter->wait_fd].waiter = NULL;
    loop->fd_waits--;
    timers_remove(&loop->timers, &waiter->timer);
    waiter->wait_fd = -1;
    waiter->wait_events = events;
    queue_push(&loop->ready, waiter);
}

static void take_event(struct loop *loop, const struct epoll_event *event) {
    if (event->data.fd == loop->timer_fd) {
        loop->armed_ns = 0;
        return;
    }
    if (event->data.fd == loop->wake_fd)
        return; /* loop_step looks into the inbox anyway */
    struct coroutine *waiter = loop->fds[event->data.fd].waiter;
    if (!waiter)
        return;
    int came = (event->events & EPOLLIN ? TASK_READABLE : 0)
        | (event->events & EPOLLOUT ? TASK_WRITABLE : 0);
    if (event->events & (EPOLLERR | EPOLLHUP))
        came = waiter->wait_events;
    /* None: the event of a file that had this number before and lives on under another. */
    if (came & waiter->wait_events)
        end_wait(loop, waiter, came & waiter->wait_events);
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

/* Waits for events until `deadline_ns` (0: not at all, INT64_MAX: for ever), makes their waiters
 * ready. */
static int wait_events(struct loop *loop, int64_t deadline_ns, struct diag *diag) {
    struct epoll_event events[EVENTS_MAX];
    int count = deadline_ns > 0 ? arm_timer(loop, deadline_ns) : 0;
    if (count == 0)
        count = epoll_wait(loop->epoll_fd, events, EVENTS_MAX, deadline_ns > 0 ? -1 : 0);
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
        if (coroutine->wait_fd >= 0)
            end_wait(loop, coroutine, 0);
        else
            queue_push(&loop->ready, coroutine);
    }
}

/* Runs what was posted, the oldest first. */
static void take_posts(struct loop *loop) {
    if (!has_posts(loop))
        return;
    struct loop_call *posted = atomic_exchange_explicit(&loop->inbox, NULL, memory_order_acquire);
    struct loop_call *oldest = NULL;
    while (posted) {
        struct loop_call *next = posted->next;
        posted->next = oldest;
        oldest = posted;
        posted = next;
    }
    while (oldest) {
        struct loop_call *call = oldest;
        oldest = call->next;
        call->run(call);
    }
}

int loop_step(struct loop *loop, struct diag *diag) {
    loop->switches = 0;
    take_posts(loop);
    int64_t deadline_ns = loop->ready.first ? 0 : timers_next_ns(&loop->timers);
    bool wait = deadline_ns > clock_now_ns();
    /* Events before deadlines: what is there by now has come in time. */
    if (wait || loop->fd_waits > 0) {
        int code = wait_events(loop, wait ? deadline_ns : 0, diag);
        if (code < 0)
            return code;
    }
    take_posts(loop);
    expire_timers(loop);
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

/* Room for `fd` in the table, if it is one: any other number would cost as much memory. */
static int fds_reserve(struct loop *loop, int fd) {
    if (fd < loop->fds_capacity)
        return 0;
    if (fcntl(fd, F_GETFD) < 0)
        return -errno;
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
    self->wait_fd = fd;
    self->wait_events = events;
    loop->fds[fd].waiter = self;
    loop->fd_waits++;
    suspend(self);
    return self->wait_events != 0 ? self->wait_events : -ETIMEDOUT;
}

static int loop_block(struct task *task, int (*fn)(void *arg), void *arg) {
    struct coroutine *self = (struct coroutine *)task;
    return self->loop->block ? self->loop->block(self, fn, arg) : fn(arg);
}

void loop_suspend(struct coroutine *self) {
    suspend(self);
}

void loop_ready(struct coroutine *coroutine) {
    queue_push(&coroutine->loop->ready, coroutine);
}

int loop_open_inbox(struct loop *loop, struct diag *diag) {
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    /* Edge-triggered: each write is told once, and the count need not be read. */
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.fd = fd};
    if (fd >= 0 && epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0) {
        loop->wake_fd = fd;
        return 0;
    }
    int error = errno;
    if (fd >= 0)
        close(fd);
    return refused_descriptor(diag, error, "the inbox of an event loop");
}

/* Whoever finds the inbox empty wakes the loop: it looks into the inbox before it waits, and what
 * comes after that look ends the wait. */
void loop_post(struct loop *loop, struct loop_call *call) {
    struct loop_call *newest = atomic_load_explicit(&loop->inbox, memory_order_relaxed);
    do
        call->next = newest;
    while (!atomic_compare_exchange_weak_explicit(
        &loop->inbox, &newest, call, memory_order_release, memory_order_relaxed));
    if (!newest)
        eventfd_write(loop->wake_fd, 1);
}

const struct task_ops loop_task_ops = {
    .sleep_until = loop_sleep_until,
    .yield = loop_yield,
    .wait_fd = loop_wait_fd,
    .block = loop_block,
};
