/* SPDX-License-Identifier: MIT */
#include "queue_memory.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "futex.h"

/* Records are prefetched: they were last in the cache of another CPU. */
#define FETCH_AHEAD 8

/* The same for places in the rings. */
#define RING_AHEAD 40

#define MANY_CALLS 128
#define YIELDS_TO_SUBMITTER 16

void queue_lock(struct queue *queue) {
    _Atomic uint32_t *lock = &queue->memory->lock;
    int looks = 0;
    while (atomic_exchange_explicit(lock, 1, memory_order_acquire))
        while (atomic_load_explicit(lock, memory_order_relaxed))
            if (++looks % 64 == 0)
                sched_yield(); /* its holder may not be running */
}

void queue_unlock(struct queue *queue) {
    atomic_store_explicit(&queue->memory->lock, 0, memory_order_release);
}

static struct future *record_ahead(
    struct queue *queue, const _Atomic uint32_t *ring, uint64_t position) {
    return queue_record(queue,
        atomic_load_explicit(
            &ring[(position + FETCH_AHEAD) & queue->ring_mask], memory_order_relaxed));
}

/* A free record; NULL: none. Under the lock. */
static struct future *take_record(struct queue *queue) {
    struct queue_memory *memory = queue->memory;
    if (memory->spares > 0)
        return queue_record(queue, queue->spare[--memory->spares]);
    _Atomic uint32_t *slot = &queue->returned[memory->reused & queue->ring_mask];
    uint32_t lines = atomic_load_explicit(slot, memory_order_acquire);
    if (lines) {
        atomic_store_explicit(slot, 0, memory_order_relaxed);
        memory->reused++;
        __builtin_prefetch(record_ahead(queue, queue->returned, memory->reused), 1);
        __builtin_prefetch(
            (const void *)&queue->returned[(memory->reused + RING_AHEAD) & queue->ring_mask], 1);
        return queue_record(queue, lines);
    }
    if (memory->fresh == queue->capacity)
        return NULL;
    struct future *future =
        (struct future *)(queue->records + (size_t)memory->fresh++ * queue->stride);
    future->lines = (uint32_t)(((char *)future - (char *)memory) / CACHE_LINE);
    return future;
}

static int find_target(
    const struct queue *queue, call_function *fn, uintptr_t *ret_target, struct diag *diag) {
    *ret_target = (uintptr_t)fn;
    if (!queue->functions)
        return 0;
    for (size_t i = 0; i < queue->function_count; i++)
        if (queue->functions[i] == fn) {
            *ret_target = queue->shared ? i : *ret_target;
            return 0;
        }
    return diag_set(diag, -EINVAL,
        "the function of a call is not among those that its pool was opened with; list it in "
        "calls.functions");
}

static void fill(struct queue *queue, struct future *future, const void *argument, size_t size) {
    char *to = (char *)future + queue->argument_at;
    if (size == sizeof(uint64_t))
        memcpy(to, argument, sizeof(uint64_t));
    else if (size > 0)
        memcpy(to, argument, size);
    if (queue->result_size > 0 && queue->result_size <= 2 * sizeof(uint64_t))
        memset((char *)future + queue->result_at, 0, 2 * sizeof(uint64_t));
    else if (queue->result_size > 0)
        memset((char *)future + queue->result_at, 0, queue->result_size);
    future->code = 0;
    future->text = 0;
}

/* From here on other threads may use the record. */
static void begin_life(struct future *future, bool handle) {
    uint32_t life = handle ? STATE_PENDING : STATE_PENDING | STATE_DROPPED;
    uint32_t old = atomic_load_explicit(&future->state, memory_order_relaxed);
    uint32_t generation = (old & ~(STATE_GENERATION - 1)) + STATE_GENERATION;
    atomic_store_explicit(&future->state, generation | life, memory_order_release);
}

static void enqueue(struct queue *queue, const struct future *future) {
    struct queue_memory *memory = queue->memory;
    uint64_t tail = atomic_load_explicit(&memory->tail, memory_order_relaxed);
    atomic_store_explicit(
        &queue->queued[tail & queue->ring_mask], future->lines, memory_order_relaxed);
    /* seq_cst: the submitter stores `tail`, then looks for a sleeping worker (worker: post); a
     * worker says that it sleeps, then looks at `tail` (queue_has_calls). If both could read the
     * old value, the call would stay queued while all workers sleep. */
    atomic_store_explicit(&memory->tail, tail + 1, memory_order_seq_cst);
    __builtin_prefetch((const void *)&queue->queued[(tail + RING_AHEAD) & queue->ring_mask], 1);
}

static inline __attribute__((always_inline)) int check(const struct queue *queue, call_function *fn,
    size_t argument_size, uintptr_t *ret_target, struct diag *diag) {
    if (argument_size > queue->argument_size)
        return diag_set(diag, -EINVAL,
            "an argument of %zu bytes is too large for this pool, which was opened for up to %zu; "
            "raise calls.argument_size",
            argument_size, queue->argument_size);
    return find_target(queue, fn, ret_target, diag);
}

int queue_check(struct queue *queue, call_function *fn, size_t argument_size, struct diag *diag) {
    uintptr_t target = 0;
    return check(queue, fn, argument_size, &target, diag);
}

static inline __attribute__((always_inline)) int submit(struct queue *queue, uintptr_t target,
    const void *argument, size_t argument_size, bool lent, struct future **ret_future) {
    queue_lock(queue);
    bool closed = queue->memory->closed;
    struct future *future = closed ? NULL : take_record(queue);
    if (!future) {
        queue_unlock(queue);
        return closed ? -ESHUTDOWN : -EAGAIN;
    }
    fill(queue, future, argument, argument_size);
    future->target = target;
    queue->memory->handles += ret_future != NULL;
    queue->memory->lent += lent;
    begin_life(future, ret_future != NULL);
    if (!queue->alone)
        enqueue(queue, future);
    queue_unlock(queue);
    if (ret_future)
        *ret_future = future;
    return 0;
}

int queue_submit(struct queue *queue, call_function *fn, const void *argument, size_t argument_size,
    struct future **ret_future, struct diag *diag) {
    uintptr_t target = 0;
    int code = check(queue, fn, argument_size, &target, diag);
    return code < 0 ? code : submit(queue, target, argument, argument_size, false, ret_future);
}

int queue_submit_lent(struct queue *queue, call_function *fn, const void *argument,
    size_t argument_size, struct future **ret_future, struct diag *diag) {
    uintptr_t target = 0;
    int code = check(queue, fn, argument_size, &target, diag);
    return code < 0 ? code : submit(queue, target, argument, argument_size, true, ret_future);
}

int queue_submit_pointer(
    struct queue *queue, call_function *fn, void *pointer, struct future **ret_future) {
    return submit(queue, (uintptr_t)fn, &pointer, sizeof(void *), false, ret_future);
}

void queue_close(struct queue *queue) {
    queue_lock(queue);
    queue->memory->closed = true;
    queue_unlock(queue);
}

void queue_wake_starved(struct queue *queue) {
    struct queue_memory *memory = queue->memory;
    if (atomic_exchange_explicit(&memory->starved, 0, memory_order_seq_cst) == 0)
        return;
    atomic_fetch_add_explicit(&memory->wakes, 1, memory_order_seq_cst);
    futex_wake(&memory->wakes, INT32_MAX, queue->shared);
}

static void wake_if_starved(struct queue *queue) {
    if (queue_is_starved(queue))
        queue_wake_starved(queue);
}

void queue_return(struct queue *queue, const uint32_t *lines, uint32_t count) {
    if (count == 0)
        return;
    if (queue->alone) {
        queue_free_alone(queue);
        return;
    }
    uint64_t at = atomic_fetch_add_explicit(&queue->memory->returned, count, memory_order_relaxed);
    for (uint32_t i = 0; i + 1 < count; i++)
        atomic_store_explicit(
            &queue->returned[(at + i) & queue->ring_mask], lines[i], memory_order_release);
    /* seq_cst: this store, then the load of `starved`; a submitter sets `starved`, then looks for a
     * record. If both missed the other, the submitter would sleep beside a free record. */
    atomic_store_explicit(&queue->returned[(at + count - 1) & queue->ring_mask], lines[count - 1],
        memory_order_seq_cst);
    wake_if_starved(queue);
}

/* Claims a call that has left the queue. False: it was cancelled. */
static bool start(struct future *future) {
    uint32_t state = atomic_load_explicit(&future->state, memory_order_acquire);
    while (future_phase(state) == STATE_PENDING)
        if (atomic_compare_exchange_weak_explicit(&future->state, &state,
                state - STATE_PENDING + STATE_RUNNING, memory_order_acq_rel, memory_order_acquire))
            return true;
    return false;
}

/* A cancelled call has left the queue, or its loop has dropped it. */
static void pass_over(struct queue *queue, struct future *future) {
    uint32_t old = atomic_fetch_or_explicit(&future->state, STATE_PASSED, memory_order_acq_rel);
    if (old & STATE_DROPPED)
        queue_return(queue, &future->lines, 1);
}

bool future_start(struct future *future) {
    if (start(future))
        return true;
    pass_over(future_queue(future), future);
    return false;
}

/* Looks how far the queue is filled. A worker that keeps up with a fast submitter shares each cache
 * line with it, and both wait for transfers most of the time. So a worker that finds calls again,
 * but few, first yields the CPU a few times. Without that an empty call takes 13% longer with 2
 * threads, 38% with 4, and 12% with 2 processes (36, 44 and 36 ns). */
static uint64_t look_at_tail(
    const struct queue_memory *memory, struct queue_view *view, uint64_t head) {
    uint64_t tail = atomic_load_explicit(&memory->tail, memory_order_acquire);
    bool few = head < tail && tail - head < MANY_CALLS;
    for (int i = 0; view->yields && view->streaming && few && i < YIELDS_TO_SUBMITTER; i++)
        sched_yield();
    view->streaming = head < tail;
    return atomic_load_explicit(&memory->tail, memory_order_acquire);
}

struct future *queue_claim(struct queue *queue, struct queue_view *view) {
    struct queue_memory *memory = queue->memory;
    uint64_t head = atomic_load_explicit(&memory->head, memory_order_acquire);
    for (;;) {
        if (head >= view->tail) {
            view->tail = look_at_tail(memory, view, head);
            if (head >= view->tail) {
                wake_if_starved(queue);
                return NULL;
            }
        }
        uint32_t lines =
            atomic_load_explicit(&queue->queued[head & queue->ring_mask], memory_order_relaxed);
        if (!atomic_compare_exchange_weak_explicit(
                &memory->head, &head, head + 1, memory_order_seq_cst, memory_order_acquire))
            continue;
        if (++head + FETCH_AHEAD <= view->tail)
            __builtin_prefetch(record_ahead(queue, queue->queued, head - 1), 1);
        struct future *future = queue_record(queue, lines);
        if (start(future))
            return future;
        pass_over(queue, future);
    }
}

bool queue_has_calls(struct queue *queue) {
    struct queue_memory *memory = queue->memory;
    return atomic_load_explicit(&memory->head, memory_order_seq_cst)
        < atomic_load_explicit(&memory->tail, memory_order_seq_cst);
}

int future_run(struct future *future, struct task *task) {
    const struct queue *queue = future_queue(future);
    call_function *fn =
        queue->shared ? queue->functions[future->target] : (call_function *)future->target;
    return fn(task, (char *)future + queue->argument_at,
        queue->result_size > 0 ? (char *)future + queue->result_at : NULL);
}

void future_tell(struct future *future, uint32_t old, bool shared) {
    if (old & STATE_WAITED)
        futex_wake(&future->state, INT32_MAX, shared);
    if (old & STATE_HOOKED)
        future_run_hooks(future);
}

bool future_finish(struct future *future, int code) {
    bool shared = future_queue(future)->shared;
    future->code = code;
    uint32_t old =
        atomic_fetch_add_explicit(&future->state, STATE_DONE - STATE_RUNNING, memory_order_seq_cst);
    if (__builtin_expect((old & (STATE_WAITED | STATE_HOOKED)) != 0, 0)) {
        future_tell(future, shared ? old & ~STATE_HOOKED : old, shared);
        if (shared && old & STATE_HOOKED) /* this is a worker process: the hooks are in another */
            future_push_ended(future);
    }
    if ((old & STATE_DROPPED) == 0)
        return false;
    future_forget_text(future);
    return true;
}

void future_end(struct future *future, int code) {
    struct queue *queue = future_queue(future);
    if (queue->alone)
        queue_forget_host(queue);
    if (future_finish(future, code))
        queue_return(queue, &future->lines, 1);
}

void future_lose(struct future *future, const struct diag *why) {
    struct queue *queue = future_queue(future);
    if (queue->alone) {
        pthread_mutex_lock(&queue->mutex);
        diag_set(&queue->lost, -EOWNERDEAD, "%s", why ? why->text : "its event loop is broken");
        pthread_mutex_unlock(&queue->mutex);
    }
    future_forget_text(future);
    future->text = TEXT_LOST;
    future_end(future, -EOWNERDEAD);
}
