/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "clock.h"

Test(clock, does_not_go_back) {
    int64_t last_ns = clock_now_ns();
    cr_expect_gt(last_ns, 0);
    for (int i = 0; i < 1000; i++) {
        int64_t now_ns = clock_now_ns();
        cr_expect_geq(now_ns, last_ns);
        last_ns = now_ns;
    }
}

Test(clock, deadlines_saturate) {
    static const struct {
        int64_t now_ns, duration_ns, deadline_ns;
    } cases[] = {
        {100, 50, 150},
        {100, -50, 50},
        {100, INT64_MAX, INT64_MAX},
        {INT64_MAX, 1, INT64_MAX},
        {INT64_MAX - 1, 1, INT64_MAX},
        {-2, INT64_MIN, INT64_MIN},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        cr_expect_eq(clock_deadline(cases[i].now_ns, cases[i].duration_ns), cases[i].deadline_ns,
            "case %zu", i);
}

Test(clock, timespecs_have_nanoseconds_in_range) {
    static const struct {
        int64_t ns;
        struct timespec expected;
    } cases[] = {
        {0, {0, 0}},
        {1500000000, {1, 500000000}},
        {-1, {-1, 999999999}},
        {-1000000000, {-1, 0}},
        {INT64_MAX, {9223372036, 854775807}},
        {INT64_MIN, {-9223372037, 145224192}},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct timespec got = clock_timespec(cases[i].ns);
        cr_expect_eq(got.tv_sec, cases[i].expected.tv_sec, "case %zu", i);
        cr_expect_eq(got.tv_nsec, cases[i].expected.tv_nsec, "case %zu", i);
    }
}

Test(clock, sleeping_until_the_past_returns) {
    clock_sleep_until(INT64_MIN);
    clock_sleep_until(0);
    clock_sleep_until(clock_now_ns());
}
