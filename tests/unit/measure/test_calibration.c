/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "calibration.h"

#define MS INT64_C(1000000)

/* Calibrates with runs of `run_ns`; the first `held_up` take 20 ms more. Returns the passes. */
static int64_t settle(int64_t run_ns, int held_up, int *ret_intervals) {
    struct calibration calibration = {.passes = 1};
    int64_t interval_ns;
    *ret_intervals = 0;
    do {
        interval_ns = calibration.passes * run_ns + (*ret_intervals < held_up ? 20 * MS : 0);
        cr_assert_lt(++*ret_intervals, 100, "it does not settle");
    } while (!calibration_add(&calibration, interval_ns));
    return calibration.passes;
}

Test(calibration, short_runs_are_repeated_until_they_fill_the_interval) {
    int intervals;
    for (int64_t run_ns = 10; run_ns < 10 * MS; run_ns *= 3) {
        int64_t passes = settle(run_ns, 0, &intervals);
        cr_expect_geq(passes * run_ns, INTERVAL_MIN_NS);
        cr_expect_leq(passes * run_ns, 2 * INTERVAL_MIN_NS);
    }
}

Test(calibration, a_delayed_interval_does_not_make_a_run_long) {
    int intervals;
    for (int held_up = 1; held_up <= 2; held_up++)
        cr_expect_eq(settle(2 * MS, held_up, &intervals), settle(2 * MS, 0, &intervals));
}

Test(calibration, a_certainly_long_run_is_timed_once) {
    int intervals;
    cr_expect_eq(settle(1000 * MS, 0, &intervals), 1);
    cr_expect_eq(intervals, 1);
}

Test(calibration, runs_without_a_length_end_at_a_bound) {
    int intervals;
    cr_expect_eq(settle(0, 0, &intervals), 10000000);
}
