/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <pconc/workload.h>

#include "timers.h"

#define COUNT 1000

Test(timers, expire_in_the_order_of_their_deadlines) {
    static struct timer timers[COUNT];
    struct timers heap;
    struct rng rng = rng_make(7, 0);
    timers_init(&heap);
    for (int i = 0; i < COUNT; i++)
        cr_assert_eq(timers_add(&heap, &timers[i], rng_between(&rng, 0, 100)), 0);
    int64_t last_ns = 0;
    for (int i = 0; i < COUNT; i++) {
        struct timer *timer = timers_expire(&heap, 100);
        cr_assert_not_null(timer);
        cr_assert_geq(timer->deadline_ns, last_ns);
        cr_assert_eq(timer->index, TIMER_IDLE);
        last_ns = timer->deadline_ns;
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

Test(timers, removed_ones_are_gone_and_the_others_stay_in_order) {
    static struct timer timers[COUNT];
    struct timers heap;
    struct rng rng = rng_make(8, 0);
    timers_init(&heap);
    for (int i = 0; i < COUNT; i++)
        cr_assert_eq(timers_add(&heap, &timers[i], rng_between(&rng, 0, 1000000)), 0);
    for (int i = 0; i < COUNT; i += 2)
        timers_remove(&heap, &timers[i]);
    timers_remove(&heap, &timers[0]); /* twice does no harm */
    cr_assert_eq(heap.count, COUNT / 2);
    int64_t last_ns = 0;
    struct timer *timer;
    int expired = 0;
    while ((timer = timers_expire(&heap, INT64_MAX))) {
        cr_assert_eq((timer - timers) % 2, 1);
        cr_assert_geq(timer->deadline_ns, last_ns);
        last_ns = timer->deadline_ns;
        expired++;
    }
    cr_assert_eq(expired, COUNT / 2);
    timers_release(&heap);
}
