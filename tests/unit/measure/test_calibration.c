/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <math.h>
#include <pconc/workload.h>

#include "calibration.h"
#include "distributions.h"

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

/* Three pilots of 2 runs of 10 ms each, which differ by `apart_ms`. */
static int64_t passes_for(double apart_ms, double run_sd_ms, double overhead_ms, int64_t least) {
    struct pilots pilots = {.passes = 2};
    for (int i = -1; i <= 1; i++)
        pilots_add(&pilots, (11 + i * apart_ms) * MS, 10 * MS, run_sd_ms * MS, overhead_ms * MS);
    return pilots_passes(&pilots, least);
}

/* Of samples 1 ms^2 apart, plus what runs of the given deviation add in samples of 2. */
static double apart(double run_sd_ms) {
    return sqrt(1 + run_sd_ms * run_sd_ms / 2);
}

Test(calibration, passes_follow_from_costs_and_variances) {
    static const struct {
        double run_sd_ms, overhead_ms;
        int64_t passes; /* sqrt(overhead / 10 ms) x deviation of runs / 1 ms */
    } rows[] = {
        {1, 40.1, 2}, {1, 90.1, 3}, {2, 90.1, 6}, {0.1, 90.1, 1}, /* only processes differ */
        {100, 90.1, 9}, /* runs differ: as long as the overhead */
        {100, 19, 1},   /* and that is short */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        double run_sd_ms = rows[i].run_sd_ms * 1.001; /* not to round below a whole number */
        int64_t passes = passes_for(apart(run_sd_ms), run_sd_ms, rows[i].overhead_ms, 1);
        cr_expect_eq(passes, rows[i].passes, "row %zu: %ld", i, (long)passes);
    }
}

Test(calibration, passes_that_make_an_interval_are_the_least) {
    cr_expect_eq(passes_for(apart(0.1), 0.1, 90.1, 5), 5);
    cr_expect_eq(passes_for(apart(100), 100, 90.1, 50), 50);
}

Test(calibration, runs_that_explain_all_differences_take_the_most_passes) {
    cr_expect_eq(passes_for(0.5, 1, 90.1, 1), 9);
}

/* The overhead is 10 s, of runs that take as long as the longest interval, or a fifth of it. */
Test(calibration, passes_make_no_interval_longer_than_its_bound) {
    cr_expect_eq(passes_most(INTERVAL_MAX_NS, 10000 * MS), 1);
    cr_expect_eq(passes_most(INTERVAL_MAX_NS + 1, 10000 * MS), 0);
    cr_expect_eq(passes_most((double)INTERVAL_MAX_NS / 5, 10000 * MS), 5);
    cr_expect_eq(passes_for(0.5, 1, 10000, 1), INTERVAL_MAX_NS / (10 * MS));
}

Test(calibration, narrow_times_need_no_more_passes) {
    cr_expect_eq(passes_for(0.1, 1, 90.1, 1), 1);
}

/* The variance that a given time leaves, for runs of 1, an overhead of 16, and a variance between
 * processes of 1. */
static double price(double run_variance, int64_t passes) {
    return (1 + run_variance / (double)passes) * (16 + (double)passes);
}

static double best_price(double run_variance) {
    double best = INFINITY;
    for (int64_t passes = 1; passes <= passes_most(1, 16); passes++)
        best = fmin(best, price(run_variance, passes));
    return best;
}

/* The mean price where three pilots choose, whose true variances are 1 and `run_variance`. */
static double mean_price(double run_variance, struct rng *rng) {
    enum { TIMES = 2000 };
    double sum = 0;
    for (int i = 0; i < TIMES; i++) {
        struct pilots pilots = {.passes = 2};
        for (int j = 0; j < PILOTS; j++) {
            double uniform = (double)rng_between(rng, 1, 999999) / 1e6;
            double off = sqrt(1 + run_variance / 2) * normal_quantile(uniform);
            pilots_add(&pilots, 20 + off, 1, sqrt(run_variance), 16);
        }
        sum += price(run_variance, pilots_passes(&pilots, 1));
    }
    return sum / TIMES;
}

Test(calibration, a_few_pilots_find_a_good_price) {
    struct rng rng = rng_make(20240607, 2);
    for (int doubled = 0; doubled < 17; doubled++) {
        double run_variance = ldexp(0.01, doubled);
        double best = best_price(run_variance), mean = mean_price(run_variance, &rng);
        cr_expect_leq(mean, 1.4 * best, "%g: %g times the best", run_variance, mean / best);
        cr_expect_leq(mean, 1.2 * price(run_variance, 1), "%g: worse than one pass", run_variance);
        if (run_variance > 2)
            cr_expect_leq(mean, price(run_variance, 1) / 1.5, "%g: no gain", run_variance);
    }
}
