/* SPDX-License-Identifier: MIT */
#include "queue_memory.h"

#include <errno.h>

/* All calls of a pool at once: lost, cancelled, drained, and waiting for a free record. */

static struct future *record_at(const struct queue *queue, uint32_t index) {
    return (struct future *)(queue->records + (size_t)index * queue->stride);
}

/* Records used at least once. */
static uint32_t count_records(struct queue *queue) {
    queue_lock(queue);
    uint32_t count = queue->memory->fresh;
    queue_unlock(queue);
    return count;
}

/* Its worker is dead. If the call had ended, its hooks may not have been called. */
static void lose(struct future *future) {
    uint32_t state = atomic_load_explicit(&future->state, memory_order_acquire);
    while (state_is_unfinished(state)) {
        future->code = -EOWNERDEAD;
        future->text = TEXT_LOST;
        if (atomic_compare_exchange_weak_explicit(&future->state, &state,
                (state & ~(uint32_t)STATE_PHASE) | STATE_DONE, memory_order_acq_rel,
                memory_order_acquire))
            break;
    }
    future_tell(future, state, true);
}

/* A queued call is lost. A running call is asked to stop; its worker ends it. */
static void lose_or_cancel(struct queue *queue, struct future *future) {
    uint32_t state = atomic_load_explicit(&future->state, memory_order_acquire);
    while (state_is_unfinished(state)) {
        bool queued = future_phase(state) == STATE_PENDING;
        uint32_t next = queued ? state - STATE_PENDING + STATE_RUNNING : state | STATE_STOP;
        if (!atomic_compare_exchange_weak_explicit(
                &future->state, &state, next, memory_order_acq_rel, memory_order_acquire))
            continue;
        if (queued)
            future_lose(future, &queue->lost);
        else if ((state & STATE_STOP) == 0 && queue->host && queue->host->cancel)
            queue->host->cancel(queue->context, future);
        return;
    }
}

/* Under the mutex. No record is used again after this. */
static void break_pool(struct queue *queue, const struct diag *why) {
    const struct queue_host *host = queue->host;
    bool killed = host && host->kill;
    if (queue->lost.code < 0)
        return;
    diag_set(&queue->lost, -EOWNERDEAD, "%s", why->text);
    atomic_store(&queue->broken, true);
    if (host && host->break_down)
        host->break_down(queue->context);
    queue_close(queue);
    if (killed)
        host->kill(queue->context);
    uint32_t count = count_records(queue);
    for (uint32_t i = 0; i < count; i++) {
        if (killed)
            lose(record_at(queue, i));
        else
            lose_or_cancel(queue, record_at(queue, i));
    }
    atomic_store(&queue->memory->ended, 0); /* their hooks were called above */
    atomic_store_explicit(&queue->memory->starved, 1, memory_order_relaxed);
    queue_wake_starved(queue);
}

void queue_break(struct queue *queue, const struct diag *why) {
    pthread_mutex_lock(&queue->mutex);
    break_pool(queue, why);
    pthread_mutex_unlock(&queue->mutex);
}

void queue_check_workers(struct queue *queue) {
    struct diag death;
    pthread_mutex_lock(&queue->mutex);
    const struct queue_host *host = queue->host;
    if (host && host->look && queue->lost.code == 0 && host->look(queue->context, &death) < 0)
        break_pool(queue, &death);
    pthread_mutex_unlock(&queue->mutex);
}

static void cancel_queued(struct queue *queue, struct future *future) {
    uint32_t state = atomic_load_explicit(&future->state, memory_order_acquire);
    while (future_phase(state) == STATE_PENDING)
        if (atomic_compare_exchange_weak_explicit(&future->state, &state,
                state - STATE_PENDING + STATE_CANCELLED, memory_order_acq_rel,
                memory_order_acquire)) {
            future_tell(future, state, queue->shared);
            return;
        }
}

void queue_wake_opener(struct queue *queue) {
    if (!queue->runs || pthread_equal(queue->opener, pthread_self()))
        return;
    pthread_mutex_lock(&queue->mutex);
    const struct queue_host *host = queue->host;
    if (host && host->wake)
        host->wake(queue->context);
    pthread_mutex_unlock(&queue->mutex);
}

void queue_cancel_all(struct queue *queue) {
    uint32_t count = count_records(queue);
    for (uint32_t i = 0; i < count; i++)
        cancel_queued(queue, record_at(queue, i));
    queue_wake_opener(queue);
}

/* One use of a record, which may be reused for another call meanwhile. */
struct use {
    struct future *future;
    uint32_t generation;
};

static bool use_is_over(void *arg) {
    const struct use *use = arg;
    uint32_t state = atomic_load_explicit(&use->future->state, memory_order_acquire);
    return !state_is_unfinished(state) || state / STATE_GENERATION != use->generation;
}

static int drain_record(struct queue *queue, struct future *future, int64_t deadline_ns) {
    struct use use = {future, atomic_load(&future->state) / STATE_GENERATION};
    if (look_a_little(use_is_over, &use))
        return 0;
    /* If the record has been reused by now, this only causes a needless wake-up. */
    if (!future_mark(future, STATE_WAITED))
        return 0;
    while (!use_is_over(&use)) {
        uint32_t state = atomic_load(&future->state);
        if (state & STATE_WAITED && state_is_unfinished(state)
            && queue_sleep(queue, &future->state, state, deadline_ns) < 0)
            return -ETIMEDOUT;
    }
    return 0;
}

static bool never(void *arg) {
    (void)arg;
    return false;
}

int queue_drain(struct queue *queue, int64_t deadline_ns) {
    if (queue->runs) {
        int code = queue_run(queue, never, NULL, deadline_ns);
        return code == -EAGAIN ? 0 : code;
    }
    uint32_t count = count_records(queue);
    int code = 0;
    for (uint32_t i = 0; code == 0 && i < count; i++)
        code = drain_record(queue, record_at(queue, i), deadline_ns);
    return code;
}

static bool has_room(void *arg) {
    struct queue *queue = arg;
    queue_lock(queue);
    struct queue_memory *memory = queue->memory;
    bool room = memory->closed || memory->spares > 0 || memory->fresh < queue->capacity
        || atomic_load(&queue->returned[memory->reused & queue->ring_mask]) != 0;
    queue_unlock(queue);
    return room;
}

/* Whether some call has not ended. */
static bool some_unfinished(struct queue *queue) {
    for (uint32_t i = 0; i < queue->capacity; i++)
        if (state_is_unfinished(atomic_load(&record_at(queue, i)->state)))
            return true;
    return false;
}

/* Whether some record will be returned without future_free: a worker holds it back, or its handle
 * is lent. */
static bool some_on_their_way(struct queue *queue) {
    queue_lock(queue);
    bool some = queue->memory->handles - queue->memory->lent < (int64_t)queue->capacity;
    queue_unlock(queue);
    return some;
}

bool queue_is_stuck(struct queue *queue) {
    return !some_unfinished(queue) && !some_on_their_way(queue) && !has_room(queue);
}

static bool room_or_none(void *arg) {
    return has_room(arg) || queue_is_stuck(arg);
}

/* Looks again each time that a record is returned or a worker finds no call. */
static void starve(struct queue *queue) {
    _Atomic uint32_t *wakes = &queue->memory->wakes;
    for (;;) {
        uint32_t seen = atomic_load(wakes);
        atomic_store(&queue->memory->starved, 1);
        if (room_or_none(queue))
            return;
        (void)!queue_sleep(queue, wakes, seen, INT64_MAX);
    }
}

int queue_await_room(struct queue *queue) {
    if (queue->runs)
        return queue_run(queue, has_room, queue, INT64_MAX);
    if (!look_a_little(has_room, queue))
        starve(queue);
    /* If another submitter took the record, there will be room again. */
    return queue_is_stuck(queue) ? -EAGAIN : 0;
}
