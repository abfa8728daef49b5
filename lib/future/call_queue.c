/* SPDX-License-Identifier: MIT */
#include "call_queue.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "futex.h"

/* Records that are fetched before they are needed: they were last in another CPU's cache. */
#define FETCH_AHEAD 8

/* The same for places in the rings: some lines ahead. */
#define RING_AHEAD 40

void calls_lock(struct calls *calls) {
    _Atomic uint32_t *lock = &calls->queue->lock;
    int looks = 0;
    while (atomic_exchange_explicit(lock, 1, memory_order_acquire))
        while (atomic_load_explicit(lock, memory_order_relaxed))
            if (++looks % 64 == 0)
                sched_yield(); /* its holder may have lost the CPU */
}

void calls_unlock(struct calls *calls) {
    atomic_store_explicit(&calls->queue->lock, 0, memory_order_release);
}

static struct future *record_ahead(
    struct calls *calls, const _Atomic uint32_t *ring, uint64_t position) {
    return calls_record(calls,
        atomic_load_explicit(
            &ring[(position + FETCH_AHEAD) & calls->ring_mask], memory_order_relaxed));
}

/* A record that nobody uses; NULL: none. Under the lock. */
static struct future *take_record(struct calls *calls) {
    struct call_queue *queue = calls->queue;
    if (queue->spares > 0)
        return calls_record(calls, calls->spare[--queue->spares]);
    _Atomic uint32_t *slot = &calls->returned[queue->reused & calls->ring_mask];
    uint32_t lines = atomic_load_explicit(slot, memory_order_acquire);
    if (lines) {
        atomic_store_explicit(slot, 0, memory_order_relaxed);
        queue->reused++;
        __builtin_prefetch(record_ahead(calls, calls->returned, queue->reused), 1);
        __builtin_prefetch(
            (const void *)&calls->returned[(queue->reused + RING_AHEAD) & calls->ring_mask], 1);
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
    *ret_target = (uintptr_t)fn;
    if (!calls->functions)
        return 0;
    for (size_t i = 0; i < calls->function_count; i++)
        if (calls->functions[i] == fn) {
            *ret_target = calls->shared ? i : *ret_target;
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
    if (calls->result_size > 0 && calls->result_size <= 2 * sizeof(uint64_t))
        memset((char *)call + calls->result_at, 0, 2 * sizeof(uint64_t));
    else if (calls->result_size > 0)
        memset((char *)call + calls->result_at, 0, calls->result_size);
    call->code = 0;
    call->text = 0;
}

/* Makes the record pending: nobody else touches it before. */
static void begin_life(struct future *call, bool handle, bool light) {
    uint32_t life = handle ? CALL_PENDING : light ? CALL_LIGHT : CALL_PENDING | CALL_DROPPED;
    uint32_t old = atomic_load_explicit(&call->state, memory_order_relaxed);
    uint32_t generation = (old & ~(CALL_GENERATION - 1)) + CALL_GENERATION;
    atomic_store_explicit(&call->state, generation | life, memory_order_release);
}

static void enqueue(struct calls *calls, const struct future *call) {
    struct call_queue *queue = calls->queue;
    uint64_t tail = atomic_load_explicit(&queue->tail, memory_order_relaxed);
    atomic_store_explicit(
        &calls->queued[tail & calls->ring_mask], call->lines, memory_order_relaxed);
    /* seq_cst: the submitter stores `tail`, then looks for a sleeping worker (worker: post); a
     * worker says that it sleeps, then looks at `tail` (calls_queued). If both could read the old
     * value, the call would stay queued while all workers sleep. */
    atomic_store_explicit(&queue->tail, tail + 1, memory_order_seq_cst);
    __builtin_prefetch((const void *)&calls->queued[(tail + RING_AHEAD) & calls->ring_mask], 1);
}

static inline __attribute__((always_inline)) int check(const struct calls *calls, call_function *fn,
    size_t argument_size, uintptr_t *ret_target, struct diag *diag) {
    if (argument_size > calls->argument_size)
        return diag_set(diag, -EINVAL,
            "an argument of %zu bytes is too large for this pool, which was opened for up to %zu; "
            "raise calls.argument_size",
            argument_size, calls->argument_size);
    return find_target(calls, fn, ret_target, diag);
}

int calls_check(struct calls *calls, call_function *fn, size_t argument_size, struct diag *diag) {
    uintptr_t target = 0;
    return check(calls, fn, argument_size, &target, diag);
}

static inline __attribute__((always_inline)) int submit(struct calls *calls, uintptr_t target,
    const void *argument, size_t argument_size, bool lent, struct future **ret_call) {
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
    calls->queue->lent += lent;
    begin_life(call, ret_call != NULL, calls->light);
    if (!calls->alone)
        enqueue(calls, call);
    calls_unlock(calls);
    if (ret_call)
        *ret_call = call;
    return 0;
}

int calls_submit(struct calls *calls, call_function *fn, const void *argument, size_t argument_size,
    struct future **ret_call, struct diag *diag) {
    uintptr_t target = 0;
    int code = check(calls, fn, argument_size, &target, diag);
    return code < 0 ? code : submit(calls, target, argument, argument_size, false, ret_call);
}

int calls_submit_lent(struct calls *calls, call_function *fn, const void *argument,
    size_t argument_size, struct future **ret_call, struct diag *diag) {
    uintptr_t target = 0;
    int code = check(calls, fn, argument_size, &target, diag);
    return code < 0 ? code : submit(calls, target, argument, argument_size, true, ret_call);
}

int calls_submit_pointer(
    struct calls *calls, call_function *fn, void *pointer, struct future **ret_call) {
    return submit(calls, (uintptr_t)fn, &pointer, sizeof(void *), false, ret_call);
}

void calls_close(struct calls *calls) {
    calls_lock(calls);
    calls->queue->closed = true;
    calls_unlock(calls);
}

void calls_ring(struct calls *calls) {
    struct call_queue *queue = calls->queue;
    uint32_t starved = atomic_exchange_explicit(&queue->starved, 0, memory_order_seq_cst);
    uint64_t drain = atomic_exchange_explicit(&queue->drain_to, NOWHERE, memory_order_seq_cst);
    if (starved == 0 && drain == NOWHERE)
        return;
    atomic_fetch_add_explicit(&queue->bell, 1, memory_order_seq_cst);
    futex_wake(&queue->bell, INT32_MAX, calls->shared);
}

/* Nothing is queued. */
static void ring_if_wanted(struct calls *calls) {
    if (calls_starve(calls)
        || atomic_load_explicit(&calls->queue->drain_to, memory_order_seq_cst) != NOWHERE)
        calls_ring(calls);
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
        calls_ring(calls);
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
            ring_if_wanted(calls);
            return NULL;
        }
        uint32_t lines =
            atomic_load_explicit(&calls->queued[head & calls->ring_mask], memory_order_relaxed);
        if (!atomic_compare_exchange_weak_explicit(
                &queue->head, &head, head + 1, memory_order_seq_cst, memory_order_acquire))
            continue;
        __builtin_prefetch(record_ahead(calls, calls->queued, ++head), 0);
        struct future *call = calls_record(calls, lines);
        if (start(call))
            return call;
        pass_over(calls, call);
    }
}

/* Whether a call that was claimed is to be run. */
static bool start_as(struct calls *calls, struct future *call, uint64_t position, bool *ret_light) {
    uint32_t state = atomic_load_explicit(&call->state, memory_order_relaxed);
    struct call_queue *queue = calls->queue;
    *ret_light = call_phase(state) == CALL_LIGHT;
    if (!*ret_light) {
        if (start(call))
            return true;
        pass_over(calls, call);
        return false;
    }
    if (position >= atomic_load_explicit(&queue->cancel_to, memory_order_acquire))
        return true;
    calls_return(calls, &call->lines, 1);
    return false;
}

struct future *calls_claim_as(struct calls *calls, uint32_t worker, bool *ret_light) {
    struct call_queue *queue = calls->queue;
    struct call_worker *self = &calls->workers[worker];
    uint64_t head = atomic_load_explicit(&queue->head, memory_order_acquire);
    for (;;) {
        if (head >= self->tail) {
            self->tail = atomic_load_explicit(&queue->tail, memory_order_acquire);
            if (head >= self->tail) {
                calls_leave_queue(calls, worker);
                return NULL;
            }
        }
        uint32_t lines =
            atomic_load_explicit(&calls->queued[head & calls->ring_mask], memory_order_relaxed);
        atomic_store_explicit(&self->at, head, memory_order_release);
        if (!atomic_compare_exchange_weak_explicit(
                &queue->head, &head, head + 1, memory_order_seq_cst, memory_order_acquire))
            continue;
        if (head >= atomic_load_explicit(&queue->drain_to, memory_order_seq_cst))
            calls_ring(calls);
        if (head + FETCH_AHEAD < self->tail)
            __builtin_prefetch(record_ahead(calls, calls->queued, head), 0);
        struct future *call = calls_record(calls, lines);
        if (start_as(calls, call, head, ret_light))
            return call;
        head++;
    }
}

void calls_leave_queue(struct calls *calls, uint32_t worker) {
    atomic_store_explicit(&calls->workers[worker].at, NOWHERE, memory_order_seq_cst);
    ring_if_wanted(calls);
}

bool calls_passed(struct calls *calls, uint64_t position) {
    if (atomic_load_explicit(&calls->queue->head, memory_order_seq_cst) < position)
        return false;
    for (uint32_t i = 0; i < calls->worker_count; i++)
        if (atomic_load_explicit(&calls->workers[i].at, memory_order_seq_cst) < position)
            return false;
    return true;
}

bool calls_queued(struct calls *calls) {
    struct call_queue *queue = calls->queue;
    return atomic_load_explicit(&queue->head, memory_order_seq_cst)
        < atomic_load_explicit(&queue->tail, memory_order_seq_cst);
}

int call_run(struct future *call, struct task *task) {
    const struct calls *calls = call_calls(call);
    call_function *fn =
        calls->shared ? calls->functions[call->target] : (call_function *)call->target;
    return fn(task, (char *)call + calls->argument_at,
        calls->result_size > 0 ? (char *)call + calls->result_at : NULL);
}

void call_tell(struct future *call, uint32_t old, bool shared) {
    if (old & CALL_WAITED)
        futex_wake(&call->state, INT32_MAX, shared);
    if (old & CALL_HOOKED)
        call_run_hooks(call);
}

bool call_finish(struct future *call, int code) {
    bool shared = call_calls(call)->shared;
    call->code = code;
    uint32_t old =
        atomic_fetch_add_explicit(&call->state, CALL_DONE - CALL_RUNNING, memory_order_seq_cst);
    if (__builtin_expect((old & (CALL_WAITED | CALL_HOOKED)) != 0, 0)) {
        call_tell(call, shared ? old & ~CALL_HOOKED : old, shared);
        if (shared && old & CALL_HOOKED) /* this is a worker process, and the hooks are not here */
            call_push_ended(call);
    }
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

void call_lose(struct future *call, const struct diag *why) {
    struct calls *calls = call_calls(call);
    if (calls->alone) {
        pthread_mutex_lock(&calls->mutex);
        diag_set(&calls->lost, -EOWNERDEAD, "%s", why ? why->text : "its event loop is broken");
        pthread_mutex_unlock(&calls->mutex);
    }
    call_forget_text(call);
    call->text = CALL_LOST;
    call_end(call, -EOWNERDEAD);
}
