/* SPDX-License-Identifier: MIT */
#include "fixture_tasks.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

/* Tasks that start tasks, wait for them and cancel them. */

#define COUNT 100
#define LONG_NS INT64_C(3600000000000)

static int add_one(struct task *task, void *arg) {
    (void)task;
    ++*(int *)arg;
    return 0;
}

static int add_one_later(struct task *task, void *arg) {
    int code = task_sleep(task, 1000);
    return code < 0 ? code : add_one(task, arg);
}

static int fail_with_sentence(struct task *task, void *arg) {
    return task_fail(task, *(int *)arg, "the child failed with %d", *(int *)arg);
}

static int fail_later(struct task *task, void *arg) {
    int code = task_sleep(task, 1000);
    return code < 0 ? code : fail_with_sentence(task, arg);
}

/* Counts how often a wait ends with -ECANCELED, then cleans up, which waits. */
static int wait_to_be_cancelled(struct task *task, void *arg) {
    int code = task_sleep(task, LONG_NS);
    if (code == -ECANCELED)
        ++*(int *)arg;
    int cleanup = task_sleep(task, 1000);
    return cleanup == 0 ? code : task_fail(task, -EIO, "cleaning up gave %d", cleanup);
}

static int await_one(struct task *task, void *arg) {
    (void)arg;
    struct task *child;
    int count = 0;
    EXPECT(task_spawn(task, add_one, &count, &child) == 0);
    EXPECT(count == 0); /* it runs when the caller waits */
    EXPECT(task_await(task, child) == 0 && count == 1);
    EXPECT(task_spawn(task, add_one_later, &count, &child) == 0);
    EXPECT(task_await(task, child) == 0 && count == 2);
    /* A task that has ended before it is awaited. */
    EXPECT(task_spawn(task, add_one, &count, &child) == 0);
    EXPECT(task_yield(task) == 0 && count == 3);
    EXPECT(task_await(task, child) == 0);
    return 0;
}

Test(tasks, are_run_and_awaited, .timeout = 60) {
    run_where_tasks_spawn(await_one, NULL);
}

static int await_failures(struct task *task, void *arg) {
    (void)arg;
    struct task *child;
    int codes[] = {-EDOM, -ERANGE};
    EXPECT(strcmp(task_error(task), "") == 0);
    EXPECT(task_spawn(task, fail_with_sentence, &codes[0], &child) == 0);
    EXPECT(task_await(task, child) == -EDOM);
    EXPECT(strcmp(task_error(task), "the child failed with -33") == 0);
    EXPECT(task_spawn(task, fail_later, &codes[1], &child) == 0);
    EXPECT(task_await(task, child) == -ERANGE);
    EXPECT(strcmp(task_error(task), "the child failed with -34") == 0);
    return 0;
}

Test(tasks, return_their_failures_to_their_waiters, .timeout = 60) {
    run_where_tasks_spawn(await_failures, NULL);
}

/* A job that returns the code of a failed task fails with that sentence. */
static int pass_on(struct task *task, void *arg) {
    struct task *child;
    EXPECT(task_spawn(task, fail_with_sentence, arg, &child) == 0);
    return task_await(task, child);
}

Test(tasks, failures_are_passed_on_with_their_sentence, .timeout = 60) {
    for (size_t i = 0; spawning[i]; i++) {
        struct diag diag = {0};
        int code = -EDOM;
        cr_assert_eq(run_one_job(spawning[i], pass_on, &code, &diag), -EDOM);
        cr_assert_str_eq(diag.text, "the child failed with -33", "%s", spawning[i]);
    }
}

/* Two levels of children: 100 tasks that each have 100 children. */
static int gather_adders(struct task *task, void *arg) {
    struct task *children[COUNT];
    for (int i = 0; i < COUNT; i++)
        EXPECT(task_spawn(task, i % 2 ? add_one : add_one_later, arg, &children[i]) == 0);
    return task_gather(task, children, COUNT, NULL);
}

static int gather_gatherers(struct task *task, void *arg) {
    struct task *children[COUNT];
    int count = 0;
    (void)arg;
    EXPECT(task_gather(task, NULL, 0, NULL) == 0);
    for (int round = 1; round <= 2; round++) {
        for (int i = 0; i < COUNT; i++)
            EXPECT(task_spawn(task, gather_adders, &count, &children[i]) == 0);
        EXPECT(task_gather(task, children, COUNT, NULL) == 0);
        EXPECT(count == round * COUNT * COUNT);
    }
    return 0;
}

Test(tasks, gather_all, .timeout = 60) {
    run_where_tasks_spawn(gather_gatherers, NULL);
}

/* The first failure is returned; tasks that run then are cancelled and waited for. */
static int gather_failing(struct task *task, void *arg) {
    struct task *children[4];
    int cancelled = 0, added = 0, code = -EDOM;
    (void)arg;
    for (int early = 0; early < 2; early++) {
        EXPECT(task_spawn(task, wait_to_be_cancelled, &cancelled, &children[0]) == 0);
        EXPECT(task_spawn(task, add_one, &added, &children[1]) == 0);
        EXPECT(task_spawn(task, early ? fail_with_sentence : fail_later, &code, &children[2]) == 0);
        EXPECT(task_spawn(task, wait_to_be_cancelled, &cancelled, &children[3]) == 0);
        for (int i = 0; early && i < 2; i++)
            EXPECT(task_yield(task) == 0); /* two have ended before the wait */
        EXPECT(task_gather(task, children, 4, NULL) == -EDOM);
        EXPECT(strcmp(task_error(task), "the child failed with -33") == 0);
        EXPECT(cancelled == 2 * (early + 1) && added == early + 1);
    }
    return 0;
}

Test(tasks, gather_cancels_the_others_at_the_first_failure, .timeout = 60) {
    run_where_tasks_spawn(gather_failing, NULL);
}

static int gather_codes(struct task *task, void *arg) {
    struct task *children[4];
    int codes[4] = {1, 1, 1, 1};
    int added = 0, failure = -ERANGE;
    (void)arg;
    EXPECT(task_spawn(task, fail_with_sentence, &failure, &children[0]) == 0);
    EXPECT(task_spawn(task, add_one_later, &added, &children[1]) == 0);
    EXPECT(task_spawn(task, wait_to_be_cancelled, &added, &children[2]) == 0);
    EXPECT(task_spawn(task, add_one, &added, &children[3]) == 0);
    EXPECT(task_yield(task) == 0);
    task_cancel(children[2]);
    EXPECT(task_gather(task, children, 4, codes) == 0);
    EXPECT(codes[0] == -ERANGE && codes[1] == 0 && codes[2] == -ECANCELED && codes[3] == 0);
    EXPECT(added == 3);
    return 0;
}

Test(tasks, gather_stores_the_codes_of_all, .timeout = 60) {
    run_where_tasks_spawn(gather_codes, NULL);
}

static int gather_too_many(struct task *task, void *arg) {
    (void)arg;
    EXPECT(task_gather(task, NULL, (size_t)INT_MAX + 1, NULL) == -EINVAL);
    EXPECT(task_await(task, task) == -EDEADLK);
    return 0;
}

Test(tasks, impossible_waits_are_refused, .timeout = 60) {
    run_where_tasks_spawn(gather_too_many, NULL);
}

static int yield_while(struct task *task, void *arg) {
    while (*(int *)arg == 0)
        if (task_yield(task) < 0)
            return -ECANCELED;
    return 0;
}

/* A body in which any kind of wait ends with -ECANCELED. */
static int (*const waits[])(struct task *task, void *arg) = {
    wait_to_be_cancelled, yield_while, gather_adders};

static int gather_long_sleepers(struct task *task, void *arg) {
    struct task *children[COUNT];
    for (int i = 0; i < COUNT; i++)
        EXPECT(task_spawn(task, wait_to_be_cancelled, arg, &children[i]) == 0);
    return task_gather(task, children, COUNT, NULL);
}

static int cancel_in_every_wait(struct task *task, void *arg) {
    (void)arg;
    for (size_t w = 0; w < sizeof(waits) / sizeof(*waits); w++)
        for (int steps = 0; steps < 2; steps++) { /* 0: before it has started */
            struct task *child;
            int zero = 0;
            EXPECT(task_spawn(task, waits[w], &zero, &child) == 0);
            for (int step = 0; step < steps; step++)
                EXPECT(task_yield(task) == 0);
            task_cancel(child);
            EXPECT(task_await(task, child) == -ECANCELED);
        }
    return 0;
}

Test(tasks, are_cancelled_in_the_wait_they_are_in_or_the_next, .timeout = 60) {
    run_where_tasks_spawn(cancel_in_every_wait, NULL);
}

/* Cancelling reaches the children of children. Each of them cleans up before it ends. */
static int cancel_a_tree(struct task *task, void *arg) {
    (void)arg;
    struct task *child;
    int cancelled = 0;
    EXPECT(task_spawn(task, gather_long_sleepers, &cancelled, &child) == 0);
    EXPECT(task_sleep(task, 1000) == 0);
    EXPECT(!task_is_cancelled(child));
    task_cancel(child);
    EXPECT(task_await(task, child) == -ECANCELED && cancelled == COUNT);
    return 0;
}

Test(tasks, cancelling_reaches_their_children, .timeout = 60) {
    run_where_tasks_spawn(cancel_a_tree, NULL);
}

static int survive(struct task *task, void *arg) {
    (void)arg;
    EXPECT(task_is_cancelled(task));
    EXPECT(task_sleep(task, LONG_NS) == -ECANCELED);
    EXPECT(!task_is_cancelled(task)); /* only one wait returns -ECANCELED */
    return 7;
}

static int cancel_in_vain(struct task *task, void *arg) {
    (void)arg;
    struct task *child;
    int count = 0;
    EXPECT(task_spawn(task, survive, NULL, &child) == 0);
    task_cancel(child);
    EXPECT(task_await(task, child) == 7); /* its code counts */
    EXPECT(task_spawn(task, add_one, &count, &child) == 0);
    EXPECT(task_yield(task) == 0 && count == 1);
    task_cancel(child); /* too late */
    EXPECT(task_await(task, child) == 0);
    return 0;
}

Test(tasks, the_code_of_a_cancelled_task_counts, .timeout = 60) {
    run_where_tasks_spawn(cancel_in_vain, NULL);
}

static int await_with_deadlines(struct task *task, void *arg) {
    (void)arg;
    struct task *child;
    int cancelled = 0, count = 0, failure = -EDOM;
    EXPECT(task_spawn(task, wait_to_be_cancelled, &cancelled, &child) == 0);
    EXPECT(task_await_until(task, child, task_now_ns() + 1000) == -ETIMEDOUT);
    EXPECT(cancelled == 1 && strcmp(task_error(task), "") == 0);
    /* It succeeded in spite of the deadline. */
    EXPECT(task_timeout(task, 1, add_one, &count) == 0 && count == 1);
    EXPECT(task_timeout(task, LONG_NS, add_one_later, &count) == 0 && count == 2);
    EXPECT(task_timeout(task, LONG_NS, fail_later, &failure) == -EDOM);
    EXPECT(strcmp(task_error(task), "the child failed with -33") == 0);
    EXPECT(task_timeout(task, 1000, wait_to_be_cancelled, &cancelled) == -ETIMEDOUT);
    EXPECT(cancelled == 2);
    /* A deadline in the past, for a child that has ended and for one that has not. */
    EXPECT(task_spawn(task, add_one, &count, &child) == 0);
    EXPECT(task_yield(task) == 0);
    EXPECT(task_await_until(task, child, 0) == 0);
    EXPECT(task_spawn(task, wait_to_be_cancelled, &cancelled, &child) == 0);
    EXPECT(task_await_until(task, child, INT64_MIN) == -ETIMEDOUT);
    return 0;
}

Test(tasks, are_cancelled_at_their_deadline, .timeout = 60) {
    run_where_tasks_spawn(await_with_deadlines, NULL);
}

/* Awaits a child that cleans up slowly; is cancelled, and again while it waits for that.
 */
static int await_slow_child(struct task *task, void *arg) {
    struct task *child;
    EXPECT(task_spawn(task, wait_to_be_cancelled, arg, &child) == 0);
    EXPECT(task_await(task, child) == -ECANCELED);
    EXPECT(*(int *)arg == 1);
    EXPECT(task_sleep(task, LONG_NS) == -ECANCELED); /* the second is not lost */
    return 0;
}

static int cancel_twice(struct task *task, void *arg) {
    (void)arg;
    struct task *child;
    int cancelled = 0;
    EXPECT(task_spawn(task, await_slow_child, &cancelled, &child) == 0);
    EXPECT(task_yield(task) == 0 && task_yield(task) == 0);
    task_cancel(child);
    while (cancelled == 0)
        EXPECT(task_yield(task) == 0);
    task_cancel(child);
    EXPECT(task_await(task, child) == 0);
    return 0;
}

Test(tasks, a_cancelled_task_first_waits_for_its_children, .timeout = 60) {
    run_where_tasks_spawn(cancel_twice, NULL);
}

/* Detached or forgotten tasks end before the run, and their failure is ignored. */
static int leave_children(struct task *task, void *arg) {
    struct task *child;
    static int failure = -EDOM;
    EXPECT(task_spawn(task, add_one_later, arg, &child) == 0);
    task_detach(child);
    EXPECT(task_spawn(task, fail_later, &failure, &child) == 0);
    task_detach(child);
    EXPECT(task_spawn(task, add_one_later, arg, &child) == 0); /* forgotten while it runs */
    EXPECT(task_spawn(task, fail_with_sentence, &failure, &child) == 0);
    EXPECT(task_yield(task) == 0); /* it has ended, and is forgotten */
    EXPECT(task_spawn(task, add_one, arg, &child) == 0);
    EXPECT(task_yield(task) == 0);
    task_detach(child); /* has ended */
    return 0;
}

Test(tasks, forgotten_ones_end_before_the_run, .timeout = 60) {
    for (size_t i = 0; spawning[i]; i++) {
        struct diag diag = {0};
        int count = 0;
        int code = run_one_job(spawning[i], leave_children, &count, &diag);
        cr_assert_eq(code, 0, "%s: %s", spawning[i], diag.text);
        cr_assert_eq(count, 3, "%s: %d", spawning[i], count);
    }
}

/* A detached task starts the next one after the job that started the first one has ended. */
static int start_the_next(struct task *task, void *arg) {
    struct task *child;
    if (++*(int *)arg < COUNT) {
        EXPECT(task_sleep(task, 1000) == 0);
        EXPECT(task_spawn(task, start_the_next, arg, &child) == 0);
        task_detach(child);
    }
    return 0;
}

Test(tasks, detached_tasks_start_others, .timeout = 60) {
    for (size_t i = 0; spawning[i]; i++) {
        struct diag diag = {0};
        int count = 0;
        int code = run_one_job(spawning[i], start_the_next, &count, &diag);
        cr_assert_eq(code, 0, "%s: %s", spawning[i], diag.text);
        cr_assert_eq(count, COUNT, "%s: %d", spawning[i], count);
    }
}

/* Without a loop no task can be started; everything else works. */
static int spawn_in_vain(struct task *task, void *arg) {
    struct task *child = NULL;
    EXPECT(task_spawn(task, add_one, arg, &child) == -ENOTSUP && !child);
    EXPECT(task_timeout(task, LONG_NS, add_one, arg) == -ENOTSUP);
    EXPECT(task_await(task, NULL) == -ENOTSUP);
    EXPECT(task_gather(task, NULL, 0, NULL) == -ENOTSUP);
    EXPECT(!task_is_cancelled(task) && strcmp(task_error(task), "") == 0);
    EXPECT(task_fail(task, -EDOM, "told") == -EDOM && strcmp(task_error(task), "told") == 0);
    return 0;
}

Test(tasks, only_executors_with_the_capability_start_them, .timeout = 60) {
    for (size_t i = 0; executors()[i]; i++) {
        const struct executor *executor = executors()[i];
        struct diag diag = {0};
        int count = 0;
        if (executor->capabilities & EXECUTOR_FORKS)
            continue; /* a program with threads cannot fork; the contract tests cover these */
        bool spawns = executor->capabilities & EXECUTOR_SPAWNS;
        int code = run_one_job(executor->name, spawns ? await_one : spawn_in_vain, &count, &diag);
        cr_assert_eq(code, 0, "%s: %s", executor->name, diag.text);
    }
}

/* All tasks wait for each other: reported with a message instead of a hang. */

struct pair {
    struct task *tasks[2];
};

static int await_the_other(struct task *task, void *arg) {
    struct pair *pair = arg;
    return task_await(task, pair->tasks[pair->tasks[0] == task]);
}

static int make_a_circle(struct task *task, void *arg) {
    struct pair *pair = arg;
    for (int i = 0; i < 2; i++)
        EXPECT(task_spawn(task, await_the_other, pair, &pair->tasks[i]) == 0);
    return 0;
}

Test(tasks, that_wait_for_each_other_are_reported, .timeout = 60) {
    struct diag diag = {0};
    struct pair pair;
    cr_assert_eq(run_one_job("coroutines", make_a_circle, &pair, &diag), -EDEADLK);
    cr_assert_str_eq(
        diag.text, "all tasks wait for each other; make sure that something ends each wait");
}
