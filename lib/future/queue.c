/* SPDX-License-Identifier: MIT */
#include "queue_memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "listener.h"
#include "refusal.h"

#define HUGE_PAGE ((size_t)2 << 20)

static size_t round_up(size_t size, size_t unit) {
    return (size + unit - 1) / unit * unit;
}

static void lay_out_records(struct queue *queue, const struct queue_options *options) {
    queue->argument_size = options->calls.argument_size;
    queue->result_size = options->calls.result_size;
    queue->argument_at = sizeof(struct future);
    /* At least room for a pointer (queue_submit_pointer). */
    size_t argument_room = queue->argument_size > 16 ? queue->argument_size : 16;
    queue->result_at = queue->argument_at + (uint32_t)round_up(argument_room, 16);
    queue->extra_at = queue->result_at + (uint32_t)round_up(queue->result_size, 16);
    queue->stride = (uint32_t)round_up(queue->extra_at + options->extra_size, CACHE_LINE);
}

static int copy_functions(struct queue *queue, call_function *const *functions) {
    size_t count = 0;
    while (functions && functions[count])
        count++;
    if (!functions)
        return 0;
    call_function **copy = calloc(count + 1, sizeof(*copy));
    if (!copy)
        return -ENOMEM;
    memcpy(copy, functions, count * sizeof(*copy));
    queue->functions = copy;
    queue->function_count = count;
    return 0;
}

/* Zeroed memory: a mapping, or for a single call the heap. */
static void *allocate(const struct queue *queue) {
    int sharing = queue->shared ? MAP_SHARED : MAP_PRIVATE;
    if (queue->alone) {
        void *base = aligned_alloc(CACHE_LINE, queue->size);
        return base ? memset(base, 0, queue->size) : NULL;
    }
    void *base = mmap(NULL, queue->size, PROT_READ | PROT_WRITE, sharing | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED)
        return NULL;
    if (queue->size >= HUGE_PAGE)
        madvise(base, queue->size, MADV_HUGEPAGE);
    return base;
}

static int make_queue(struct queue *queue, uint32_t ring_size) {
    size_t texts = queue->alone ? 1 : TEXTS;
    size_t rings_at = round_up(sizeof(struct queue_memory) + texts * TEXT_SIZE, CACHE_LINE);
    size_t ring_bytes = round_up(ring_size * sizeof(uint32_t), CACHE_LINE);
    size_t wake_words_at = rings_at + 3 * ring_bytes;
    size_t wake_words = queue->shared ? queue->capacity : 0;
    size_t records_at =
        wake_words_at + round_up(wake_words * sizeof(*queue->wake_words), CACHE_LINE);
    queue->size = records_at + (size_t)queue->capacity * queue->stride;
    char *base = allocate(queue);
    if (!base)
        return -ENOMEM;
    queue->memory = (struct queue_memory *)base;
    queue->memory->queue = queue;
    queue->memory->texts_used = queue->alone ? ~UINT64_C(1) : 0;
    queue->ring_mask = ring_size - 1;
    queue->queued = (_Atomic uint32_t *)(base + rings_at);
    queue->returned = (_Atomic uint32_t *)(base + rings_at + ring_bytes);
    queue->spare = (uint32_t *)(base + rings_at + 2 * ring_bytes);
    queue->wake_words = (void *)(base + wake_words_at);
    queue->records = (unsigned char *)base + records_at;
    return 0;
}

static void release(struct queue *queue) {
    if (queue->alone)
        free(queue->memory);
    else if (queue->memory)
        munmap(queue->memory, queue->size);
    while (queue->listeners) {
        struct listener *listener = queue->listeners;
        queue->listeners = listener->next;
        if (listener->fd >= 0)
            close(listener->fd);
        free(listener);
    }
    if (queue->event_fd >= 0)
        close(queue->event_fd);
    pthread_mutex_destroy(&queue->mutex);
    free((void *)queue->functions);
    free(queue);
}

static struct queue *new_queue(const struct queue_options *options) {
    struct queue *queue = calloc(1, sizeof(*queue));
    if (!queue)
        return NULL;
    lay_out_records(queue, options);
    queue->event_fd = -1;
    queue->host = options->host;
    queue->context = options->context;
    queue->shared = options->shared;
    queue->alone = options->alone;
    queue->runs = options->host && options->host->run;
    queue->opener = pthread_self();
    pthread_mutex_init(&queue->mutex, NULL);
    return queue;
}

/* Room for `pending` calls and the records that workers hold back. */
static int make_room(struct queue *queue, const struct queue_options *options) {
    int64_t capacity = options->calls.pending + (int64_t)options->workers * RECORDS_HELD_BACK;
    uint32_t ring_size = 1;
    if (capacity > INT32_MAX)
        return -ENOMEM;
    while (ring_size < capacity)
        ring_size *= 2;
    queue->capacity = (uint32_t)capacity;
    return make_queue(queue, ring_size);
}

int queue_new(const struct queue_options *options, struct queue **ret_queue, struct diag *diag) {
    const struct call_options *sizes = &options->calls;
    if (sizes->argument_size > CALL_SIZE_MAX || sizes->result_size > CALL_SIZE_MAX)
        return diag_set(diag, -E2BIG,
            "calls with arguments of %zu and results of %zu bytes are too large; use at most %d",
            sizes->argument_size, sizes->result_size, CALL_SIZE_MAX);
    struct queue *queue = new_queue(options);
    if (!queue)
        return refused_memory(diag, ENOMEM, sizeof(*queue), "calls");
    int code = copy_functions(queue, sizes->functions);
    if (code == 0)
        code = make_room(queue, options);
    if (code < 0) {
        size_t size = (size_t)sizes->pending * queue->stride;
        release(queue);
        return refused_memory(diag, -code, size, "calls");
    }
    if (queue->shared && (queue->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0) {
        code = errno;
        release(queue);
        return refused_descriptor(diag, code, "an eventfd");
    }
    if (queue->shared && !wake_word_shared()) { /* before workers are forked */
        code = errno;
        release(queue);
        return refused_memory(diag, code, sizeof(struct wake_word), "calls");
    }
    *ret_queue = queue;
    return 0;
}

void queue_forget_host(struct queue *queue) {
    pthread_mutex_lock(&queue->mutex);
    queue->host = NULL;
    queue->context = NULL;
    pthread_mutex_unlock(&queue->mutex);
}

void queue_free(struct queue *queue) {
    if (!queue)
        return;
    queue_forget_host(queue);
    queue_lock(queue);
    queue->memory->freed = true;
    bool last = queue->memory->handles == 0;
    queue_unlock(queue);
    if (last)
        release(queue);
}

void queue_drop_handle(struct queue *queue, struct future *record, bool lent) {
    struct queue_memory *memory = queue->memory;
    queue_lock(queue);
    memory->lent -= lent;
    if (record)
        queue->spare[memory->spares++] = record->lines;
    bool last = --memory->handles == 0 && memory->freed;
    /* A submitter sets `starved` before it looks for a record under this lock. */
    bool starved = record && queue_is_starved(queue);
    queue_unlock(queue);
    if (last)
        release(queue);
    else if (starved)
        queue_wake_starved(queue);
}

void queue_hold(struct queue *queue) {
    queue_lock(queue);
    queue->memory->handles++;
    queue->memory->lent++;
    queue_unlock(queue);
}

void queue_let_go(struct queue *queue) {
    queue_drop_handle(queue, NULL, true);
}

int future_alone(call_function *fn, const void *argument, const struct queue_options *options,
    struct future **ret_future, struct diag *diag) {
    struct queue_options one = {.calls = options->calls,
        .extra_size = options->extra_size,
        .host = options->host,
        .context = options->context,
        .alone = true};
    struct queue *queue = NULL;
    struct future *future = NULL;
    one.calls.functions = NULL;
    one.calls.pending = 1;
    int code = queue_new(&one, &queue, diag);
    if (!queue)
        return code;
    code = queue_submit(queue, fn, argument, one.calls.argument_size, &future, diag);
    if (code < 0) {
        release(queue);
        return code;
    }
    *ret_future = future;
    return 0;
}

void queue_free_alone(struct queue *queue) {
    release(queue);
}
