/* SPDX-License-Identifier: MIT */
#include "fixture_tasks.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pconc/loop.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* Tasks that are never awaited. Their stacks are used again after the task that started them has
 * ended, even if its loop runs on. The tests limit the number of living tasks, and expect no more
 * stacks than that. */

#define COUNT 500     /* families that are started */
#define FAMILY 6      /* tasks of a family: forget_four, its child, and two forgotten by each */
#define ALIVE_MAX 24  /* tasks of families that are alive at once */
#define STACKS_MAX 26 /* with the one that starts the families, and one of the executor */

/* Two forgotten tasks. The second ends after the task that started them. */
struct siblings {
    struct seen *seen;
    bool left; /* the task that started them has ended */
};

/* Where the stacks of forgotten tasks were. All tasks of a test run in one thread. */
struct seen {
    uintptr_t frames[4 * COUNT];
    int count;
    struct siblings siblings[2 * COUNT];
    int started; /* siblings */
    int alive;   /* tasks of all families, also those that are still to be started */
};

static int be_seen(struct task *task, void *arg) {
    struct seen *seen = ((struct siblings *)arg)->seen;
    int at = seen->count++;
    seen->frames[at] = (uintptr_t)__builtin_frame_address(0) >> 14; /* the smallest stack */
    return at % 2 ? task_fail(task, -EDOM, "nobody hears this") : 0;
}

static int be_seen_later(struct task *task, void *arg) {
    struct siblings *siblings = arg;
    do {
        int code = task_sleep(task, 1000);
        if (code < 0)
            return code;
    } while (!siblings->left);
    siblings->seen->alive -= 2; /* this one, and its starter, whose stack is kept until now */
    return be_seen(task, arg);
}

static int compare(const void *a, const void *b) {
    uintptr_t x = *(const uintptr_t *)a, y = *(const uintptr_t *)b;
    return (x > y) - (x < y);
}

static void expect_few_stacks(struct seen *seen, const char *where) {
    int stacks = 1;
    cr_assert_eq(seen->count, 4 * COUNT, "%s: %d", where, seen->count);
    qsort(seen->frames, 4 * COUNT, sizeof(*seen->frames), compare);
    for (int i = 1; i < 4 * COUNT; i++)
        stacks += seen->frames[i] != seen->frames[i - 1];
    cr_assert_leq(stacks, STACKS_MAX, "%s: %d stacks", where, stacks);
    cr_assert_eq(seen->alive, 0, "%s: %d", where, seen->alive);
}

/* Waits until another family may start. */
static int begin_family(struct task *task, struct seen *seen) {
    while (seen->alive + FAMILY > ALIVE_MAX)
        EXPECT(task_yield(task) == 0);
    seen->alive += FAMILY;
    return 0;
}

static int forget_two(struct task *task, struct seen *seen, struct siblings **ret_siblings) {
    struct siblings *siblings = &seen->siblings[seen->started++];
    struct task *forgotten;
    siblings->seen = seen;
    EXPECT(task_spawn(task, be_seen, siblings, &forgotten) == 0);
    EXPECT(task_spawn(task, be_seen_later, siblings, &forgotten) == 0);
    *ret_siblings = siblings;
    return task_yield(task);
}

/* The last step of a task that has forgotten two: the stack of the first becomes free. */
static void leave(struct siblings *siblings) {
    siblings->left = true;
    siblings->seen->alive--;
}

static int forget_two_and_leave(struct task *task, void *arg) {
    struct siblings *siblings;
    EXPECT(forget_two(task, arg, &siblings) == 0);
    leave(siblings);
    return 0;
}

/* Two of its children, two of another task's. */
static int forget_four(struct task *task, void *arg) {
    struct siblings *siblings;
    struct task *child;
    EXPECT(task_spawn(task, forget_two_and_leave, arg, &child) == 0);
    EXPECT(forget_two(task, arg, &siblings) == 0);
    EXPECT(task_await(task, child) == 0);
    leave(siblings);
    return 0;
}

static int forget_in_job(void *context, int64_t i, struct task *task, void *result) {
    (void)i;
    (void)result;
    EXPECT(begin_family(task, context) == 0);
    return forget_four(task, context);
}

Test(forgotten_tasks, end_with_the_job, .timeout = 60) {
    static const char *const two[] = {"concurrency", "2", NULL};
    for (size_t i = 0; spawning[i]; i++) {
        static struct seen seen;
        seen = (struct seen){.count = 0};
        run_jobs_well(spawning[i], two,
            &(struct work_options){
                .jobs = COUNT, .workers = 1, .job = forget_in_job, .context = &seen});
        expect_few_stacks(&seen, spawning[i]);
    }
}

static int forget_in_call(struct task *task, const void *argument, void *result) {
    struct seen *seen = *(struct seen *const *)argument;
    (void)result;
    EXPECT(begin_family(task, seen) == 0);
    return forget_four(task, seen);
}

Test(forgotten_tasks, end_with_the_call_of_a_pool, .timeout = 60) {
    static call_function *const functions[] = {forget_in_call, NULL};
    struct pool_options options = {.workers = 1, .calls = {functions, sizeof(void *), 0, 10}};
    for (size_t i = 0; spawning[i]; i++) {
        static struct seen seen;
        struct seen *argument = &seen;
        seen = (struct seen){.count = 0};
        struct diag diag = {0};
        struct pool *pool = NULL;
        cr_assert_eq(pool_open(executor_find(spawning[i]), &options, &pool, &diag), 0);
        for (int call = 0; call < COUNT; call++) {
            struct future *future;
            cr_assert_eq(
                pool_submit(pool, forget_in_call, &argument, sizeof(void *), &future, &diag), 0);
            cr_assert_eq(future_result(future, NULL, &diag), 0, "%s", diag.text);
            future_free(future);
        }
        cr_assert_eq(pool_close(pool, &diag), 0);
        expect_few_stacks(&seen, spawning[i]);
    }
}

struct server {
    struct loop *loop;
    struct seen seen;
};

/* Half of them calls that are submitted to the loop, half tasks that are detached. */
static int serve(struct task *task, void *arg) {
    struct server *server = arg;
    struct seen *argument = &server->seen;
    struct diag diag = {0};
    for (int i = 0; i < COUNT; i++) {
        struct task *handler;
        struct future *future;
        if (i % 2) {
            EXPECT(begin_family(task, argument) == 0);
            EXPECT(task_spawn(task, forget_four, argument, &handler) == 0);
            task_detach(handler);
            continue;
        }
        EXPECT(
            loop_submit(server->loop, forget_in_call, &argument, sizeof(void *), 0, &future, &diag)
            == 0);
        EXPECT(task_await_future(task, future, NULL) == 0);
        future_free(future);
    }
    while (server->seen.count < 4 * COUNT)
        EXPECT(task_yield(task) == 0);
    return 0;
}

Test(forgotten_tasks, end_while_the_loop_goes_on, .timeout = 60) {
    static struct server server;
    struct diag diag = {0};
    cr_assert_eq(loop_new(NULL, &server.loop, &diag), 0);
    cr_assert_eq(loop_run(server.loop, serve, &server, &diag), 0, "%s", diag.text);
    expect_few_stacks(&server.seen, "loop_run");
    loop_free(server.loop);
}

struct orphan {
    bool left; /* the task that started it has ended */
    int heard;
};

static int await_own_child(struct task *task, void *arg) {
    struct orphan *orphan = arg;
    struct task *child;
    struct seen *seen = calloc(1, sizeof(*seen));
    struct siblings siblings = {.seen = seen};
    seen->count = 1;
    EXPECT(task_spawn(task, be_seen, &siblings, &child) == 0);
    while (!orphan->left || seen->count == 1)
        EXPECT(task_yield(task) == 0);
    EXPECT(task_yield(task) == 0);
    orphan->heard = task_await(task, child);
    free(seen);
    return 0;
}

static int leave_orphan(struct task *task, void *arg) {
    struct orphan *orphan = arg;
    struct task *forgotten;
    EXPECT(task_spawn(task, await_own_child, orphan, &forgotten) == 0);
    EXPECT(task_yield(task) == 0);
    EXPECT(task_yield(task) == 0);
    orphan->left = true;
    return 0;
}

static int await_who_leaves(struct task *task, void *arg) {
    struct task *child;
    EXPECT(task_spawn(task, leave_orphan, arg, &child) == 0);
    return task_await(task, child);
}

/* They keep the tasks that they started themselves. */
Test(forgotten_tasks, still_get_the_ends_of_their_children, .timeout = 60) {
    struct loop *loop = NULL;
    struct diag diag = {0};
    struct orphan orphan = {.left = false};
    cr_assert_eq(loop_new(NULL, &loop, &diag), 0);
    cr_assert_eq(loop_run(loop, await_who_leaves, &orphan, &diag), 0, "%s", diag.text);
    cr_assert_eq(orphan.heard, -EDOM);
    loop_free(loop);
}
