/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pconc/loop.h>
#include <pconc/sync.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "checks.h"

/* Loops and pools together: calls that run as tasks, tasks that wait for calls, and threads that
 * submit calls to loops. Without Criterion, so that it runs under every sanitizer.
 *
 *     mixing [EXECUTOR...]      only with pools of these */

#define CALLS 200
#define LONG_NS INT64_C(3600000000000)

#define OK(condition) report((condition), executor, #condition)

static int square(struct task *task, const void *argument, void *result) {
    int64_t x = *(const int64_t *)argument;
    if (x < 0)
        return task_fail(task, -EDOM, "%d is negative", (int)x);
    *(int64_t *)result = x * x;
    return x % 3 == 0 ? task_yield(task) : x % 3 == 1 ? task_sleep(task, 1000) : 0;
}

static _Atomic int told;

static int sleep_until_told(struct task *task, const void *argument, void *result) {
    (void)argument;
    (void)result;
    int code = task_sleep(task, LONG_NS);
    if (code == -ECANCELED)
        atomic_fetch_add(&told, 1);
    return code;
}

static int fail_child(struct task *task, void *arg) {
    (void)arg;
    return task_fail(task, -ERANGE, "said the child");
}

static int pass_on(struct task *task, const void *argument, void *result) {
    struct task *child;
    (void)argument;
    (void)result;
    int code = task_spawn(task, fail_child, NULL, &child);
    return code < 0 ? code : task_await(task, child);
}

static call_function *const functions[] = {square, sleep_until_told, pass_on, NULL};

static struct pool *open_mixed(const char *executor, int64_t pending) {
    struct pool *pool = NULL;
    struct diag diag = {0};
    const struct executor *found = executor_find(executor);
    struct pool_options options = {.workers = found->max_workers > 1 ? 2 : 1,
        .calls = {functions, sizeof(int64_t), sizeof(int64_t), pending}};
    int code = pool_open(found, &options, &pool, &diag);
    report(code == 0, executor, diag.text);
    return pool;
}

static struct future *submit_number(struct pool *pool, call_function *fn, int64_t x) {
    struct future *future = NULL;
    struct diag diag = {0};
    int code = pool_submit(pool, fn, &x, sizeof(x), &future, &diag);
    report(code == 0, "submit", diag.text);
    return future;
}

/* Results, failures and their sentences; freed in any order, also after the pool. */
static void check_calls(const char *executor) {
    struct pool *pool = open_mixed(executor, CALLS);
    struct future *futures[CALLS];
    struct diag diag = {0};
    int64_t result = 0;
    if (!pool)
        return;
    for (int64_t i = 0; i < CALLS; i++)
        futures[i] = submit_number(pool, square, i - 1);
    OK(future_result(futures[0], &result, &diag) == -EDOM);
    OK(strcmp(diag.text, "-1 is negative") == 0);
    for (int64_t i = 1; i < CALLS; i++) {
        OK(future_result(futures[i], &result, &diag) == 0 && result == (i - 1) * (i - 1));
        if (i % 2)
            future_free(futures[i]);
    }
    OK(pool_drain(pool, TASK_FOREVER, &diag) == 0);
    struct future *passing = submit_number(pool, pass_on, 0);
    OK(future_result(passing, NULL, &diag) == -ERANGE);
    OK(strcmp(diag.text, "said the child") == 0);
    OK(pool_close(pool, &diag) == 0);
    future_free(passing);
    for (int64_t i = 0; i < CALLS; i += 2)
        future_free(futures[i]);
}

/* Cancelling ends the wait of a running call; a call that has not started never runs; deadlines
 * hold. */
static void check_cancel(const char *executor) {
    struct pool *pool = open_mixed(executor, 4);
    struct diag diag = {0};
    if (!pool)
        return;
    atomic_store(&told, 0);
    struct future *sleeping = submit_number(pool, sleep_until_told, 0);
    OK(future_wait(sleeping, task_now_ns() + 2000000) == -ETIMEDOUT);
    while (future_state(sleeping) == FUTURE_PENDING)
        OK(future_wait(sleeping, task_now_ns() + 2000000) == -ETIMEDOUT);
    OK(future_cancel(sleeping) == -EALREADY);
    OK(future_result(sleeping, NULL, &diag) == -ECANCELED && atomic_load(&told) == 1);
    OK(future_cancel(sleeping) == -EALREADY);
    future_free(sleeping);
    pool_shutdown(pool, true);
    struct future *late = NULL;
    int64_t x = 1;
    OK(pool_submit(pool, square, &x, sizeof(x), &late, &diag) == -ESHUTDOWN);
    OK(pool_close(pool, &diag) == 0);
}

static int count_job(void *context, int64_t i, struct task *task, void *result) {
    (void)i;
    (void)result;
    atomic_fetch_add((_Atomic int *)context, 1);
    return task_yield(task);
}

/* One pool for runs and calls. */
static void check_runs_and_calls(const char *executor) {
    _Atomic int count = 0;
    struct work *work = NULL;
    struct pool *pool = NULL;
    struct tally tally = {0};
    struct diag diag = {0};
    const struct executor *found = executor_find(executor);
    int workers = found->max_workers > 1 ? 2 : 1;
    struct work_options options = {
        .jobs = 100, .workers = workers, .job = count_job, .context = &count};
    OK(work_new(&options, &work, &diag) == 0);
    OK(pool_open(found,
           &(struct pool_options){
               .work = work, .calls = {functions, sizeof(int64_t), sizeof(int64_t), 10}},
           &pool, &diag)
        == 0);
    for (int round = 1; round <= 3; round++) {
        int64_t result = 0;
        struct future *sleeping = submit_number(pool, sleep_until_told, 0);
        struct future *before = submit_number(pool, square, 5);
        OK(pool_run(pool, &tally, &diag) == 0 && tally.done == 100);
        OK(atomic_load(&count) == 100 * round);
        OK(future_result(before, &result, &diag) == 0 && result == 25);
        future_free(before);
        future_cancel(sleeping);
        OK(future_result(sleeping, NULL, &diag) == -ECANCELED);
        future_free(sleeping);
    }
    OK(pool_close(pool, &diag) == 0);
    work_free(work);
}

/* Tasks of a loop that wait for calls elsewhere. */
struct mix {
    struct pool *pool;
    struct loop *loop;
    struct task_semaphore done;
    int64_t sum;
    int count;
};

static int square_elsewhere(struct task *task, void *arg) {
    struct mix *mix = arg;
    int64_t x = mix->count++, result = 0;
    EXPECT(task_run_in(task, mix->pool, square, &x, sizeof(x), &result) == 0);
    EXPECT(result == x * x);
    mix->sum += result;
    return 0;
}

static int cancelled_elsewhere(struct task *task, void *arg) {
    struct mix *mix = arg;
    int64_t x = 0;
    return task_run_in(task, mix->pool, sleep_until_told, &x, sizeof(x), NULL);
}

static int mix_with_pool(struct task *task, void *arg) {
    struct mix *mix = arg;
    struct task *children[CALLS];
    int64_t minus = -3;
    for (int i = 0; i < CALLS; i++)
        EXPECT(task_spawn(task, square_elsewhere, mix, &children[i]) == 0);
    EXPECT(task_gather(task, children, CALLS, NULL) == 0);
    EXPECT(mix->sum == (int64_t)CALLS * (CALLS - 1) * (2 * CALLS - 1) / 6);
    EXPECT(task_run_in(task, mix->pool, square, &minus, sizeof(minus), NULL) == -EDOM);
    EXPECT(strcmp(task_error(task), "-3 is negative") == 0);
    return 0;
}

static int mix_and_cancel(struct task *task, void *arg) {
    EXPECT(task_timeout(task, 1000000, cancelled_elsewhere, arg) == -ETIMEDOUT);
    return 0;
}

/* Fewer calls may be pending than there are tasks: tasks wait for room, and the loop runs on. */
static void check_awaiting(const char *executor) {
    struct mix mix = {.pool = open_mixed(executor, 8)};
    struct diag diag = {0};
    if (!mix.pool)
        return;
    bool shared = strcmp(executor, "threads") == 0;
    OK(loop_new(&(struct loop_options){.shared_stacks = shared}, &mix.loop, &diag) == 0);
    int code = loop_run(mix.loop, mix_with_pool, &mix, &diag);
    report(code == 0, executor, diag.text);
    bool told_by_wait = strcmp(executor, "loops") == 0;
    if (told_by_wait)
        OK(loop_run(mix.loop, mix_and_cancel, &mix, &diag) == 0);
    OK(pool_close(mix.pool, &diag) == 0);
    loop_free(mix.loop);
}

/* Threads that submit calls to a loop. */
static int count_in_loop(struct task *task, const void *argument, void *result) {
    struct mix *mix = *(struct mix *const *)argument;
    if (mix->count % 2)
        EXPECT(task_yield(task) == 0);
    *(int64_t *)result = ++mix->count; /* only in the loop's thread */
    task_semaphore_give(&mix->done);
    return 0;
}

static void *submit_from_thread(void *arg) {
    struct mix *mix = arg;
    const char *executor = "loop_submit";
    for (int i = 0; i < CALLS; i++) {
        struct future *future = NULL;
        struct diag diag = {0};
        int64_t result = 0;
        int code = loop_submit(mix->loop, count_in_loop, &mix, sizeof(struct mix *), sizeof(result),
            i % 2 ? &future : NULL, &diag);
        if (code < 0)
            OK(!"submitting to a loop fails");
        if (future && (future_result(future, &result, &diag) != 0 || result < 1))
            OK(!"a call of a loop gives no result");
        future_free(future);
    }
    return NULL;
}

#define THREADS 3

static int wait_for_threads(struct task *task, void *arg) {
    struct mix *mix = arg;
    for (int i = 0; i < THREADS * CALLS; i++)
        EXPECT(task_semaphore_take(task, &mix->done, TASK_FOREVER) == 0);
    return 0;
}

static void check_submitting(void) {
    const char *executor = "loop_submit";
    struct mix mix = {.done = task_semaphore_of(0)};
    struct diag diag = {0};
    pthread_t threads[THREADS];
    OK(loop_new(NULL, &mix.loop, &diag) == 0);
    for (int i = 0; i < THREADS; i++)
        OK(pthread_create(&threads[i], NULL, submit_from_thread, &mix) == 0);
    int code = loop_run(mix.loop, wait_for_threads, &mix, &diag);
    report(code == 0, executor, diag.text);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    OK(mix.count == THREADS * CALLS);
    loop_free(mix.loop);
}

/* Cancelled before it started, while it ran, and never started. */
static void *cancel_from_thread(void *arg) {
    struct future *future = arg;
    while (future_state(future) == FUTURE_PENDING)
        if (future_wait(future, task_now_ns() + 100000) == 0)
            break;
    future_cancel(future);
    return NULL;
}

static int await_submitted(struct task *task, void *arg) {
    return task_await_future(task, arg, NULL) == -ECANCELED ? 0 : -EIO;
}

static void check_cancelling_submitted(void) {
    const char *executor = "loop_submit";
    struct loop *loop = NULL;
    struct diag diag = {0};
    struct future *futures[3];
    pthread_t thread;
    OK(loop_new(NULL, &loop, &diag) == 0);
    for (int i = 0; i < 2; i++)
        OK(loop_submit(loop, sleep_until_told, NULL, 0, 0, &futures[i], &diag) == 0);
    OK(future_cancel(futures[0]) == 0 && future_state(futures[0]) == FUTURE_CANCELLED);
    OK(pthread_create(&thread, NULL, cancel_from_thread, futures[1]) == 0);
    OK(loop_run(loop, await_submitted, futures[1], &diag) == 0);
    pthread_join(thread, NULL);
    OK(loop_submit(loop, sleep_until_told, NULL, 0, 0, &futures[2], &diag) == 0);
    loop_free(loop);
    OK(future_result(futures[2], NULL, &diag) == -ESHUTDOWN);
    OK(strstr(diag.text, "freed before it ran"));
    for (int i = 0; i < 3; i++)
        future_free(futures[i]);
}

int main(int argc, char **argv) {
    (void)argc;
    static const char *const looping[] = {"coroutines", "loops", "offload", NULL};
    /* Processes first: a program with threads cannot fork them. */
    static const char *const awaited[] = {
        "processes", "serial", "threads", "gil", "loops", "coroutines", "offload", NULL};
    for (int i = 0; awaited[i]; i++)
        if (wanted(argv, awaited[i]))
            check_awaiting(awaited[i]);
    for (int i = 0; looping[i]; i++) {
        if (!wanted(argv, looping[i]))
            continue;
        check_calls(looping[i]);
        check_cancel(looping[i]);
        check_runs_and_calls(looping[i]);
    }
    check_submitting();
    check_cancelling_submitted();
    return report_end();
}
