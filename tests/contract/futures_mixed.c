/* SPDX-License-Identifier: MIT */
/*
 * Futures of several pools, begin_worker, and pools for both passes and calls.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "checks.h"
#include "clock.h"
#include "pool.h"

static const char *now; /* the executor under test */
#define OK(condition) report((condition), now, #condition)

/* Ends the program if the condition is false. */
static void must(bool ok, const char *what) {
    report(ok, now, what);
    if (!ok)
        exit(1);
}
#define MUST(condition) must((condition), #condition)

static int twice(struct task *task, const void *argument, void *result) {
    (void)task;
    *(int64_t *)result = 2 * *(const int64_t *)argument;
    return 0;
}

static int wait_at_gate(struct task *task, const void *argument, void *result) {
    while (atomic_load(&board->gate) == 0)
        if (task_sleep(task, 100 * NS_PER_US) < 0)
            return -EINTR;
    return twice(task, argument, result);
}

static const struct call_options calls = {
    .functions = (call_function *const[]){twice, wait_at_gate, NULL},
    .argument_size = sizeof(int64_t),
    .result_size = sizeof(int64_t),
    .pending = 10};

static struct pool *open_named(const char *executor) {
    struct pool *pool = NULL;
    struct diag diag = {0};
    struct pool_options options = {.workers = 1, .calls = calls};
    report(pool_open(executor_find(executor), &options, &pool, &diag) == 0, executor, diag.text);
    if (!pool)
        exit(1);
    return pool;
}

static struct future *submit_number(struct pool *pool, call_function *fn) {
    struct future *future = NULL;
    int64_t argument = 21;
    MUST(pool_submit(pool, fn, &argument, sizeof(argument), &future, NULL) == 0);
    return future;
}

static void check_sets_wait_for_pools_of_processes_and_threads_together(void) {
    static const char *const kinds[][2] = {
        {"processes", "threads"}, {"threads", "processes"}, {"processes", "processes"}};
    for (size_t k = 0; k < 3; k++) {
        now = kinds[k][0];
        board_clear();
        /* Processes first: a program with threads cannot fork them. */
        struct pool *pools[2] = {NULL};
        bool swap = strcmp(kinds[k][1], "processes") == 0;
        pools[swap] = open_named(kinds[k][swap]);
        pools[!swap] = open_named(kinds[k][!swap]);
        struct future *futures[2] = {
            submit_number(pools[0], wait_at_gate), submit_number(pools[1], twice)};
        struct future *held = futures[0], *next = NULL;
        int64_t result = 0;

        OK(futures_wait(futures, 2, FUTURES_FIRST_ENDED, TASK_FOREVER) == 0);
        OK(future_state(futures[1]) == FUTURE_DONE);
        int64_t deadline_ns = clock_now_ns() + NS_PER_MS;
        OK(futures_wait(futures, 2, FUTURES_FIRST_FAILED, deadline_ns) == -ETIMEDOUT);
        struct completions completions = completions_of(futures, 2);
        OK(completions_next(&completions, TASK_FOREVER, &next) == 0);
        OK(next != held);
        deadline_ns = clock_now_ns() + NS_PER_MS;
        OK(completions_next(&completions, deadline_ns, &next) == -ETIMEDOUT);
        atomic_store(&board->gate, 1);
        OK(completions_next(&completions, TASK_FOREVER, &next) == 0);
        OK(next == held);
        OK(futures_wait(futures, 2, FUTURES_ALL, TASK_FOREVER) == 0);
        for (int i = 0; i < 2; i++) {
            OK(future_result(futures[i], &result, NULL) == 0);
            OK(result == 42);
            future_free(futures[i]);
        }
        OK(pool_close(pools[0], NULL) == 0);
        OK(pool_close(pools[1], NULL) == 0);
    }
}

static int begin(void *context, int worker, struct diag *diag) {
    atomic_fetch_add(&board->started, 1);
    return context && worker == *(const int *)context
        ? diag_set(diag, -EXDEV, "worker %d has no licence", worker)
        : 0;
}

static void check_every_worker_begins_before_its_pool_is_open(void) {
    board_clear();
    for (size_t i = 0; executors()[i]; i++) {
        const struct executor *executor = executors()[i];
        now = executor->name;
        int workers = executor->max_workers < 3 ? executor->max_workers : 3, bad = workers - 1;
        struct pool_options options = {.workers = workers, .begin_worker = begin};
        struct pool *pool = NULL;
        struct diag diag = {0};
        atomic_store(&board->started, 0);
        OK(pool_open(executor, &options, &pool, &diag) == 0);
        OK(atomic_load(&board->started) == workers);
        OK(pool_close(pool, &diag) == 0);
        options.context = &bad;
        OK(pool_open(executor, &options, &pool, &diag) == -EXDEV);
        OK(strstr(diag.text, "has no licence"));
    }
}

static int fail_odd(void *context, int64_t i, struct task *task, void *result) {
    (void)context;
    (void)result;
    return i % 2 ? task_fail(task, -EIO, "job %d is odd", (int)i) : 0;
}

/* Jobs that are submitted one by one have the same results as mapped ones, also beside other calls.
 */
static void check_jobs_may_be_submitted_one_by_one(void) {
    for (size_t i = 0; executors()[i]; i++) {
        const struct executor *executor = executors()[i];
        now = executor->name;
        union param_value params[PARAMS_MAX];
        struct pool *pool = NULL;
        struct work *work = NULL;
        struct tally tally = {0};
        struct diag diag = {0};
        int submit_at = params_find(executor->params, POOL_PARAM_SUBMIT);
        if (submit_at < 0)
            continue;
        OK(params_defaults(executor->params, 0, params, &diag) == 0);
        params[submit_at].number = 1;
        struct work_options jobs = {.jobs = 10001, .workers = 2, .job = fail_odd};
        MUST(work_new(&jobs, &work, &diag) == 0);
        struct pool_options options = {.work = work, .params = params, .calls = calls};
        int code = pool_open(executor, &options, &pool, &diag);
        if (code != -ENOTSUP) {
            MUST(code == 0);
            for (int run = 0; run < 2; run++) {
                struct future *future = submit_number(pool, twice);
                OK(pool_run(pool, &tally, &diag) == 0);
                OK(future_result(future, NULL, NULL) == 0);
                OK(tally.done == 5001);
                OK(tally.index_sum == 5000 * 5001);
                OK(tally.failed == 5000);
                OK(tally.failed_job == 1);
                OK(strcmp(tally.failed_text, "job 1 is odd") == 0);
                future_free(future);
            }
            OK(pool_close(pool, &diag) == 0);
        }
        work_free(work);
    }
}

int main(void) {
    watchdog(300);
    check_sets_wait_for_pools_of_processes_and_threads_together();
    check_every_worker_begins_before_its_pool_is_open();
    check_jobs_may_be_submitted_one_by_one();
    return report_end();
}
