/* SPDX-License-Identifier: MIT */
#include "fixture_tasks.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pconc/loop.h>
#include <pconc/sync.h>
#include <pthread.h>
#include <string.h>

#include "context.h"

/* Event loops for programs. */

static int add_later(struct task *task, void *arg) {
    int code = task_sleep(task, 1000);
    ++*(int *)arg;
    return code;
}

static int spawn_some(struct task *task, void *arg) {
    struct task *children[3];
    for (int i = 0; i < 3; i++)
        EXPECT(task_spawn(task, add_later, arg, &children[i]) == 0);
    EXPECT(task_await(task, children[0]) == 0);
    EXPECT(task_await(task, children[1]) == 0);
    task_detach(children[2]);
    EXPECT(task_spawn(task, add_later, arg, &children[0]) == 0); /* neither awaited nor detached */
    return 0;
}

Test(loop_user, runs_until_all_is_complete, .timeout = 60) {
    struct loop *loop = NULL;
    struct diag diag = {0};
    int count = 0;
    cr_assert_eq(loop_new(NULL, &loop, &diag), 0, "%s", diag.text);
    for (int round = 1; round <= 3; round++) {
        cr_assert_eq(loop_run(loop, spawn_some, &count, &diag), 0, "%s", diag.text);
        cr_assert_eq(count, 4 * round);
    }
    loop_free(loop);
    loop_free(NULL);
}

static int fail(struct task *task, void *arg) {
    return arg ? task_fail(task, -EDOM, "%s", (const char *)arg) : -EDOM;
}

Test(loop_user, returns_the_code_of_the_task, .timeout = 60) {
    struct loop *loop = NULL;
    struct diag diag = {0};
    cr_assert_eq(loop_new(NULL, &loop, &diag), 0);
    static char sentence[] = "so be it";
    cr_assert_eq(loop_run(loop, fail, sentence, &diag), -EDOM);
    cr_assert_str_eq(diag.text, "so be it");
    cr_assert_eq(loop_run(loop, fail, NULL, &diag), -EDOM);
    cr_assert_str_eq(diag.text, strerror(EDOM));
    loop_free(loop);
}

static int run_again(struct task *task, void *arg) {
    struct diag diag;
    EXPECT(loop_run(arg, fail, NULL, &diag) == -EBUSY);
    EXPECT(strstr(diag.text, "runs already"));
    return 0;
}

static void *run_elsewhere(void *arg) {
    static struct diag diag;
    cr_expect_eq(loop_run(arg, fail, NULL, &diag), -EPERM);
    return &diag;
}

Test(loop_user, refuses_impossible_options, .timeout = 60) {
    struct loop *loop = NULL;
    struct diag diag = {0};
    pthread_t thread;
    void *said = NULL;
    cr_assert_eq(loop_new(&(struct loop_options){.stack_size = 100}, &loop, &diag), -EINVAL);
    cr_assert(strstr(diag.text, "100 bytes is too small"));
    cr_assert_eq(loop_new(&(struct loop_options){.stack_size = 1 << 20}, &loop, &diag), 0);
    cr_assert_eq(loop_run(loop, run_again, loop, &diag), 0, "%s", diag.text);
    cr_assert_eq(pthread_create(&thread, NULL, run_elsewhere, loop), 0);
    cr_assert_eq(pthread_join(thread, &said), 0);
    cr_assert(strstr(((struct diag *)said)->text, "in the thread that made it"));
    loop_free(loop);
}

/* A loop in each thread, like asyncio's new_event_loop and run_until_complete. */
static void *run_own_loop(void *arg) {
    struct loop *loop = NULL;
    struct diag diag = {0};
    cr_expect_eq(loop_new(NULL, &loop, &diag), 0);
    cr_expect_eq(loop_run(loop, spawn_some, arg, &diag), 0, "%s", diag.text);
    loop_free(loop);
    return NULL;
}

Test(loop_user, each_thread_can_have_one, .timeout = 60) {
    pthread_t threads[4];
    int counts[4] = {0};
    for (int i = 0; i < 4; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, run_own_loop, &counts[i]), 0);
    for (int i = 0; i < 4; i++) {
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
        cr_assert_eq(counts[i], 4);
    }
}

/* Spins for 3 ms by the clock, between two waits that delay no other task. */
static int hold_the_loop(struct task *task, void *arg) {
    (void)arg;
    int code = task_sleep(task, 1000000);
    int64_t end_ns = task_now_ns() + 3000000;
    while (task_now_ns() < end_ns)
        ;
    return code < 0 ? code : task_sleep(task, 1000000);
}

static void note_slow(void *context, const struct slow_task *slow) {
    int64_t *longest_ns = context;
    cr_expect_eq(slow->job, -1);
    if (slow->held_ns > *longest_ns)
        *longest_ns = slow->held_ns;
}

Test(loop_user, reports_a_task_that_holds_it, .timeout = 60) {
    for (int shared = 0; shared < 2; shared++) {
        struct loop *loop = NULL;
        struct diag diag = {0};
        int64_t longest_ns = 0;
        struct loop_options options = {
            .shared_stacks = shared, .slow_ns = 2000000, .slow = note_slow, .context = &longest_ns};
        cr_assert_eq(loop_new(&options, &loop, &diag), 0);
        cr_assert_eq(loop_run(loop, hold_the_loop, NULL, &diag), 0);
        cr_assert_geq(longest_ns, 3000000);
        loop_free(loop);
    }
}
#if CONTEXT_IS_SP /* otherwise every task has its own stack */
static int lend_the_stack(struct task *task, void *arg) {
    struct task *child;
    int on_stack = 0;
    struct task_semaphore semaphore = task_semaphore_of(1);
    EXPECT(task_spawn(task, add_later, &on_stack, &child) == -EFAULT);
    EXPECT(task_timeout(task, 1000, add_later, &on_stack) == -EFAULT);
    EXPECT(task_semaphore_take(task, &semaphore, 0) == -EFAULT);
    return spawn_some(task, arg);
}

/* Data on a shared stack move away while their task waits, so no other task may have pointers to
 * them. */
Test(loop_user, pointers_into_a_shared_stack_are_refused, .timeout = 60) {
    struct loop *loop = NULL;
    struct diag diag = {0};
    int count = 0;
    cr_assert_eq(loop_new(&(struct loop_options){.shared_stacks = true}, &loop, &diag), 0);
    cr_assert_eq(loop_run(loop, lend_the_stack, &count, &diag), 0, "%s", diag.text);
    cr_assert_eq(count, 4);
    loop_free(loop);
}
#endif
