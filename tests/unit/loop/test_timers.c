/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <pconc/workload.h>
#include <stdbool.h>

#include "timers.h"

#define COUNT 1000

Test(timers, expire_in_the_order_of_their_deadlines) {
    static struct timer timers[COUNT];
    static int64_t deadlines_ns[COUNT];
    struct timers heap;
    struct rng rng = rng_make(7, 0);
    timers_init(&heap);
    for (int i = 0; i < COUNT; i++) {
        deadlines_ns[i] = rng_between(&rng, 0, 100);
        cr_assert_eq(timers_add(&heap, &timers[i], deadlines_ns[i]), 0);
    }
    int64_t last_ns = 0;
    for (int i = 0; i < COUNT; i++) {
        struct timer *timer = timers_expire(&heap, 100);
        cr_assert_not_null(timer);
        cr_assert_geq(deadlines_ns[timer - timers], last_ns);
        cr_assert_eq(timer->deadline_ns, TIMER_IDLE);
        last_ns = deadlines_ns[timer - timers];
    }
    cr_assert_null(timers_expire(&heap, INT64_MAX));
    cr_assert_eq(timers_next_ns(&heap), INT64_MAX);
    timers_release(&heap);
}

Test(timers, do_not_expire_early) {
    struct timer timer;
    struct timers heap;
    timers_init(&heap);
    cr_assert_eq(timers_add(&heap, &timer, 50), 0);
    cr_assert_null(timers_expire(&heap, 49));
    cr_assert_eq(timers_expire(&heap, 50), &timer);
    timers_release(&heap);
}

/* Random operations from a seed: deadlines in a random walk, so that some come in order and some do
 * not; timers are removed or expire. A plain array says which timers must be there. */
struct model {
    struct timer timers[COUNT];
    int64_t deadlines_ns[COUNT];
    bool in[COUNT];
    struct timers all;
    size_t count;
};

static int64_t earliest_of(const struct model *model) {
    int64_t earliest_ns = INT64_MAX;
    for (int i = 0; i < COUNT; i++)
        if (model->in[i] && model->deadlines_ns[i] < earliest_ns)
            earliest_ns = model->deadlines_ns[i];
    return earliest_ns;
}

static void add_or_remove(struct model *model, struct rng *rng, int64_t now_ns, int64_t spread_ns) {
    int i = (int)rng_between(rng, 0, COUNT - 1);
    if (model->in[i]) {
        timers_remove(&model->all, &model->timers[i]);
        timers_remove(&model->all, &model->timers[i]); /* twice does no harm */
        model->count--;
    } else {
        model->deadlines_ns[i] = now_ns + 50 + rng_between(rng, -spread_ns, spread_ns);
        cr_assert_eq(timers_add(&model->all, &model->timers[i], model->deadlines_ns[i]), 0);
        model->count++;
    }
    model->in[i] = !model->in[i];
}

static void expire_all(struct model *model, int64_t now_ns) {
    struct timer *timer;
    while ((timer = timers_expire(&model->all, now_ns))) {
        int64_t i = timer - model->timers;
        cr_assert(model->in[i]);
        cr_assert_eq(model->deadlines_ns[i], earliest_of(model));
        cr_assert_leq(model->deadlines_ns[i], now_ns);
        model->in[i] = false;
        model->count--;
    }
    cr_assert_gt(earliest_of(model), now_ns);
}

static void walk(uint64_t seed, int64_t spread_ns) {
    static struct model model;
    model = (struct model){.count = 0};
    for (int i = 0; i < COUNT; i++)
        model.timers[i].deadline_ns = TIMER_IDLE;
    struct rng rng = rng_make(seed, 0);
    timers_init(&model.all);
    for (int64_t now_ns = 0; now_ns < 2000; now_ns++) {
        for (int64_t changes = rng_between(&rng, 0, now_ns % 64); changes > 0; changes--)
            add_or_remove(&model, &rng, now_ns, spread_ns);
        cr_assert_eq(timers_next_ns(&model.all), earliest_of(&model));
        cr_assert_eq(model.all.count, model.count);
        if (now_ns % 10 == 0)
            expire_all(&model, now_ns);
    }
    expire_all(&model, INT64_MAX - 1);
    cr_assert_eq(model.all.count, 0);
    timers_release(&model.all);
}

Test(timers, agree_with_a_plain_array) {
    walk(8, 0);
    walk(9, 2);
    walk(10, 50);
}

/* A wait that ends before its deadline leaves an entry; memory must not grow with these. */
Test(timers, removed_ones_leave_no_memory_behind) {
    static struct timer first, timers[100];
    for (int order = 1; order >= -1; order -= 2) { /* in line; then in the heap */
        struct timers all;
        timers_init(&all);
        cr_assert_eq(timers_add(&all, &first, order < 0 ? 100000 : 0), 0);
        for (int64_t i = 0; i < 100000; i++) {
            struct timer *timer = &timers[i % 100];
            if (i >= 100)
                timers_remove(&all, timer);
            cr_assert_eq(timers_add(&all, timer, order * i), 0);
        }
        cr_assert_eq(all.count, 101);
        cr_assert_leq(all.line.capacity, 256);
        cr_assert_leq(all.heap.capacity, 256);
        timers_release(&all);
    }
}

/* A deadline far away that was removed does not send those that come in order into the heap. */
Test(timers, stay_in_order_behind_a_removed_one) {
    struct timer far, near[2];
    struct timers all;
    timers_init(&all);
    cr_assert_eq(timers_add(&all, &near[0], 1), 0);
    cr_assert_eq(timers_add(&all, &far, 1000000), 0);
    timers_remove(&all, &far);
    cr_assert_eq(timers_add(&all, &near[1], 2), 0);
    cr_assert_eq(all.heap.end, 0);
    timers_release(&all);
}
