/* SPDX-License-Identifier: MIT */
/*
 * Pools and loops are freed while other threads still read calls that have ended, or are about to
 * return from a function of the pool. No freed memory may be used.
 *
 *     pools_closed [ROUNDS]
 */
#include <errno.h>
#include <pconc/loop.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "checks.h"
#include "clock.h"

static int rounds = 20;

/* Waits until the gate has the value of the argument. */
static int await_gate(struct task *task, const void *argument, void *result) {
    int64_t gate = *(const int64_t *)argument;
    atomic_fetch_add(&board->started, 1);
    while (atomic_load(&board->gate) < gate)
        if (task_sleep(task, 50 * NS_PER_US) < 0)
            return -EINTR;
    *(int64_t *)result = gate;
    return 0;
}

static struct pool *open_one(const struct executor *executor) {
    static call_function *const functions[] = {await_gate, sleep_long, NULL};
    struct pool *pool = NULL;
    struct diag diag = {0};
    struct pool_options options = {.workers = executor->max_workers > 1 ? 2 : 1,
        .calls = {functions, sizeof(int64_t), sizeof(int64_t), 10}};
    report(pool_open(executor, &options, &pool, &diag) == 0, executor->name, diag.text);
    if (!pool)
        exit(1);
    return pool;
}

static struct future *submit_one(struct pool *pool, call_function *fn, int64_t argument) {
    struct future *future = NULL;
    struct diag diag = {0};
    report(pool_submit(pool, fn, &argument, sizeof(argument), &future, &diag) == 0, "submit",
        diag.text);
    return future;
}

static void start(pthread_t *thread, void *(*body)(void *arg), void *arg) {
    if (pthread_create(thread, NULL, body, arg) != 0)
        abort();
}

/* Calls of two pools; the call of the second pool ends last. */
struct two {
    const struct executor *executor;
    struct future *futures[2];
    _Atomic bool waits;
};

static void *wait_for_both(void *arg) {
    struct two *two = arg;
    atomic_store(&two->waits, true);
    CHECK(futures_wait(two->futures, 2, FUTURES_FIRST_FAILED, TASK_FOREVER) == 0, two->executor);
    return NULL;
}

/* The first pool is closed while a thread waits that has already looked at its call. */
static void check_pool_closes_while_another_thread_waits(const struct executor *executor) {
    struct two two = {.executor = executor};
    struct diag diag = {0};
    pthread_t thread;
    board_clear();
    struct pool *pools[2] = {open_one(executor), open_one(executor)};
    for (int i = 0; i < 2; i++)
        two.futures[i] = submit_one(pools[i], await_gate, i + 1);
    start(&thread, wait_for_both, &two);
    while (!atomic_load(&two.waits))
        clock_sleep_until(clock_now_ns() + NS_PER_MS);
    clock_sleep_until(clock_now_ns() + NS_PER_MS); /* by then it usually waits */
    atomic_store(&board->gate, 1);
    int code = pool_close(pools[0], &diag);
    report(code == 0, executor->name, diag.text);
    atomic_store(&board->gate, 2);
    pthread_join(thread, NULL);
    code = pool_close(pools[1], &diag);
    report(code == 0, executor->name, diag.text);
    for (int i = 0; i < 2; i++) {
        int64_t gate = 0;
        CHECK(future_result(two.futures[i], &gate, &diag) == 0 && gate == i + 1, executor);
        future_free(two.futures[i]);
    }
}

static int run_one(struct task *task, void *arg) {
    int64_t gate = 0, result = 1;
    return task_run_in(task, arg, await_gate, &gate, sizeof(gate), &result);
}

/* The loop is freed while a worker reports the end of its last call to it. */
static void check_loops_go_before_their_pool(const struct executor *executor) {
    struct diag diag = {0};
    board_clear();
    struct pool *pool = open_one(executor);
    for (int i = 0; i < 10 * rounds; i++) {
        struct loop *loop = NULL;
        CHECK(loop_new(NULL, &loop, &diag) == 0, executor);
        CHECK(loop_run(loop, run_one, pool, &diag) == 0, executor);
        loop_free(loop);
    }
    CHECK(pool_close(pool, &diag) == 0, executor);
}

static void *cancel(void *arg) {
    future_cancel(arg);
    return NULL;
}

/* A thread cancels the last call of a pool, which is then closed. */
static void check_pool_closes_while_another_thread_cancels(const struct executor *executor) {
    struct diag diag = {0};
    pthread_t thread;
    board_clear();
    struct pool *pool = open_one(executor);
    struct future *future = submit_one(pool, sleep_long, 0);
    board_await(&board->started, 1);
    start(&thread, cancel, future);
    CHECK(pool_close(pool, &diag) == 0, executor);
    pthread_join(thread, NULL);
    CHECK(future_result(future, NULL, &diag) == -ECANCELED, executor);
    future_free(future);
}

int main(int argc, char **argv) {
    static const char *const beside[] = {"threads", "gil", "loops"};
    rounds = argc > 1 ? atoi(argv[1]) : rounds;
    watchdog(60 + (unsigned)rounds);
    for (int i = 0; i < rounds; i++)
        check_pool_closes_while_another_thread_waits(executor_find("processes"));
    for (int b = 0; b < 3; b++) {
        for (int i = 0; i < rounds; i++)
            check_pool_closes_while_another_thread_waits(executor_find(beside[b]));
        check_loops_go_before_their_pool(executor_find(beside[b]));
    }
    for (int i = 0; i < rounds; i++)
        check_pool_closes_while_another_thread_cancels(executor_find("loops"));
    return report_end();
}
