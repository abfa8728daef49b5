/* SPDX-License-Identifier: MIT */
#include <pconc/future.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pool.h"

/*
 * Maps a function over an array with calls, as many at a time as the pool has records, and takes
 * their results in order. If workers share memory, the argument of a call is the address of a
 * batch, and the call runs the function on all arguments of the batch, in place. For worker
 * processes each argument is copied into a call.
 */

#define BATCHES_PER_WORKER                                                                         \
    16 /* by default: few enough arguments that a slow batch delays the end little */

struct map {
    struct pool *pool;
    call_function *fn;
    const char *arguments;
    char *results; /* NULL: none, or not wanted */
    size_t argument_size, result_size;
    int64_t count, chunk, deadline_ns;
    int64_t batch_count, window; /* batches in all, and submitted at a time */
    int64_t submitted, taken;    /* of them */
    struct future **futures;     /* of batch b: [b % window], as those: */
    struct call_batch *batches;
};

/* The arguments from `first` to before `end`. Only the worker uses it while the call runs. */
struct call_batch {
    const struct map *map;
    int64_t first, end;
    int64_t failed; /* the failed argument, if the call fails */
};

static int run_batch(struct task *task, const void *argument, void *result) {
    struct call_batch *batch = *(struct call_batch *const *)argument;
    const struct map *map = batch->map;
    for (int64_t i = batch->first; i < batch->end; i++) {
        void *to = map->results ? map->results + (size_t)i * map->result_size : result;
        batch->failed = i;
        if (i > batch->first && task_is_cancelled(task))
            return -ECANCELED;
        if (map->result_size > 0)
            memset(to, 0, map->result_size);
        int code = map->fn(task, map->arguments + (size_t)i * map->argument_size, to);
        if (code < 0)
            return code;
    }
    return 0;
}

static int submit_batch(struct map *map, struct diag *diag) {
    struct queue *queue = map->pool->queue;
    int64_t slot = map->submitted % map->window;
    int64_t first = map->submitted * map->chunk;
    int64_t end = map->count - first > map->chunk ? first + map->chunk : map->count;
    struct call_batch *batch = &map->batches[slot];
    *batch = (struct call_batch){.map = map, .first = first, .end = end, .failed = first};
    int code = queue->shared
        ? queue_submit(queue, map->fn, map->arguments + (size_t)first * map->argument_size,
            map->argument_size, &map->futures[slot], diag)
        : queue_submit_pointer(queue, run_batch, batch, &map->futures[slot]);
    if (code < 0)
        return code;
    map->submitted++;
    pool_post(map->pool);
    return 0;
}

/* Waits for the oldest batch, takes its results and frees its future. */
static int take_batch(struct map *map, struct diag *diag) {
    int64_t slot = map->taken % map->window;
    struct future *future = map->futures[slot];
    const struct call_batch *batch = &map->batches[slot];
    int code = future_wait(future, map->deadline_ns);
    if (code == -ETIMEDOUT)
        return diag_set(diag, code, "not all of what was mapped ended in time");
    if (code < 0)
        return diag_set(diag, code, "cannot wait for a call: %s", strerror(-code));
    bool sent = map->pool->queue->shared && map->results;
    code = future_result(
        future, sent ? map->results + (size_t)batch->first * map->result_size : NULL, diag);
    if (code < 0)
        diag_prefix(diag, "item %jd", (intmax_t)batch->failed);
    map->taken++;
    future_free(future);
    return code;
}

/* Submits the next batch; if there is no room, takes the oldest one. */
static int step(struct map *map, struct diag *diag) {
    if (map->submitted == map->batch_count || map->submitted - map->taken == map->window)
        return take_batch(map, diag);
    int code = submit_batch(map, diag);
    if (code != -EAGAIN)
        return code < 0 ? pool_refused_call(map->pool, code, diag) : 0;
    if (map->taken < map->submitted)
        return take_batch(map, diag);
    code = queue_await_room(map->pool->queue);
    return code < 0 ? pool_refused_call(map->pool, code, diag) : 0;
}

/* Cancels all batches and waits for those that run. No call uses the arrays after that. */
static void cancel_rest(struct map *map) {
    for (int64_t b = map->taken; b < map->submitted; b++)
        future_cancel(map->futures[b % map->window]);
    for (; map->taken < map->submitted; map->taken++) {
        struct future *future = map->futures[map->taken % map->window];
        (void)!future_wait(future, TASK_FOREVER);
        future_free(future);
    }
}

/* Without batches in a loop, where all calls can be in flight. */
static int64_t default_chunk(const struct pool *pool, int64_t count) {
    int64_t batches = (int64_t)BATCHES_PER_WORKER * pool->work->options.workers;
    bool suspends = pool->executor->capabilities & EXECUTOR_SUSPENDS;
    return suspends || count <= batches ? 1 : count / batches;
}

static int check_map(const struct map *map, struct diag *diag) {
    struct pool *pool = map->pool;
    if (!pool->queue)
        return diag_set(diag, -EINVAL, "this pool takes no calls; open it with calls.pending");
    if (map->count < 0 || map->chunk < 0)
        return diag_set(diag, -EINVAL, "a negative number of arguments; use 0 or more");
    int code = queue_check(pool->queue, map->fn, map->argument_size, diag);
    return code < 0 ? code : pool_check_waiter(pool, diag);
}

static int run_map(struct map *map, struct diag *diag) {
    int code = 0;
    map->batch_count = map->count / map->chunk + (map->count % map->chunk != 0);
    map->window = map->batch_count < map->pool->queue->capacity ? map->batch_count
                                                                : map->pool->queue->capacity;
    map->futures = calloc((size_t)map->window, sizeof(struct future *));
    map->batches = calloc((size_t)map->window, sizeof(*map->batches));
    if (!map->futures || !map->batches) {
        (void)diag_no_memory(diag, "mapping %jd arguments", (intmax_t)map->count);
        code = -ENOMEM;
    }
    while (code == 0 && map->taken < map->batch_count)
        code = step(map, diag);
    cancel_rest(map);
    free(map->futures);
    free(map->batches);
    return code;
}

int pool_map(struct pool *pool, call_function *fn, const void *arguments, size_t argument_size,
    int64_t count, int64_t chunk, void *results, int64_t deadline_ns, struct diag *diag) {
    struct map map = {.pool = pool,
        .fn = fn,
        .arguments = arguments,
        .argument_size = argument_size,
        .results = results,
        .count = count,
        .chunk = chunk,
        .deadline_ns = deadline_ns};
    int code = check_map(&map, diag);
    if (code < 0 || count == 0)
        return code;
    map.result_size = pool->queue->result_size;
    if (pool->queue->shared)
        map.chunk = 1;
    else if (chunk == 0)
        map.chunk = default_chunk(pool, count);
    return run_map(&map, diag);
}
