/* SPDX-License-Identifier: MIT */
#include "call_queue.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "futex.h"

/* Waiting for single calls, in this process or in a seat. */

bool look_a_little(bool (*over)(void *arg), void *arg) {
    for (int look = 0; look < LOOKS_BEFORE_SLEEP; look++) {
        if (over(arg))
            return true;
        sched_yield();
    }
    return over(arg);
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

bool call_hook(struct future *call, struct future_hook *hook) {
    struct calls *calls = call_calls(call);
    hook->future = call;
    calls_lock(calls);
    bool marked = call_mark(call, CALL_HOOKED);
    if (marked) {
        hook->next = call->hooks;
        call->hooks = hook;
    }
    calls_unlock(calls);
    return marked;
}

/* Whether no hook is to be called at the end: false if that has come. */
static bool unmark(struct future *call) {
    uint32_t state = atomic_load_explicit(&call->state, memory_order_acquire);
    while (call_is_unfinished(state))
        if (atomic_compare_exchange_weak_explicit(&call->state, &state, state & ~CALL_HOOKED,
                memory_order_acq_rel, memory_order_acquire))
            return true;
    return false;
}

/* Whoever ends the call marked as hooked then takes the lock: it must find a hook there, whose
 * waiter keeps the call. So the last one goes only with the mark. */
bool call_unhook(struct future *call, struct future_hook *hook) {
    struct calls *calls = call_calls(call);
    calls_lock(calls);
    struct future_hook **link = &call->hooks;
    while (*link && *link != hook)
        link = &(*link)->next;
    bool only = call->hooks && call->hooks == hook && !call->hooks->next;
    bool off = *link && (only ? unmark(call) : !call_has_ended(call));
    if (off)
        *link = (*link)->next;
    calls_unlock(calls);
    return off;
}

/* Seats. */

static int watch(struct calls *calls, int epoll_fd) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u32 = 0};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, calls->event_fd, &event) != 0)
        return -errno;
    pthread_mutex_lock(&calls->mutex);
    int code = calls->host ? calls->host->watch(calls->context, epoll_fd) : 0;
    pthread_mutex_unlock(&calls->mutex);
    return code;
}

static int new_seat(struct calls *calls, struct seat **ret_seat) {
    struct seat *seat = calloc(1, sizeof *seat);
    if (!seat)
        return -ENOMEM;
    seat->calls = calls;
    seat->fd = epoll_create1(EPOLL_CLOEXEC);
    int code = seat->fd < 0 ? -errno : watch(calls, seat->fd);
    if (code < 0) {
        if (seat->fd >= 0)
            close(seat->fd);
        free(seat);
        return code;
    }
    *ret_seat = seat;
    return 0;
}

int seat_take(struct calls *calls, struct seat **ret_seat) {
    pthread_mutex_lock(&calls->mutex);
    struct seat *seat = calls->seats;
    if (seat)
        calls->seats = seat->next;
    pthread_mutex_unlock(&calls->mutex);
    if (!seat)
        return new_seat(calls, ret_seat);
    *ret_seat = seat;
    return 0;
}

void seat_leave(struct seat *seat) {
    struct calls *calls = seat->calls;
    pthread_mutex_lock(&calls->mutex);
    seat->next = calls->seats;
    calls->seats = seat;
    pthread_mutex_unlock(&calls->mutex);
}

bool seat_hook(struct seat *seat, struct future *call, struct future_hook *hook) {
    if (!call_mark(call, CALL_WAITED))
        return false;
    hook->future = call;
    hook->next = seat->hooks;
    seat->hooks = hook;
    return true;
}

bool seat_unhook(struct seat *seat, struct future_hook *hook) {
    for (struct future_hook **link = &seat->hooks; *link; link = &(*link)->next)
        if (*link == hook) {
            *link = hook->next;
            return true;
        }
    return false;
}

static void run_hooks(struct seat *seat) {
    struct future_hook **link = &seat->hooks;
    while (*link) {
        struct future_hook *hook = *link;
        if (call_has_ended(hook->future)) {
            *link = hook->next;
            hook->ended(hook);
        } else {
            link = &hook->next;
        }
    }
}

/* Waits for news until the deadline (0: not at all) and takes it. */
static void take_news(const struct seat *seat, int64_t deadline_ns) {
    struct epoll_event events[8];
    int64_t left_ns = deadline_ns > 0 ? deadline_ns - clock_now_ns() : 0;
    struct timespec timeout = clock_timespec(left_ns > 0 ? left_ns : 0);
    int count = epoll_pwait2(seat->fd, events, 8, deadline_ns == INT64_MAX ? NULL : &timeout, NULL);
    bool death = false;
    for (int i = 0; i < count; i++)
        death |= events[i].data.u32 == SEAT_DEATH;
    if (death)
        calls_look(seat->calls);
}

void seat_look(struct seat *seat) {
    take_news(seat, 0);
    run_hooks(seat);
}

int calls_wait_seated(
    struct calls *calls, bool (*over)(void *arg), void *arg, int64_t deadline_ns) {
    struct seat *seat;
    if (look_a_little(over, arg))
        return 0;
    int code = seat_take(calls, &seat);
    if (code < 0)
        return code;
    while (!over(arg)) {
        if (deadline_ns != INT64_MAX && clock_now_ns() >= deadline_ns) {
            code = -ETIMEDOUT;
            break;
        }
        take_news(seat, deadline_ns);
    }
    seat_leave(seat);
    return code;
}
