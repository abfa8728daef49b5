/* SPDX-License-Identifier: MIT */
#include "checks.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>

/* Calls in event loops get their turn even if the running ones yield for ever, or wait in loops
 * that have reached their maximum number of calls. */

#define CALLS 50
#define ROUNDS 200

static call_function yield_thrice;
static call_function *const functions[] = {add, stubborn, sleep_long, yield_thrice, NULL};

static int yield_thrice(struct task *task, const void *argument, void *result) {
    int code = 0;
    for (int i = 0; i < 3 && code == 0; i++)
        code = task_yield(task);
    return code < 0 ? code : add(task, argument, result);
}

static void set(const struct executor *executor, union param_value *params, const char *name,
    const char *text) {
    struct diag diag = {0};
    int at = params_find(executor->params, name);
    CHECK(at >= 0 && param_parse(&executor->params[at], text, &params[at], &diag) == 0, executor);
}

static struct pool *open_loops(
    const struct executor *executor, int workers, const char *name, const char *value) {
    struct pool *pool = NULL;
    struct diag diag = {0};
    union param_value params[PARAMS_MAX];
    struct pool_options options = {.workers = workers,
        .params = params,
        .calls = {functions, sizeof(struct pair), sizeof(int64_t), CALLS + 2}};
    watchdog(60);
    board_clear();
    CHECK(params_defaults(executor->params, 0, params, &diag) == 0, executor);
    set(executor, params, name, value);
    report(pool_open(executor, &options, &pool, &diag) == 0, executor->name, diag.text);
    return pool;
}

static void check_sum(const struct executor *executor, struct future *future, int64_t sum) {
    int64_t result = 0;
    struct diag diag = {0};
    CHECK(future_result(future, &result, &diag) == 0 && result == sum, executor);
    future_free(future);
}

static void close_cancelled(
    const struct executor *executor, struct pool *pool, struct future *running) {
    struct diag diag = {0};
    CHECK(future_cancel(running) == -EALREADY, executor);
    CHECK(future_result(running, NULL, &diag) < 0, executor);
    future_free(running);
    CHECK(pool_close(pool, &diag) == 0, executor);
}

/* Calls behind one that only yields start and end, and their waiters go on. */
static void check_yielding(const struct executor *executor, const char *shared) {
    struct pool *pool = open_loops(executor, 1, "shared_stacks", shared);
    struct future *futures[CALLS];
    if (!pool)
        return;
    struct future *yielding = submit(pool, stubborn);
    check_sum(executor, submit_add(pool, 1, 2), 3);
    board_await(&board->started, 1);
    for (int i = 0; i < CALLS; i++)
        futures[i] = i % 2 ? submit_add(pool, i, 1) : submit(pool, yield_thrice);
    for (int i = 0; i < CALLS; i++)
        check_sum(executor, futures[i], i % 2 ? i + 1 : 3);
    close_cancelled(executor, pool, yielding);
}

/* A loop with the maximum number of running calls gets no more, even if it sleeps. */
static void check_full_loop(const struct executor *executor) {
    struct pool *pool = open_loops(executor, 2, "concurrency", "1");
    if (!pool)
        return;
    struct future *sleeping = submit(pool, sleep_long);
    board_await(&board->started, 1);
    for (int i = 0; i < ROUNDS; i++)
        check_sum(executor, submit_add(pool, i, 1), i + 1);
    close_cancelled(executor, pool, sleeping);
}

int main(void) {
    static const char *const names[] = {"coroutines", "loops", "offload"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        check_yielding(executor_find(names[i]), "false");
        check_yielding(executor_find(names[i]), "true");
    }
    check_full_loop(executor_find("loops"));
    return report_end();
}
