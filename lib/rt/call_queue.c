/* SPDX-License-Identifier: MIT */
#include "call_queue.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/eventfd.h>

#include "futex.h"

/* Records that are fetched before they are needed: they were last in another CPU's cache. */
#define FETCH_AHEAD 4

void calls_lock(struct calls *calls) {
    _Atomic uint32_t *lock = &calls->queue->lock;
    int looks = 0;
    while (atomic_exchange_explicit(lock, 1, memory_order_acquire))
        while (atomic_load_explicit(lock, memory_order_relaxed))
            if (++looks % 64 == 0)
                sched_yield(); /* its holder may have lost the CPU */
}

/* Sequentially consistent: submitters then look whether a worker sleeps. */
void calls_unlock(struct calls *calls) {
    atomic_exchange_explicit(&calls->queue->lock, 0, memory_order_seq_cst);
}

static void fetch_ahead(struct calls *calls, const _Atomic uint32_t *ring, uint64_t position) {
    uint32_t lines = atomic_load_explicit(
        &ring[(position + FETCH_AHEAD) & calls->ring_mask], memory_order_relaxed);
    __builtin_prefetch(calls_record(calls, lines), 1); /* stale or 0: no harm */
}

/* A record that nobody uses; NULL: none. Under the lock. */
static struct future *take_record(struct calls *calls) {
    struct call_queue *queue = calls->queue;
    _Atomic uint32_t *slot = &calls->returned[queue->reused & calls->ring_mask];
    uint32_t lines = atomic_load_explicit(slot, memory_order_acquire);
    if (lines) {
        atomic_store_explicit(slot, 0, memory_order_relaxed);
        queue->reused++;
        fetch_ahead(calls, calls->returned, queue->reused);
        return calls_record(calls, lines);
    }
    if (queue->fresh == calls->capacity)
        return NULL;
    struct future *call =
        (struct future *)(calls->records + (size_t)queue->fresh++ * calls->stride);
    call->lines = (uint32_t)(((char *)call - (char *)queue) / CACHE_LINE);
    return call;
}

static int find_target(
    const struct calls *calls, call_function *fn, uintptr_t *ret_target, struct diag *diag) {
    if (!calls->functions) {
        *ret_target = (uintptr_t)fn;
        return 0;
    }
    for (size_t i = 0; i < calls->function_count; i++)
        if (calls->functions[i] == fn) {
            *ret_target = i;
            return 0;
        }
    return diag_set(diag, -EINVAL,
        "the function of a call is not among those that its pool was opened with; list it in "
        "calls.functions");
}

static void fill(struct calls *calls, struct future *call, const void *argument, size_t size) {
    char *to = (char *)call + calls->argument_at;
    if (size == sizeof(uint64_t))
        memcpy(to, argument, sizeof(uint64_t));
    else if (size > 0)
        memcpy(to, argument, size);
    if (calls->result_size > 0)
        memset((char *)call + calls->result_at, 0, calls->result_size);
    call->code = 0;
    call->text = 0;
}

/* Makes the record pending: nobody else touches it before. */
static void begin_life(struct future *call, uint32_t flags) {
    uint32_t old = atomic_load_explicit(&call->state, memory_order_relaxed);
    uint32_t generation = (old & ~(CALL_GENERATION - 1)) + CALL_GENERATION;
    atomic_store_explicit(&call->state, generation | flags | CALL_PENDING, memory_order_release);
}

static void enqueue(struct calls *calls, const struct future *call) {
    struct call_queue *queue = calls->queue;
    uint64_t tail = atomic_load_explicit(&queue->tail, memory_order_relaxed);
    atomic_store_explicit(
        &calls->queued[tail & calls->ring_mask], call->lines, memory_order_relaxed);
    atomic_store_explicit(&queue->tail, tail + 1, memory_order_release);
}

int calls_submit(struct calls *calls, call_function *fn, const void *argument, size_t argument_size,
    struct future **ret_call, struct diag *diag) {
    uintptr_t target = 0;
    if (argument_size > calls->argument_size)
        return diag_set(diag, -EINVAL,
            "an argument of %zu bytes is too large for this pool, which was opened for up to %zu; "
            "raise calls.argument_size",
            argument_size, calls->argument_size);
    int code = find_target(calls, fn, &target, diag);
    if (code < 0)
        return code;
    calls_lock(calls);
    bool closed = calls->queue->closed;
    struct future *call = closed ? NULL : take_record(calls);
    if (!call) {
        calls_unlock(calls);
        return closed ? -ESHUTDOWN : -EAGAIN;
    }
    fill(calls, call, argument, argument_size);
    call->target = target;
    calls->queue->handles += ret_call != NULL;
    begin_life(call, ret_call ? 0 : CALL_DROPPED);
    if (!calls->alone)
        enqueue(calls, call);
    calls_unlock(calls);
    if (ret_call)
        *ret_call = call;
    return 0;
}

void calls_close(struct calls *calls) {
    calls_lock(calls);
    calls->queue->closed = true;
    calls_unlock(calls);
}

void calls_ring_room(struct calls *calls) {
    struct call_queue *queue = calls->queue;
    if (atomic_exchange_explicit(&queue->starved, 0, memory_order_seq_cst) == 0)
        return;
    if (calls->shared) {
        eventfd_write(calls->event_fd, 1);
        return;
    }
    atomic_fetch_add_explicit(&queue->room_bell, 1, memory_order_seq_cst);
    futex_wake(&queue->room_bell, INT32_MAX, false);
}

void calls_return(struct calls *calls, const uint32_t *lines, uint32_t count) {
    if (count == 0)
        return;
    if (calls->alone) {
        calls_free_alone(calls);
        return;
    }
    uint64_t at = atomic_fetch_add_explicit(&calls->queue->returned, count, memory_order_relaxed);
    for (uint32_t i = 0; i + 1 < count; i++)
        atomic_store_explicit(
            &calls->returned[(at + i) & calls->ring_mask], lines[i], memory_order_release);
    /* The last in full order with the look for who starves. */
    atomic_store_explicit(&calls->returned[(at + count - 1) & calls->ring_mask], lines[count - 1],
        memory_order_seq_cst);
    if (calls_starve(calls))
        calls_ring_room(calls);
}

/* Whether a record that has left the queue is to be run. */
static bool start(struct future *call) {
    uint32_t state = atomic_load_explicit(&call->state, memory_order_acquire);
    while (call_phase(state) == CALL_PENDING)
        if (atomic_compare_exchange_weak_explicit(&call->state, &state,
                state - CALL_PENDING + CALL_RUNNING, memory_order_acq_rel, memory_order_acquire))
            return true;
    return false;
}

/* A cancelled call has left the queue, or will not be started by its loop. */
static void pass_over(struct calls *calls, struct future *call) {
    uint32_t old = atomic_fetch_or_explicit(&call->state, CALL_PASSED, memory_order_acq_rel);
    if (old & CALL_DROPPED)
        calls_return(calls, &call->lines, 1);
}

bool call_start(struct future *call) {
    if (start(call))
        return true;
    pass_over(call_calls(call), call);
    return false;
}

struct future *calls_claim(struct calls *calls) {
    struct call_queue *queue = calls->queue;
    uint64_t head = atomic_load_explicit(&queue->head, memory_order_acquire);
    for (;;) {
        if (head >= atomic_load_explicit(&queue->tail, memory_order_acquire)) {
            if (calls_starve(calls))
                calls_ring_room(calls);
            return NULL;
        }
        uint32_t lines =
            atomic_load_explicit(&calls->queued[head & calls->ring_mask], memory_order_relaxed);
        if (!atomic_compare_exchange_weak_explicit(
                &queue->head, &head, head + 1, memory_order_seq_cst, memory_order_acquire))
            continue;
        fetch_ahead(calls, calls->queued, ++head);
        struct future *call = calls_record(calls, lines);
        if (start(call))
            return call;
        pass_over(calls, call);
    }
}

bool calls_queued(struct calls *calls) {
    struct call_queue *queue = calls->queue;
    return atomic_load_explicit(&queue->head, memory_order_seq_cst)
        < atomic_load_explicit(&queue->tail, memory_order_seq_cst);
}

int call_run(struct future *call, struct task *task) {
    const struct calls *calls = call_calls(call);
    call_function *fn =
        calls->functions ? calls->functions[call->target] : (call_function *)call->target;
    return fn(task, (char *)call + calls->argument_at,
        calls->result_size > 0 ? (char *)call + calls->result_at : NULL);
}

void call_tell(struct future *call, uint32_t old, bool shared, int event_fd) {
    if (shared) {
        eventfd_write(event_fd, 1);
        return;
    }
    struct future_hook *hook = old & CALL_HOOKED ? call->hook : NULL;
    if (old & CALL_WAITED)
        futex_wake(&call->state, INT32_MAX, false);
    if (old & CALL_WATCHED)
        futures_ring();
    if (hook)
        hook->ended(hook);
}

bool call_finish(struct future *call, int code) {
    const struct calls *calls = call_calls(call);
    bool shared = calls->shared;
    int event_fd = calls->event_fd;
    call->code = code;
    uint32_t old =
        atomic_fetch_add_explicit(&call->state, CALL_DONE - CALL_RUNNING, memory_order_acq_rel);
    if (__builtin_expect((old & (CALL_WAITED | CALL_WATCHED | CALL_HOOKED)) != 0, 0))
        call_tell(call, old, shared, event_fd);
    if ((old & CALL_DROPPED) == 0)
        return false;
    call_forget_text(call);
    return true;
}

void call_end(struct future *call, int code) {
    struct calls *calls = call_calls(call);
    if (calls->alone)
        calls_leave(calls);
    if (call_finish(call, code))
        calls_return(calls, &call->lines, 1);
}
