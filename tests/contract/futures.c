/* SPDX-License-Identifier: MIT */
/*
 * The contract for futures of every executor: results, errors, cancellation, deadlines and closing.
 * Executors that take no calls are skipped.
 *
 *     futures [EXECUTOR...]
 */
#include <pconc/loop.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "checks.h"
#include "clock.h"

#define CALLS 100

static const int workers_tried[] = {1, 2, 4};

/* Executors whose calls run only while the test waits for them. */
static bool runs_beside(const struct executor *executor) {
    return executor->max_workers > 1 && strcmp(executor->name, "offload") != 0;
}

static void check_results(const struct executor *executor, struct pool *pool) {
    struct future *futures[CALLS];
    bool right = true;
    for (int i = 0; i < CALLS; i++)
        futures[i] = submit_add(pool, i, i);
    for (int i = CALLS - 1; i >= 0; i--) {
        int64_t sum = 0;
        struct diag diag = {0};
        right &= future_result(futures[i], &sum, &diag) == 0 && sum == 2 * i;
        right &= future_state(futures[i]) == FUTURE_DONE;
        right &= future_result(futures[i], NULL, NULL) == 0; /* again */
        right &= future_cancel(futures[i]) == -EALREADY;
        future_free(futures[i]);
    }
    CHECK(right, executor);
}

static void check_errors(const struct executor *executor, struct pool *pool) {
    struct future *futures[CALLS];
    struct diag diag = {0};
    int64_t sum = 7;
    int told = 0;
    for (int i = 0; i < CALLS; i++)
        futures[i] = submit(pool, fail);
    CHECK(future_result(futures[0], &sum, &diag) == -EDOM, executor);
    CHECK(sum == 7, executor);
    /* Fewer sentences are kept than calls; the code is always there. */
    for (int i = 0; i < CALLS; i++) {
        CHECK(future_result(futures[i], NULL, &diag) == -EDOM, executor);
        told += strcmp(diag.text, "cannot add 1 and 2") == 0;
        future_free(futures[i]);
    }
    CHECK(told >= 32, executor);
    /* The places of the sentences are free again. */
    struct future *again = submit(pool, fail);
    CHECK(future_result(again, NULL, &diag) == -EDOM, executor);
    CHECK(strcmp(diag.text, "cannot add 1 and 2") == 0, executor);
    future_free(again);
}

static void check_refusals(const struct executor *executor, struct pool *pool) {
    struct pair pair = {1, 2};
    struct diag diag = {0};
    char large[64] = {0};
    CHECK(pool_submit(pool, unlisted, &pair, sizeof(pair), NULL, &diag) == -EINVAL, executor);
    CHECK(strstr(diag.text, "calls.functions"), executor);
    CHECK(pool_submit(pool, add, large, sizeof(large), NULL, &diag) == -EINVAL, executor);
    CHECK(strstr(diag.text, "64 bytes"), executor);
}

/* Calls without a handle, more than the pool may have pending. */
static void check_drain(const struct executor *executor, struct pool *pool) {
    struct pair pair = {1, 2};
    struct diag diag = {0};
    board_clear();
    for (int i = 0; i < 10 * CALLS; i++)
        CHECK(pool_submit(pool, add, &pair, sizeof(pair), NULL, &diag) == 0, executor);
    CHECK(pool_drain(pool, TASK_FOREVER, &diag) == 0, executor);
    CHECK(atomic_load(&board->ended) == 10 * CALLS, executor);
}

/* Handles that are freed before the call has ended. */
static void check_dropped(const struct executor *executor, struct pool *pool) {
    struct diag diag = {0};
    board_clear();
    for (int i = 0; i < 10 * CALLS; i++)
        future_free(submit_add(pool, 1, 1));
    CHECK(pool_drain(pool, TASK_FOREVER, &diag) == 0, executor);
    CHECK(atomic_load(&board->ended) == 10 * CALLS, executor);
}

static void check_full(const struct executor *executor, struct pool *pool, int64_t pending) {
    struct future **futures = calloc((size_t)pending + 1000, sizeof(struct future *));
    struct pair pair = {1, 2};
    struct diag diag = {0};
    int64_t count = 0;
    int code = 0;
    while (count < pending + 1000
        && (code = pool_submit(pool, add, &pair, sizeof(pair), &futures[count], &diag)) == 0)
        count++;
    CHECK(code == -EAGAIN && strstr(diag.text, "calls.pending"), executor);
    CHECK(count >= pending, executor);
    future_free(futures[0]);
    CHECK(pool_submit(pool, add, &pair, sizeof(pair), &futures[0], &diag) == 0, executor);
    for (int64_t i = 0; i < count; i++) {
        CHECK(future_wait(futures[i], TASK_FOREVER) == 0, executor);
        future_free(futures[i]);
    }
    free(futures);
}

static void check_completions(const struct executor *executor, struct pool *pool) {
    struct future *futures[CALLS], *next;
    for (int i = 0; i < CALLS; i++)
        futures[i] = i % 2 ? submit_add(pool, i, 0) : submit(pool, fail);
    struct completions completions = completions_of(futures, CALLS);
    int64_t sum = 0, yielded = 0;
    while (completions_next(&completions, TASK_FOREVER, &next) == 0) {
        int64_t one = 0;
        CHECK(future_state(next) == FUTURE_DONE && next == futures[yielded], executor);
        if (future_result(next, &one, NULL) == 0)
            sum += one;
        yielded++;
    }
    CHECK(yielded == CALLS && sum == CALLS / 2 * CALLS / 2, executor);
    CHECK(completions_next(&completions, TASK_FOREVER, &next) == -ENOENT, executor);
    for (int i = 0; i < CALLS; i++)
        future_free(futures[i]);
}

#define MANY 20000

/* Many futures that end in the reverse order of the array. */
static void check_many_completions(const struct executor *executor) {
    struct pool *pool;
    struct diag diag = {0};
    struct future **futures = calloc(MANY, sizeof(struct future *)), *next;
    CHECK(open_pool(executor, 2, MANY, &pool, &diag) == 0, executor);
    for (int i = 0; i < MANY; i++)
        futures[MANY - 1 - i] = submit_add(pool, i, 0);
    struct completions completions = completions_of(futures, MANY);
    int64_t sum = 0, yielded = 0;
    while (completions_next(&completions, TASK_FOREVER, &next) == 0) {
        int64_t one = 0;
        CHECK(next == futures[yielded++], executor);
        sum += future_result(next, &one, NULL) == 0 ? one : 0;
    }
    CHECK(yielded == MANY && sum == (int64_t)MANY * (MANY - 1) / 2, executor);
    CHECK(pool_close(pool, &diag) == 0, executor);
    for (int i = 0; i < MANY; i++)
        future_free(futures[i]);
    free(futures);
}

static void check_sets(const struct executor *executor, struct pool *pool) {
    struct future *futures[3] = {
        submit_add(pool, 1, 1), submit(pool, fail), submit_add(pool, 2, 2)};
    CHECK(futures_wait(futures, 3, FUTURES_FIRST_ENDED, TASK_FOREVER) == 0, executor);
    CHECK(futures_wait(futures, 3, FUTURES_FIRST_FAILED, TASK_FOREVER) == 0, executor);
    CHECK(future_state(futures[1]) == FUTURE_DONE, executor);
    CHECK(futures_wait(futures, 3, FUTURES_ALL, TASK_FOREVER) == 0, executor);
    CHECK(future_state(futures[2]) == FUTURE_DONE, executor);
    CHECK(futures_wait(NULL, 0, FUTURES_FIRST_ENDED, TASK_FOREVER) == 0, executor);
    for (int i = 0; i < 3; i++)
        future_free(futures[i]);
}

/* Two iterators over the same futures; only the second one reaches its end. */
static void check_completions_left_unfinished(const struct executor *executor, struct pool *pool) {
    struct future *futures[CALLS], *next = NULL, *others[CALLS];
    for (int i = 0; i < CALLS; i++)
        futures[i] = others[i] = submit_add(pool, i, 0);
    struct completions unfinished = completions_of(futures, CALLS);
    struct completions completions = completions_of(others, CALLS);
    CHECK(completions_next(&unfinished, TASK_FOREVER, &next) == 0, executor);
    int64_t yielded = 0;
    for (; completions_next(&completions, TASK_FOREVER, &next) == 0; yielded++)
        if (yielded == 0)
            CHECK(completions_next(&unfinished, TASK_FOREVER, &next) == 0, executor);
    CHECK(yielded == CALLS, executor);
    for (int i = 0; i < CALLS; i++)
        future_free(others[i]);
}

#define MAPPED 1000

/* Two functions over arrays of different lengths, in one pool. */
static void check_map(const struct executor *executor, struct pool *pool) {
    static const int64_t counts[] = {0, 1, 7, MAPPED}, chunks[] = {0, 1, 3, 2 * MAPPED};
    struct pair pairs[MAPPED];
    int64_t sums[MAPPED];
    struct diag diag = {0};
    for (int64_t i = 0; i < MAPPED; i++)
        pairs[i] = (struct pair){i, 2 * i};
    for (int c = 0; c < 16; c++) {
        int64_t count = counts[c / 4], right = 0;
        memset(sums, 0xff, sizeof(sums));
        int code = pool_map(
            pool, add, pairs, sizeof(*pairs), count, chunks[c % 4], sums, TASK_FOREVER, &diag);
        report(code == 0, executor->name, diag.text);
        for (int64_t i = 0; i < count; i++)
            right += sums[i] == 3 * i;
        CHECK(right == count, executor);
        CHECK(count == MAPPED || sums[count] == -1, executor);
    }
    board_clear();
    CHECK(pool_map(pool, add, pairs, sizeof(*pairs), MAPPED, 0, NULL, TASK_FOREVER, &diag) == 0,
        executor);
    CHECK(atomic_load(&board->ended) == MAPPED, executor);
}

/* The program can open no more descriptors. */
static struct rlimit allow_no_more_descriptors(void) {
    struct rlimit before, limit;
    int lowest_free = dup(0);
    close(lowest_free);
    getrlimit(RLIMIT_NOFILE, &before);
    limit = before;
    limit.rlim_cur = (rlim_t)lowest_free;
    report(setrlimit(RLIMIT_NOFILE, &limit) == 0, "limit", "of descriptors");
    return before;
}

struct run {
    struct pool *pool;
    int64_t sum;
};

static int run_in_pool(struct task *task, void *arg) {
    struct run *run = arg;
    struct pair pair = {20, 3};
    return task_run_in(task, run->pool, add, &pair, sizeof(pair), &run->sum);
}

/* Waiting needs no descriptor, in threads and in tasks. */
static void check_waits_without_descriptors(const struct executor *executor, struct pool *pool) {
    struct pair pairs[MAPPED] = {{0}};
    int64_t sums[MAPPED];
    struct future *futures[CALLS], *next;
    struct loop *loop = NULL;
    struct run run = {.pool = pool};
    struct diag diag = {0};
    CHECK(loop_new(NULL, &loop, &diag) == 0, executor);
    struct rlimit before = allow_no_more_descriptors();
    board_clear();
    int code = pool_map(pool, add, pairs, sizeof(*pairs), MAPPED, 1, sums, TASK_FOREVER, &diag);
    report(code == 0, executor->name, diag.text);
    CHECK(atomic_load(&board->ended) == MAPPED, executor);
    for (int i = 0; i < CALLS; i++)
        futures[i] = submit_add(pool, i, 0);
    CHECK(futures_wait(futures, CALLS, FUTURES_FIRST_ENDED, TASK_FOREVER) == 0, executor);
    struct completions completions = completions_of(futures, CALLS);
    while (completions_next(&completions, TASK_FOREVER, &next) == 0)
        future_free(next);
    CHECK(completions.yielded == CALLS, executor);
    CHECK(pool_drain(pool, TASK_FOREVER, &diag) == 0, executor);
    CHECK(loop_run(loop, run_in_pool, &run, &diag) == 0 && run.sum == 23, executor);
    setrlimit(RLIMIT_NOFILE, &before);
    loop_free(loop);
}

/* The first failure in the order of the array is returned, not the first in time. At most as many
 * fail as sentences are kept. */
static void check_map_failures(const struct executor *executor, struct pool *pool) {
    struct pair pairs[MAPPED];
    int64_t sums[MAPPED];
    struct diag diag = {0};
    for (int64_t i = 0; i < MAPPED; i++)
        pairs[i] = (struct pair){i, i == 100 || (i > 150 && i < 200) ? -1 : 1};
    for (int64_t chunk = 0; chunk < 20; chunk += 7) {
        int code = pool_map(
            pool, add_positive, pairs, sizeof(*pairs), MAPPED, chunk, sums, TASK_FOREVER, &diag);
        CHECK(code == -ERANGE, executor);
        report(strcmp(diag.text, "item 100: -1 is negative") == 0, executor->name, diag.text);
        CHECK(sums[99] == 100, executor);
    }
    CHECK(
        pool_map(pool, unlisted, pairs, sizeof(*pairs), 3, 0, sums, TASK_FOREVER, &diag) == -EINVAL,
        executor);
    CHECK(pool_map(pool, add, pairs, 64, 3, 0, sums, TASK_FOREVER, &diag) == -EINVAL, executor);
    CHECK(pool_map(pool, add, pairs, sizeof(*pairs), 3, -1, sums, TASK_FOREVER, &diag) == -EINVAL,
        executor);
}

/* Running calls are asked to end, others never start, and the arrays are not written later. */
static void check_map_deadline(const struct executor *executor, struct pool *pool) {
    struct pair pairs[MAPPED] = {{0}};
    int64_t sums[MAPPED];
    struct diag diag = {0};
    board_clear();
    CHECK(pool_map(pool, stubborn, pairs, sizeof(*pairs), MAPPED, 1, sums,
              task_now_ns() + 2 * NS_PER_MS, &diag)
            == -ETIMEDOUT,
        executor);
    CHECK(atomic_load(&board->started) < MAPPED, executor);
}

/* Makes all workers wait at the gate. */
static void hold(struct pool *pool, int workers, struct future **ret_futures) {
    board_clear();
    for (int i = 0; i < workers; i++)
        ret_futures[i] = submit(pool, held);
    board_await(&board->started, workers);
}

static void let_go(struct future **futures, int workers) {
    atomic_store(&board->gate, 1);
    for (int i = 0; i < workers; i++) {
        report(future_wait(futures[i], TASK_FOREVER) == 0, "gate", "a held call ends");
        future_free(futures[i]);
    }
}

static void check_cancel(const struct executor *executor, struct pool *pool, int workers) {
    struct future *holders[8] = {NULL};
    struct diag diag = {0};
    hold(pool, runs_beside(executor) ? workers : 0, holders);
    struct future *cancelled = submit_add(pool, 1, 1), *other = submit_add(pool, 2, 2);
    CHECK(future_state(cancelled) == FUTURE_PENDING, executor);
    CHECK(future_cancel(cancelled) == 0, executor);
    CHECK(future_state(cancelled) == FUTURE_CANCELLED, executor);
    CHECK(future_cancel(cancelled) == -EALREADY, executor);
    CHECK(future_result(cancelled, NULL, &diag) == -ECANCELED, executor);
    future_free(cancelled); /* before its place in the queue is passed */
    let_go(holders, runs_beside(executor) ? workers : 0);
    CHECK(future_result(other, NULL, &diag) == 0, executor);
    CHECK(atomic_load(&board->ended) == (runs_beside(executor) ? workers : 0) + 1, executor);
    future_free(other);
}

static void check_cancel_running(const struct executor *executor, struct pool *pool) {
    struct diag diag = {0};
    board_clear();
    struct future *future = submit(pool, stubborn);
    board_await(&board->started, 1);
    CHECK(future_state(future) == FUTURE_RUNNING, executor);
    CHECK(future_cancel(future) == -EALREADY, executor);
    CHECK(future_result(future, NULL, &diag) == -EINTR, executor);
    CHECK(strcmp(diag.text, "told to stop") == 0, executor);
    future_free(future);
}

static void check_deadlines(const struct executor *executor, struct pool *pool, int workers) {
    struct future *holders[8] = {NULL}, *next;
    struct diag diag = {0};
    hold(pool, workers, holders);
    int64_t deadline_ns = task_now_ns() + 2 * NS_PER_MS;
    CHECK(future_wait(holders[0], deadline_ns) == -ETIMEDOUT, executor);
    CHECK(task_now_ns() >= deadline_ns, executor);
    CHECK(future_wait(holders[0], 0) == -ETIMEDOUT, executor);
    CHECK(pool_drain(pool, deadline_ns, &diag) == -ETIMEDOUT, executor);
    size_t count = (size_t)workers;
    CHECK(futures_wait(holders, count, FUTURES_ALL, deadline_ns) == -ETIMEDOUT, executor);
    deadline_ns = task_now_ns() + 2 * NS_PER_MS;
    CHECK(futures_wait(holders, count, FUTURES_FIRST_ENDED, deadline_ns) == -ETIMEDOUT, executor);
    CHECK(futures_wait(holders, count, FUTURES_FIRST_FAILED, deadline_ns) == -ETIMEDOUT, executor);
    struct completions completions = completions_of(holders, count);
    CHECK(completions_next(&completions, deadline_ns, &next) == -ETIMEDOUT, executor);
    let_go(holders, workers);
}

static void check_shutdown(const struct executor *executor, int workers, bool cancel) {
    struct future *holders[8] = {NULL}, *queued[CALLS];
    struct pair pair = {1, 2};
    struct pool *pool;
    struct diag diag = {0};
    if (open_pool(executor, workers, 2 * CALLS, &pool, &diag) < 0) {
        report(false, executor->name, diag.text);
        return;
    }
    int held_back = runs_beside(executor) ? workers : 0;
    hold(pool, held_back, holders);
    for (int i = 0; i < CALLS; i++)
        queued[i] = submit_add(pool, 1, 1);
    pool_shutdown(pool, cancel);
    CHECK(pool_submit(pool, add, &pair, sizeof(pair), NULL, &diag) == -ESHUTDOWN, executor);
    let_go(holders, held_back);
    CHECK(pool_close(pool, &diag) == 0, executor);
    for (int i = 0; i < CALLS; i++) {
        CHECK(future_state(queued[i]) == (cancel ? FUTURE_CANCELLED : FUTURE_DONE), executor);
        CHECK(future_result(queued[i], NULL, NULL) == (cancel ? -ECANCELED : 0), executor);
        future_free(queued[i]);
    }
    CHECK(atomic_load(&board->ended) == held_back + (cancel ? 0 : CALLS), executor);
}

struct submitter {
    pthread_t thread;
    struct pool *pool;
    bool waits; /* and takes the results */
    bool right;
};

static void *submit_many(void *arg) {
    struct submitter *self = arg;
    self->right = true;
    for (int i = 0; i < 500; i++) {
        int64_t sum = i + 1;
        struct future *future = submit_add(self->pool, i, 1);
        if (self->waits)
            self->right &= future_result(future, &sum, NULL) == 0 && sum == i + 1;
        future_free(future);
    }
    return NULL;
}

static void check_submitters(const struct executor *executor, struct pool *pool) {
    struct submitter submitters[4] = {0};
    struct diag diag = {0};
    board_clear();
    for (int i = 0; i < 4; i++) {
        submitters[i].pool = pool;
        submitters[i].waits = i % 2;
        if (pthread_create(&submitters[i].thread, NULL, submit_many, &submitters[i]) != 0)
            abort();
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(submitters[i].thread, NULL);
        CHECK(submitters[i].right, executor);
    }
    CHECK(pool_drain(pool, TASK_FOREVER, &diag) == 0, executor);
    CHECK(atomic_load(&board->ended) == 4 * 500, executor);
}

static void check_pool(const struct executor *executor, int workers) {
    struct pool *pool;
    struct diag diag = {0};
    int code = open_pool(executor, workers, 2 * CALLS, &pool, &diag);
    if (code == -ENOTSUP)
        return;
    report(code == 0, executor->name, diag.text);
    if (code < 0)
        return;
    check_waits_without_descriptors(executor, pool);
    check_results(executor, pool);
    check_errors(executor, pool);
    check_refusals(executor, pool);
    check_drain(executor, pool);
    check_dropped(executor, pool);
    check_completions(executor, pool);
    check_completions_left_unfinished(executor, pool);
    check_sets(executor, pool);
    check_map(executor, pool);
    check_map_failures(executor, pool);
    check_full(executor, pool, 2 * CALLS);
    check_cancel(executor, pool, workers);
    if (runs_beside(executor)) {
        check_cancel_running(executor, pool);
        check_deadlines(executor, pool, workers);
        check_map_deadline(executor, pool);
        check_submitters(executor, pool);
    }
    struct future *last = submit_add(pool, 20, 3);
    int64_t sum = 0;
    CHECK(pool_close(pool, &diag) == 0, executor);
    CHECK(future_result(last, &sum, &diag) == 0 && sum == 23, executor);
    future_free(last);
    if (workers == 1)
        check_many_completions(executor);
    check_shutdown(executor, workers, false);
    check_shutdown(executor, workers, true);
}

int main(int argc, char **argv) {
    (void)argc;
    watchdog(300);
    for (size_t i = 0; executors()[i]; i++)
        for (size_t w = 0; w < sizeof(workers_tried) / sizeof(*workers_tried); w++)
            if (wanted(argv, executors()[i]->name)
                && workers_tried[w] <= executors()[i]->max_workers) {
                size_t descriptors = footprint_now().descriptors;
                check_pool(executors()[i], workers_tried[w]);
                report(footprint_now().descriptors == descriptors && !footprint_now().children,
                    executors()[i]->name, "descriptors or processes are left");
            }
    return report_end();
}
