/* SPDX-License-Identifier: MIT */
/*
 * The cost of waiting for n futures, counted in steps: lib/future is compiled into this program so
 * that each of its functions counts when it is entered. No clock is used.
 */
#include <pconc/loop.h>

#include <pthread.h>
#include <stdlib.h>

#include "checks.h"

#define CALLS 1000
#define STEPS_PER_CALL 300 /* a wait takes about fifty */

static _Atomic int64_t steps; /* of the threads that wait */
static _Thread_local bool waits;

void __cyg_profile_func_enter(void *function, void *caller);
void __cyg_profile_func_exit(void *function, void *caller);

__attribute__((no_instrument_function)) void __cyg_profile_func_enter(
    void *function, void *caller) {
    (void)function;
    (void)caller;
    if (waits)
        atomic_fetch_add_explicit(&steps, 1, memory_order_relaxed);
}

__attribute__((no_instrument_function)) void __cyg_profile_func_exit(void *function, void *caller) {
    (void)function;
    (void)caller;
}

static struct pool *open_for(const struct executor *executor) {
    struct pool *pool = NULL;
    struct diag diag = {0};
    int code = open_pool(executor, 1, CALLS, &pool, &diag);
    report(code == 0, executor->name, diag.text);
    if (code < 0)
        exit(1);
    return pool;
}

static void take_all(const struct executor *executor, struct future **futures) {
    struct completions completions = completions_of(futures, CALLS);
    struct future *next;
    int64_t yielded = 0;
    while (completions_next(&completions, TASK_FOREVER, &next) == 0)
        yielded++;
    CHECK(yielded == CALLS, executor);
    for (int i = 0; i < CALLS; i++)
        future_free(futures[i]);
}

static void check_steps(const struct executor *executor, int64_t calls) {
    report(atomic_load(&steps) <= calls * STEPS_PER_CALL, executor->name,
        "the steps of waiting grow with the number of calls, not with its square");
}

/* One thread waits for n ends. */
static void check_one_waiter(const struct executor *executor) {
    struct pool *pool = open_for(executor);
    struct future *futures[CALLS];
    for (int i = 0; i < CALLS; i++)
        futures[CALLS - 1 - i] = submit_add(pool, i, i);
    atomic_store(&steps, 0);
    take_all(executor, futures);
    check_steps(executor, CALLS);
    CHECK(pool_close(pool, NULL) == 0, executor);
}

struct waiting {
    const struct executor *executor;
    struct future *futures[CALLS];
};

static void *wait_for_held(void *arg) {
    struct waiting *waiting = arg;
    waits = true;
    take_all(waiting->executor, waiting->futures);
    return NULL;
}

/* Two threads wait for different futures: an end costs steps only in its own waiter. */
static void check_two_waiters(const struct executor *executor) {
    static struct waiting waiting;
    struct pool *held_pool = open_for(executor), *pool = open_for(executor);
    pthread_t thread;
    board_clear();
    waiting.executor = executor;
    waiting.futures[0] = submit(held_pool, held);
    for (int i = 1; i < CALLS; i++)
        waiting.futures[i] = submit_add(held_pool, i, i);
    board_await(&board->started, 1);
    atomic_store(&steps, 0);
    if (pthread_create(&thread, NULL, wait_for_held, &waiting) != 0)
        exit(1);
    for (int i = 0; i < CALLS; i++) {
        struct future *future = submit_add(pool, i, i), *next;
        struct completions completions = completions_of(&future, 1);
        CHECK(completions_next(&completions, TASK_FOREVER, &next) == 0, executor);
        future_free(future);
    }
    atomic_store(&board->gate, 1);
    pthread_join(thread, NULL);
    check_steps(executor, 2 * CALLS);
    CHECK(pool_close(held_pool, NULL) == 0, executor);
    CHECK(pool_close(pool, NULL) == 0, executor);
}

struct awaited {
    struct pool *pool;
    int64_t sum;
};

static int await_one(struct task *task, void *arg) {
    struct awaited *awaited = arg;
    struct pair pair = {1, 2};
    int64_t sum = 0;
    int code = task_run_in(task, awaited->pool, add, &pair, sizeof(pair), &sum);
    awaited->sum += sum;
    return code;
}

static int await_all(struct task *task, void *arg) {
    static struct task *tasks[CALLS];
    for (int i = 0; i < CALLS; i++) {
        int code = task_spawn(task, await_one, arg, &tasks[i]);
        if (code < 0)
            return code;
    }
    return task_gather(task, tasks, CALLS, NULL);
}

/* The same for tasks of a loop that each wait for a call. */
static void check_tasks(const struct executor *executor) {
    struct awaited awaited = {.pool = open_for(executor)};
    struct loop *loop = NULL;
    struct diag diag = {0};
    CHECK(loop_new(NULL, &loop, &diag) == 0, executor);
    atomic_store(&steps, 0);
    CHECK(loop_run(loop, await_all, &awaited, &diag) == 0, executor);
    CHECK(awaited.sum == INT64_C(3) * CALLS, executor);
    check_steps(executor, CALLS);
    loop_free(loop);
    CHECK(pool_close(awaited.pool, NULL) == 0, executor);
}

static bool runs_in_opener(const struct executor *executor) {
    return executor_find("serial") == executor || executor_find("coroutines") == executor
        || executor_find("offload") == executor;
}

int main(void) {
    watchdog(300);
    waits = true;
    for (size_t i = 0; executors()[i]; i++) {
        const struct executor *executor = executors()[i];
        check_one_waiter(executor);
        check_tasks(executor);
        if (!runs_in_opener(executor))
            check_two_waiters(executor);
    }
    return report_end();
}
