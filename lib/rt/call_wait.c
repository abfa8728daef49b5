/* SPDX-License-Identifier: MIT */
#include "call_queue.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "futex.h"
#include "pool.h"

/* Waiting for calls, and noticing workers that died. */

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
    hook->future = call;
    call->hook = hook;
    return call_mark(call, CALL_HOOKED);
}

bool call_unhook(struct future *call) {
    uint32_t state = atomic_load_explicit(&call->state, memory_order_acquire);
    while (call_is_unfinished(state))
        if (atomic_compare_exchange_weak_explicit(&call->state, &state, state & ~CALL_HOOKED,
                memory_order_acq_rel, memory_order_acquire))
            return true;
    return false;
}

/* Seats. */

static int watch(struct calls *calls, int epoll_fd) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u32 = 0};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, calls->event_fd, &event) != 0)
        return -errno;
    pthread_mutex_lock(&calls->mutex);
    int code = calls->pool ? calls->pool->executor->driver->watch(calls->pool, epoll_fd) : 0;
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

/* Workers that died. */

static struct future *record_at(const struct calls *calls, uint32_t index) {
    return (struct future *)(calls->records + (size_t)index * calls->stride);
}

/* Records that were ever used. */
static uint32_t count_records(struct calls *calls) {
    calls_lock(calls);
    uint32_t count = calls->queue->fresh;
    calls_unlock(calls);
    return count;
}

static void lose(struct future *call) {
    uint32_t state = atomic_load_explicit(&call->state, memory_order_acquire);
    while (call_is_unfinished(state)) {
        call->code = -EOWNERDEAD;
        call->text = CALL_LOST;
        if (atomic_compare_exchange_weak_explicit(&call->state, &state,
                (state & ~(uint32_t)CALL_PHASE) | CALL_DONE, memory_order_acq_rel,
                memory_order_acquire))
            return;
    }
}

/* What has not ended is lost. Under the mutex, when no worker runs any more. */
static void lose_all(struct calls *calls) {
    calls_close(calls);
    uint32_t count = count_records(calls);
    for (uint32_t i = 0; i < count; i++)
        lose(record_at(calls, i));
    atomic_store_explicit(&calls->queue->starved, 1, memory_order_relaxed);
    calls_ring_room(calls);
}

void calls_look(struct calls *calls) {
    pthread_mutex_lock(&calls->mutex);
    struct pool *pool = calls->pool;
    const struct executor_driver *driver = pool ? pool->executor->driver : NULL;
    if (driver && driver->look && calls->lost.code == 0 && driver->look(pool, &calls->lost) < 0) {
        atomic_store(&pool->broken, true);
        driver->kill(pool);
        lose_all(calls);
    }
    pthread_mutex_unlock(&calls->mutex);
}

/* All calls at once. */

static void cancel_queued(struct calls *calls, struct future *call) {
    uint32_t state = atomic_load_explicit(&call->state, memory_order_acquire);
    while (call_phase(state) == CALL_PENDING)
        if (atomic_compare_exchange_weak_explicit(&call->state, &state,
                state - CALL_PENDING + CALL_CANCELLED, memory_order_acq_rel,
                memory_order_acquire)) {
            if (state & (CALL_WAITED | CALL_WATCHED | CALL_HOOKED))
                call_tell(call, state, calls->shared, calls->event_fd);
            return;
        }
}

void calls_cancel_queued(struct calls *calls) {
    uint32_t count = count_records(calls);
    for (uint32_t i = 0; i < count; i++)
        cancel_queued(calls, record_at(calls, i));
}

/* One use of a record, which may be used again meanwhile. */
struct use {
    struct future *call;
    uint32_t generation;
};

static bool use_is_over(void *arg) {
    const struct use *use = arg;
    uint32_t state = atomic_load_explicit(&use->call->state, memory_order_acquire);
    return !call_is_unfinished(state) || state / CALL_GENERATION != use->generation;
}

static int drain_record(struct calls *calls, struct future *call, int64_t deadline_ns) {
    struct use use = {call, atomic_load(&call->state) / CALL_GENERATION};
    if (look_a_little(use_is_over, &use))
        return 0;
    /* Where the record is used anew here, that use is waked for too, without need. */
    if (!call_mark(call, CALL_WAITED))
        return 0;
    if (calls->shared)
        return calls_wait_seated(calls, use_is_over, &use, deadline_ns);
    while (!use_is_over(&use)) {
        uint32_t state = atomic_load(&call->state);
        if (state & CALL_WAITED && call_is_unfinished(state)
            && futex_wait((_Atomic uint32_t *)&call->state, state, deadline_ns, false) < 0)
            return -ETIMEDOUT;
    }
    return 0;
}

static bool never(void *arg) {
    (void)arg;
    return false;
}

int calls_drain(struct calls *calls, int64_t deadline_ns) {
    if (calls->runs) {
        struct pool *pool = calls->pool;
        if (!pthread_equal(pool->opener, pthread_self()))
            return -EDEADLK;
        int ran = pool->executor->driver->run(pool, never, NULL, deadline_ns);
        return ran == -EAGAIN ? 0 : ran;
    }
    uint32_t count = count_records(calls);
    int code = 0;
    for (uint32_t i = 0; code == 0 && i < count; i++)
        code = drain_record(calls, record_at(calls, i), deadline_ns);
    return code;
}

/* Room. */

static bool has_room(void *arg) {
    struct calls *calls = arg;
    calls_lock(calls);
    struct call_queue *queue = calls->queue;
    bool room = queue->closed || queue->fresh < calls->capacity
        || atomic_load(&calls->returned[queue->reused & calls->ring_mask]) != 0;
    calls_unlock(calls);
    return room;
}

/* Whether some call has not ended, and will give room or let somebody give it. */
static bool some_unfinished(struct calls *calls) {
    for (uint32_t i = 0; i < calls->capacity; i++)
        if (call_is_unfinished(atomic_load(&record_at(calls, i)->state)))
            return true;
    return false;
}

/* Whether a place for a returned record is given out and its name not yet written: it comes. */
static bool some_on_their_way(struct calls *calls) {
    calls_lock(calls);
    bool some = atomic_load(&calls->queue->returned) != calls->queue->reused;
    calls_unlock(calls);
    return some;
}

static bool room_or_none(void *arg) {
    return has_room(arg) || (!some_unfinished(arg) && !some_on_their_way(arg));
}

static void starve(struct calls *calls) {
    atomic_store(&calls->queue->starved, 1);
}

/* Each time that a record is returned or a worker runs out of calls, somebody who starves looks
 * again. */
static bool room_or_starve(void *arg) {
    starve(arg);
    return room_or_none(arg);
}

static int run_for_room(struct calls *calls) {
    struct pool *pool = calls->pool;
    if (!pthread_equal(pool->opener, pthread_self()))
        return -EAGAIN;
    return pool->executor->driver->run(pool, has_room, calls, INT64_MAX);
}

int calls_await_room(struct calls *calls) {
    if (calls->runs)
        return run_for_room(calls);
    if (!look_a_little(has_room, calls)) {
        if (calls->shared) {
            int code = calls_wait_seated(calls, room_or_starve, calls, INT64_MAX);
            if (code < 0)
                return code;
        } else {
            _Atomic uint32_t *bell = &calls->queue->room_bell;
            uint32_t seen = atomic_load(bell);
            for (; !room_or_starve(calls); seen = atomic_load(bell))
                futex_wait(bell, seen, INT64_MAX, false);
        }
    }
    return has_room(calls) ? 0 : -EAGAIN;
}
