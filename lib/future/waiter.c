/* SPDX-License-Identifier: MIT */
#include "waiter.h"

#include <errno.h>
#include <stdlib.h>

#include "futex.h"
#include "queue_memory.h"

static void push(struct watch *watch) {
    struct waiter *waiter = watch->waiter;
    watch->next = atomic_load(&waiter->ended);
    while (!atomic_compare_exchange_weak(&waiter->ended, &watch->next, watch))
        ;
}

static void note_end(struct future_hook *hook) {
    struct watch *watch = (struct watch *)hook;
    struct waiter *waiter = watch->waiter;
    push(watch);
    wake_word_wake(waiter->word, waiter->word != &waiter->own);
}

static void release(struct waiter *waiter) {
    for (size_t i = 0; i < waiter->pool_count; i++)
        queue_let_go(waiter->pools[i]);
    free(waiter->pools);
    free(waiter);
}

/* The future was freed before its watch was taken: the wait was abandoned. */
static void drop(struct future_hook *hook) {
    struct waiter *waiter = ((struct watch *)hook)->waiter;
    if (atomic_fetch_sub(&waiter->hooked, 1) == 1)
        release(waiter);
}

static void take_off(struct watch *watch) {
    if (!watch->hooked)
        return;
    (void)future_remove_hook(watch->future, &watch->hook);
    watch->hooked = false;
    atomic_fetch_sub(&watch->waiter->hooked, 1);
}

/* Adds a pool of worker processes. */
static int note_pool(struct waiter *waiter, struct queue *queue) {
    for (size_t i = 0; i < waiter->pool_count; i++)
        if (waiter->pools[i] == queue)
            return 0;
    struct queue **pools =
        realloc(waiter->pools, (waiter->pool_count + 1) * sizeof(struct queue *));
    if (!pools)
        return -ENOMEM;
    waiter->pools = pools;
    waiter->pools[waiter->pool_count++] = queue;
    queue_hold(queue);
    if (waiter->word == &waiter->own)
        waiter->word = wake_word_shared();
    return 0;
}

static int note_pools(struct waiter *waiter, struct future *const *futures) {
    const struct queue *last = NULL;
    int code = 0;
    for (size_t i = 0; code == 0 && i < waiter->count; i++) {
        struct queue *queue = future_queue(futures[i]);
        if (queue != last && queue->shared)
            code = note_pool(waiter, queue);
        last = queue;
    }
    return code;
}

static void hook_all(struct waiter *waiter, struct future *const *futures) {
    for (size_t i = 0; i < waiter->count; i++) {
        struct watch *watch = waiter->at[i] = &waiter->all[i];
        *watch = (struct watch){.hook = {.ended = note_end, .dropped = drop},
            .waiter = waiter,
            .future = futures[i],
            .place = i};
        watch->hooked = future_add_hook(futures[i], &watch->hook, waiter->word);
        if (watch->hooked)
            atomic_fetch_add(&waiter->hooked, 1);
        else
            push(watch);
    }
}

struct waiter *waiter_new(struct future *const *futures, size_t count) {
    size_t size = sizeof(struct waiter) + count * (sizeof(struct watch) + sizeof(struct watch *));
    struct waiter *waiter = malloc(size);
    if (!waiter)
        return NULL;
    *waiter = (struct waiter){.count = count};
    waiter->word = &waiter->own;
    waiter->at = (struct watch **)&waiter->all[count];
    if (note_pools(waiter, futures) < 0) {
        release(waiter);
        return NULL;
    }
    hook_all(waiter, futures);
    return waiter;
}

void waiter_free(struct waiter *waiter) {
    for (size_t i = 0; !waiter_is_idle(waiter) && i < waiter->count; i++)
        take_off(&waiter->all[i]);
    release(waiter);
}

static bool has_news(void *arg) {
    struct waiter *waiter = arg;
    for (size_t i = 0; i < waiter->pool_count; i++)
        queue_take_ended(waiter->pools[i]);
    return atomic_load(&waiter->ended) != NULL;
}

/* With worker processes: wakes now and then to check whether one has died. */
static int sleep_once(struct waiter *waiter, uint32_t seen, int64_t deadline_ns) {
    bool shared = waiter->pool_count > 0;
    int64_t look_ns = shared ? clock_now_ns() + LOOK_NS : INT64_MAX;
    int64_t until_ns = deadline_ns < look_ns ? deadline_ns : look_ns;
    if (futex_wait(&waiter->word->count, seen, until_ns, shared) == 0)
        return 0;
    for (size_t i = 0; i < waiter->pool_count; i++)
        queue_check_workers(waiter->pools[i]);
    return until_ns == deadline_ns && !has_news(waiter) ? -ETIMEDOUT : 0;
}

int waiter_wait(struct waiter *waiter, struct queue *queue, int64_t deadline_ns) {
    int code = 0;
    if (queue->runs)
        return queue_run_until(queue, has_news, waiter, deadline_ns);
    bool over = look_a_little(has_news, waiter);
    while (code == 0 && !over) {
        wake_word_begin(waiter->word);
        uint32_t seen = atomic_load(&waiter->word->count);
        over = has_news(waiter);
        if (!over)
            code = sleep_once(waiter, seen, deadline_ns);
        wake_word_end(waiter->word);
    }
    return code;
}

struct watch *waiter_take(struct waiter *waiter) {
    struct watch *last = atomic_exchange(&waiter->ended, NULL), *first = NULL;
    while (last) {
        struct watch *before = last->next;
        take_off(last);
        last->next = first;
        first = last;
        last = before;
    }
    return first;
}
