/* SPDX-License-Identifier: MIT */
#include "call_queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "refusal.h"

#define HUGE_PAGE ((size_t)2 << 20)

static size_t round_up(size_t size, size_t unit) {
    return (size + unit - 1) / unit * unit;
}

static void lay_out_records(struct calls *calls, const struct calls_options *options) {
    calls->argument_size = options->calls.argument_size;
    calls->result_size = options->calls.result_size;
    calls->argument_at = sizeof(struct future);
    /* Room for the address of a batch in any case. */
    size_t argument_room = calls->argument_size > 16 ? calls->argument_size : 16;
    calls->result_at = calls->argument_at + (uint32_t)round_up(argument_room, 16);
    calls->extra_at = calls->result_at + (uint32_t)round_up(calls->result_size, 16);
    calls->stride = (uint32_t)round_up(calls->extra_at + options->extra_size, CACHE_LINE);
}

static int copy_functions(struct calls *calls, call_function *const *functions) {
    size_t count = 0;
    while (functions && functions[count])
        count++;
    if (!functions)
        return 0;
    call_function **copy = calloc(count + 1, sizeof *copy);
    if (!copy)
        return -ENOMEM;
    memcpy(copy, functions, count * sizeof *copy);
    calls->functions = copy;
    calls->function_count = count;
    return 0;
}

/* Zeroed memory for `calls`: many are mapped, a single one is small and comes from the heap. */
static void *allocate(const struct calls *calls) {
    int sharing = calls->shared ? MAP_SHARED : MAP_PRIVATE;
    if (calls->alone) {
        void *base = aligned_alloc(CACHE_LINE, calls->size);
        return base ? memset(base, 0, calls->size) : NULL;
    }
    void *base = mmap(NULL, calls->size, PROT_READ | PROT_WRITE, sharing | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED)
        return NULL;
    if (calls->size >= HUGE_PAGE)
        madvise(base, calls->size, MADV_HUGEPAGE);
    return base;
}

static int make_queue(struct calls *calls, uint32_t ring_size) {
    size_t texts = calls->alone ? 1 : CALL_TEXTS;
    size_t rings_at = round_up(sizeof(struct call_queue) + texts * CALL_TEXT_SIZE, CACHE_LINE);
    size_t ring_bytes = round_up(ring_size * sizeof(uint32_t), CACHE_LINE);
    size_t workers_at = rings_at + 3 * ring_bytes;
    size_t wake_words_at = workers_at + calls->worker_count * sizeof(struct call_worker);
    size_t wake_words = calls->shared ? calls->capacity : 0;
    size_t records_at =
        wake_words_at + round_up(wake_words * sizeof(*calls->wake_words), CACHE_LINE);
    calls->size = records_at + (size_t)calls->capacity * calls->stride;
    char *base = allocate(calls);
    if (!base)
        return -ENOMEM;
    calls->queue = (struct call_queue *)base;
    calls->queue->calls = calls;
    calls->queue->texts_used = calls->alone ? ~UINT64_C(1) : 0;
    calls->ring_mask = ring_size - 1;
    calls->queued = (_Atomic uint32_t *)(base + rings_at);
    calls->returned = (_Atomic uint32_t *)(base + rings_at + ring_bytes);
    calls->spare = (uint32_t *)(base + rings_at + 2 * ring_bytes);
    calls->workers = (struct call_worker *)(base + workers_at);
    calls->wake_words = (void *)(base + wake_words_at);
    for (uint32_t i = 0; i < calls->worker_count; i++)
        atomic_store_explicit(&calls->workers[i].at, NOWHERE, memory_order_relaxed);
    atomic_store_explicit(&calls->queue->drain_to, NOWHERE, memory_order_relaxed);
    calls->records = (unsigned char *)base + records_at;
    return 0;
}

static void release(struct calls *calls) {
    if (calls->alone)
        free(calls->queue);
    else if (calls->queue)
        munmap(calls->queue, calls->size);
    while (calls->listeners) {
        struct listener *listener = calls->listeners;
        calls->listeners = listener->next;
        if (listener->fd >= 0)
            close(listener->fd);
        free(listener);
    }
    if (calls->event_fd >= 0)
        close(calls->event_fd);
    pthread_mutex_destroy(&calls->mutex);
    free((void *)calls->functions);
    free(calls);
}

static struct calls *new_calls(const struct calls_options *options) {
    struct calls *calls = calloc(1, sizeof *calls);
    if (!calls)
        return NULL;
    lay_out_records(calls, options);
    calls->event_fd = -1;
    calls->host = options->host;
    calls->context = options->context;
    calls->shared = options->shared;
    calls->alone = options->alone;
    calls->runs = options->host && options->host->run;
    calls->light = options->light;
    calls->worker_count = options->light ? (uint32_t)options->workers : 0;
    calls->opener = pthread_self();
    pthread_mutex_init(&calls->mutex, NULL);
    return calls;
}

/* Room for `pending` calls and what workers hold back. */
static int make_room(struct calls *calls, const struct calls_options *options) {
    int64_t capacity = options->calls.pending + (int64_t)options->workers * CALLS_HELD_BACK;
    uint32_t ring_size = 1;
    if (capacity > INT32_MAX)
        return -ENOMEM;
    while (ring_size < capacity)
        ring_size *= 2;
    calls->capacity = (uint32_t)capacity;
    return make_queue(calls, ring_size);
}

int calls_new(const struct calls_options *options, struct calls **ret_calls, struct diag *diag) {
    const struct call_options *sizes = &options->calls;
    if (sizes->argument_size > CALL_SIZE_MAX || sizes->result_size > CALL_SIZE_MAX)
        return diag_set(diag, -E2BIG,
            "calls with arguments of %zu and results of %zu bytes are too large; use at most %d",
            sizes->argument_size, sizes->result_size, CALL_SIZE_MAX);
    struct calls *calls = new_calls(options);
    if (!calls)
        return refused_memory(diag, ENOMEM, sizeof *calls, "calls");
    int code = copy_functions(calls, sizes->functions);
    if (code == 0)
        code = make_room(calls, options);
    if (code < 0) {
        size_t size = (size_t)sizes->pending * calls->stride;
        release(calls);
        return refused_memory(diag, -code, size, "calls");
    }
    if (calls->shared && (calls->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0) {
        code = errno;
        release(calls);
        return refused_descriptor(diag, code, "an eventfd");
    }
    if (calls->shared && !wake_word_shared()) { /* made before its workers are forked */
        code = errno;
        release(calls);
        return refused_memory(diag, code, sizeof(struct wake_word), "calls");
    }
    *ret_calls = calls;
    return 0;
}

void calls_leave(struct calls *calls) {
    pthread_mutex_lock(&calls->mutex);
    calls->host = NULL;
    calls->context = NULL;
    pthread_mutex_unlock(&calls->mutex);
}

void calls_free(struct calls *calls) {
    if (!calls)
        return;
    calls_leave(calls);
    calls_lock(calls);
    calls->queue->freed = true;
    bool last = calls->queue->handles == 0;
    calls_unlock(calls);
    if (last)
        release(calls);
}

void calls_drop_handle(struct calls *calls, struct future *record, bool lent) {
    struct call_queue *queue = calls->queue;
    calls_lock(calls);
    queue->lent -= lent;
    if (record)
        calls->spare[queue->spares++] = record->lines;
    bool last = --queue->handles == 0 && queue->freed;
    /* Who starves has said so before he looked for a record, under the lock. */
    bool starved = record && calls_starve(calls);
    calls_unlock(calls);
    if (last)
        release(calls);
    else if (starved)
        calls_ring(calls);
}

void calls_hold(struct calls *calls) {
    calls_lock(calls);
    calls->queue->handles++;
    calls->queue->lent++;
    calls_unlock(calls);
}

void calls_let_go(struct calls *calls) {
    calls_drop_handle(calls, NULL, true);
}

int call_alone(call_function *fn, const void *argument, const struct calls_options *options,
    struct future **ret_call, struct diag *diag) {
    struct calls_options one = {.calls = options->calls,
        .extra_size = options->extra_size,
        .host = options->host,
        .context = options->context,
        .alone = true};
    struct calls *calls = NULL;
    struct future *call = NULL;
    one.calls.functions = NULL;
    one.calls.pending = 1;
    int code = calls_new(&one, &calls, diag);
    if (!calls)
        return code;
    code = calls_submit(calls, fn, argument, one.calls.argument_size, &call, diag);
    if (code < 0) {
        release(calls);
        return code;
    }
    *ret_call = call;
    return 0;
}

void calls_free_alone(struct calls *calls) {
    release(calls);
}
