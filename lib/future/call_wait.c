/* SPDX-License-Identifier: MIT */
#include "call_queue.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "futex.h"

/* How threads and loops sleep until a call has ended. */

bool look_a_little(bool (*over)(void *arg), void *arg) {
    for (int look = 0; look < LOOKS_BEFORE_SLEEP; look++) {
        if (over(arg))
            return true;
        sched_yield();
    }
    return over(arg);
}

int calls_sleep(struct calls *calls, _Atomic uint32_t *word, uint32_t seen, int64_t deadline_ns) {
    if (!calls->shared)
        return futex_wait(word, seen, deadline_ns, false);
    int64_t look_ns = clock_now_ns() + LOOK_NS;
    if (futex_wait(word, seen, deadline_ns < look_ns ? deadline_ns : look_ns, true) == 0)
        return 0;
    calls_look(calls);
    return deadline_ns < look_ns ? -ETIMEDOUT : 0;
}

bool call_mark(struct future *call, uint32_t mark) {
    uint32_t state = atomic_load_explicit(&call->state, memory_order_acquire);
    while (call_is_unfinished(state))
        if (state & mark
            || atomic_compare_exchange_weak_explicit(
                &call->state, &state, state | mark, memory_order_seq_cst, memory_order_acquire))
            return true;
    return false;
}

/* Listeners. */

static bool watch(struct calls *calls, int epoll_fd) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, calls->event_fd, &event) == 0
        && (!calls->host || calls->host->watch(calls->context, epoll_fd) == 0);
}

static int open_listener(struct calls *calls) {
    int fd = epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0 || watch(calls, fd))
        return fd;
    close(fd);
    return -1;
}

static struct listener *find_listener(struct calls *calls, const void *owner) {
    struct listener *listener = calls->listeners;
    while (listener && listener->owner != owner)
        listener = listener->next;
    return listener;
}

/* One that is not in use, or a new one. NULL: no memory. */
static struct listener *spare_listener(struct calls *calls) {
    struct listener *listener = find_listener(calls, NULL);
    if (listener)
        return listener;
    listener = calloc(1, sizeof(*listener));
    if (!listener)
        return NULL;
    listener->fd = -1;
    listener->next = calls->listeners;
    calls->listeners = listener;
    return listener;
}

struct listener *listener_join(struct calls *calls, const void *owner) {
    pthread_mutex_lock(&calls->mutex);
    struct listener *listener = find_listener(calls, owner);
    if (!listener)
        listener = spare_listener(calls);
    if (listener && listener->users++ == 0) {
        listener->owner = owner;
        if (listener->fd < 0)
            listener->fd = open_listener(calls);
        atomic_fetch_add(&calls->queue->listeners, 1);
    }
    pthread_mutex_unlock(&calls->mutex);
    return listener;
}

void listener_leave(struct calls *calls, struct listener *listener) {
    pthread_mutex_lock(&calls->mutex);
    if (--listener->users == 0) {
        listener->owner = NULL;
        atomic_fetch_sub(&calls->queue->listeners, 1);
    }
    pthread_mutex_unlock(&calls->mutex);
}

void listener_read(struct calls *calls, const struct listener *listener) {
    struct epoll_event events[8];
    bool death = listener->fd < 0;
    int count = death ? 0 : epoll_wait(listener->fd, events, 8, 0);
    for (int i = 0; i < count; i++)
        death |= events[i].data.u32 == LISTENER_DEATH;
    if (death)
        calls_look(calls);
    calls_take_ended(calls);
}
