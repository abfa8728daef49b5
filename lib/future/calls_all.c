/* SPDX-License-Identifier: MIT */
#include "call_queue.h"

#include <errno.h>

/* All calls of a pool at once: lost with a worker, cancelled, drained, waited for until there is
 * room for more. */

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

/* Its worker is dead. One that had ended may have hooks that nobody was told to call. */
static void lose(struct future *call) {
    uint32_t state = atomic_load_explicit(&call->state, memory_order_acquire);
    while (call_is_unfinished(state)) {
        call->code = -EOWNERDEAD;
        call->text = CALL_LOST;
        if (atomic_compare_exchange_weak_explicit(&call->state, &state,
                (state & ~(uint32_t)CALL_PHASE) | CALL_DONE, memory_order_acq_rel,
                memory_order_acquire))
            break;
    }
    call_tell(call, state, true);
}

/* What is queued is lost, and what runs is cancelled: its worker goes on, and ends it. */
static void lose_or_cancel(struct calls *calls, struct future *call) {
    uint32_t state = atomic_load_explicit(&call->state, memory_order_acquire);
    while (call_is_unfinished(state)) {
        bool queued = call_phase(state) == CALL_PENDING;
        uint32_t next = queued ? state - CALL_PENDING + CALL_RUNNING : state | CALL_TOLD;
        if (!atomic_compare_exchange_weak_explicit(
                &call->state, &state, next, memory_order_acq_rel, memory_order_acquire))
            continue;
        if (queued)
            call_lose(call, &calls->lost);
        else if ((state & CALL_TOLD) == 0 && calls->host && calls->host->cancel)
            calls->host->cancel(calls->context, call);
        return;
    }
}

/* Under the mutex. What comes before it was broken, not after: no record is used anew. */
static void break_pool(struct calls *calls, const struct diag *why) {
    const struct call_host *host = calls->host;
    bool killed = host && host->kill;
    if (calls->lost.code < 0)
        return;
    diag_set(&calls->lost, -EOWNERDEAD, "%s", why->text);
    atomic_store(&calls->broken, true);
    if (host && host->break_down)
        host->break_down(calls->context);
    calls_close(calls);
    if (killed)
        host->kill(calls->context);
    uint32_t count = count_records(calls);
    for (uint32_t i = 0; i < count; i++) {
        if (killed)
            lose(record_at(calls, i));
        else
            lose_or_cancel(calls, record_at(calls, i));
    }
    atomic_store(&calls->queue->ended, 0); /* their hooks were called above */
    atomic_store_explicit(&calls->queue->starved, 1, memory_order_relaxed);
    calls_ring(calls);
}

void calls_break(struct calls *calls, const struct diag *why) {
    pthread_mutex_lock(&calls->mutex);
    break_pool(calls, why);
    pthread_mutex_unlock(&calls->mutex);
}

void calls_look(struct calls *calls) {
    struct diag death;
    pthread_mutex_lock(&calls->mutex);
    const struct call_host *host = calls->host;
    if (host && host->look && calls->lost.code == 0 && host->look(calls->context, &death) < 0)
        break_pool(calls, &death);
    pthread_mutex_unlock(&calls->mutex);
}

/* All calls at once. */

static void cancel_queued(struct calls *calls, struct future *call) {
    uint32_t state = atomic_load_explicit(&call->state, memory_order_acquire);
    while (call_phase(state) == CALL_PENDING)
        if (atomic_compare_exchange_weak_explicit(&call->state, &state,
                state - CALL_PENDING + CALL_CANCELLED, memory_order_acq_rel,
                memory_order_acquire)) {
            call_tell(call, state, calls->shared);
            return;
        }
}

void calls_wake_opener(struct calls *calls) {
    if (!calls->runs || pthread_equal(calls->opener, pthread_self()))
        return;
    pthread_mutex_lock(&calls->mutex);
    const struct call_host *host = calls->host;
    if (host && host->wake)
        host->wake(calls->context);
    pthread_mutex_unlock(&calls->mutex);
}

void calls_cancel_queued(struct calls *calls) {
    uint32_t count = count_records(calls);
    atomic_store(&calls->queue->cancel_to, atomic_load(&calls->queue->tail));
    for (uint32_t i = 0; i < count; i++)
        cancel_queued(calls, record_at(calls, i));
    calls_wake_opener(calls);
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
    while (!use_is_over(&use)) {
        uint32_t state = atomic_load(&call->state);
        if (state & CALL_WAITED && call_is_unfinished(state)
            && calls_sleep(calls, &call->state, state, deadline_ns) < 0)
            return -ETIMEDOUT;
    }
    return 0;
}

/* Up to a position in the queue. */
struct drain {
    struct calls *calls;
    uint64_t to;
};

static bool is_drained(void *arg) {
    const struct drain *drain = arg;
    return calls_passed(drain->calls, drain->to) || atomic_load(&drain->calls->broken);
}

/* Asks to be woken, too. */
static bool is_drained_or_ask(void *arg) {
    const struct drain *drain = arg;
    _Atomic uint64_t *drain_to = &drain->calls->queue->drain_to;
    uint64_t before = atomic_load(drain_to);
    while (drain->to < before && !atomic_compare_exchange_weak(drain_to, &before, drain->to))
        ;
    return is_drained(arg);
}

static int sleep_on_bell(
    struct calls *calls, bool (*over)(void *arg), void *arg, int64_t deadline_ns) {
    _Atomic uint32_t *bell = &calls->queue->bell;
    for (;;) {
        uint32_t seen = atomic_load(bell);
        if (over(arg))
            return 0;
        if (calls_sleep(calls, bell, seen, deadline_ns) < 0)
            return over(arg) ? 0 : -ETIMEDOUT;
    }
}

static int drain_position(struct calls *calls, int64_t deadline_ns) {
    struct drain drain = {calls, atomic_load(&calls->queue->tail)};
    if (look_a_little(is_drained, &drain))
        return 0;
    return sleep_on_bell(calls, is_drained_or_ask, &drain, deadline_ns);
}

static bool never(void *arg) {
    (void)arg;
    return false;
}

int calls_drain(struct calls *calls, int64_t deadline_ns) {
    if (calls->runs) {
        int code = calls_run(calls, never, NULL, deadline_ns);
        return code == -EAGAIN ? 0 : code;
    }
    if (calls->light)
        return drain_position(calls, deadline_ns);
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
    bool room = queue->closed || queue->spares > 0 || queue->fresh < calls->capacity
        || atomic_load(&calls->returned[queue->reused & calls->ring_mask]) != 0;
    calls_unlock(calls);
    return room;
}

/* Whether some call has not ended, and will give room or let somebody give it. */
static bool some_unfinished(struct calls *calls) {
    if (calls->light)
        return !calls_passed(calls, atomic_load(&calls->queue->tail));
    for (uint32_t i = 0; i < calls->capacity; i++)
        if (call_is_unfinished(atomic_load(&record_at(calls, i)->state)))
            return true;
    return false;
}

/* Whether some record is neither free nor held by a handle that was not lent: whoever has it,
 * perhaps a worker that returns several at a time, gives it back before it sleeps. */
static bool some_on_their_way(struct calls *calls) {
    calls_lock(calls);
    bool some = calls->queue->handles - calls->queue->lent < (int64_t)calls->capacity;
    calls_unlock(calls);
    return some;
}

bool calls_are_stuck(struct calls *calls) {
    return !some_unfinished(calls) && !some_on_their_way(calls) && !has_room(calls);
}

static bool room_or_none(void *arg) {
    return has_room(arg) || calls_are_stuck(arg);
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

int calls_await_room(struct calls *calls) {
    if (calls->runs)
        return calls_run(calls, has_room, calls, INT64_MAX);
    if (!look_a_little(has_room, calls))
        (void)sleep_on_bell(calls, room_or_starve, calls, INT64_MAX);
    /* Another submitter may have been faster: then there will be room again. */
    return calls_are_stuck(calls) ? -EAGAIN : 0;
}
