/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>

#include "loop.h"

/* The event loop, called from its own context. */

#define LATE 200 /* coroutines made while others are ready: more than fit into the ring */

struct order {
    struct coroutine *made[3 + LATE];
    int count;
    int ran[1000];
    int steps;
};

static struct order order;

static struct loop *new_loop(void) {
    static struct loop loop;
    struct diag diag = {0};
    cr_assert_eq(
        loop_init(&loop, &(struct loop_options){.stack_size = 16384}, &diag), 0, "%s", diag.text);
    return &loop;
}

static void run_until(struct loop *loop, const int *left) {
    struct diag diag = {0};
    while (*left > 0)
        cr_assert_eq(loop_step(loop, &diag), 0, "%s", diag.text);
}

static int left;

static int note_and_yield(struct coroutine *self) {
    int me = 0;
    while (order.made[me] != self)
        me++;
    for (int step = 0; step < 2; step++) {
        order.ran[order.steps++] = me;
        cr_assert_eq(task_yield(&self->task), 0);
    }
    return 0;
}

static bool end(struct coroutine *self, int code) {
    (void)self;
    cr_assert_eq(code, 0);
    left--;
    return false;
}

static void add(struct loop *loop, int (*run)(struct coroutine *self)) {
    static struct coroutine_kind kinds[3 + LATE];
    kinds[order.count] = (struct coroutine_kind){.ops = LOOP_TASK_OPS, .run = run, .end = end};
    struct coroutine *coroutine = loop_coroutine(loop, &kinds[order.count]);
    cr_assert_not_null(coroutine);
    order.made[order.count++] = coroutine;
    left++;
    loop_ready(coroutine);
}

/* Moves the ring until its ready coroutines are across its end, then makes more than it holds. */
static int turn_and_add(struct coroutine *self) {
    for (int step = 0; step < 62; step++)
        cr_assert_eq(task_yield(&self->task), 0);
    add(self->loop, note_and_yield);
    add(self->loop, note_and_yield);
    cr_assert_eq(task_yield(&self->task), 0);
    for (int i = 0; i < LATE; i++)
        add(self->loop, note_and_yield);
    return 0;
}

Test(loop, keeps_the_order_of_turns_while_coroutines_are_added) {
    struct loop *loop = new_loop();
    add(loop, turn_and_add);
    run_until(loop, &left);
    cr_assert_eq(order.steps, 2 * (2 + LATE));
    /* The two early ones once; then they, ahead of all late ones; then the late ones again. */
    static const int begin[] = {1, 2, 1, 2, 3, 4, 5};
    cr_assert_arr_eq(order.ran, begin, sizeof(begin));
    for (int i = 0; i < 2 * LATE; i++)
        cr_assert_eq(order.ran[4 + i], 3 + i % LATE, "step %d", i);
    loop_release(loop);
}

static int codes[4];

static int count_turns(struct coroutine *self) {
    codes[0] = task_yield(&self->task);
    codes[1] = task_yield(&self->task);
    codes[2] = loop_wait(self, 0);
    return 0;
}

static int cancel_first(struct coroutine *self) {
    loop_cancel(order.made[0]);
    loop_cancel(order.made[0]); /* a second time before it runs: counts once */
    codes[3] = task_yield(&self->task);
    return 0;
}

Test(loop, cancels_a_ready_coroutine_once) {
    struct loop *loop = new_loop();
    add(loop, count_turns);
    add(loop, cancel_first);
    run_until(loop, &left);
    cr_assert_eq(codes[0], 0);
    cr_assert_eq(codes[1], -ECANCELED);
    cr_assert_eq(codes[2], -ETIMEDOUT);
    cr_assert_eq(codes[3], 0);
    cr_assert_eq(loop->cancels, 0);
    loop_release(loop);
}

static int end_at_once(struct coroutine *self) {
    (void)self;
    return 0;
}

/* A coroutine is used again: its next body must not see the result of the last one. */
Test(loop, forgets_that_an_ended_body_was_cancelled) {
    struct loop *loop = new_loop();
    add(loop, end_at_once);
    loop_cancel(order.made[0]);
    run_until(loop, &left);
    order.count = 0;
    add(loop, count_turns);
    run_until(loop, &left);
    cr_assert_eq(codes[0], 0);
    cr_assert_eq(codes[1], 0);
    loop_release(loop);
}

static bool no_memory;

/* Replaces the function of the C library. */
void *reallocarray(void *old, size_t count, size_t size) {
    return no_memory ? NULL : realloc(old, count * size);
}

/* A sleep that failed for lack of memory must not make the next wait a sleep. */
static int wait_after_failed_sleep(struct coroutine *self) {
    no_memory = true;
    codes[0] = task_sleep_until(&self->task, 1); /* before the other's, so the first of the heap */
    no_memory = false;
    codes[1] = loop_wait(self, 1);
    return 0;
}

static int sleep_a_little(struct coroutine *self) {
    codes[2] = task_sleep(&self->task, 1000000);
    return 0;
}

Test(loop, forgets_a_sleep_that_failed) {
    struct loop *loop = new_loop();
    add(loop, sleep_a_little);
    add(loop, wait_after_failed_sleep);
    run_until(loop, &left);
    cr_assert_eq(codes[0], -ENOMEM);
    cr_assert_eq(codes[1], -ETIMEDOUT);
    cr_assert_eq(codes[2], 0);
    loop_release(loop);
}

/* Deadlines and events are noticed even if a coroutine yields for ever. */
static int slept;

static int yield_until_slept(struct coroutine *self) {
    while (!slept)
        cr_assert_eq(task_yield(&self->task), 0);
    return 0;
}

static int sleep_once(struct coroutine *self) {
    cr_assert_eq(task_sleep(&self->task, 1000000), 0);
    slept = 1;
    return 0;
}

Test(loop, looks_at_deadlines_while_coroutines_are_ready, .timeout = 30) {
    struct loop *loop = new_loop();
    add(loop, yield_until_slept);
    add(loop, sleep_once);
    run_until(loop, &left);
    loop_release(loop);
}
