/* SPDX-License-Identifier: MIT */
#include "stats.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

Test(stats, median_is_the_middle_value) {
    static const struct {
        double values[5];
        size_t n;
        double expected;
    } rows[] = {
        {{7}, 1, 7},
        {{9, 1}, 2, 5},
        {{3, 1, 2}, 3, 2},
        {{4, 1, 3, 2}, 4, 2.5},
        {{5, 5, -1, 8, 1e300}, 5, 5},
        {{1.7e308, 1.7e308}, 2, 1.7e308},
    };
    double scratch[5];

    for (size_t i = 0; i < COUNT(rows); i++)
        cr_expect_eq(median(rows[i].values, rows[i].n, scratch), rows[i].expected, "row %zu", i);
}

Test(stats, median_of_nothing_is_nan) {
    cr_assert(isnan(median(NULL, 0, NULL)));
}

Test(stats, values_are_left_as_they_were) {
    const double values[] = {3, 1, 2, 6, 5, 4};
    double given[COUNT(values)], scratch[COUNT(values)];

    for (size_t i = 0; i < COUNT(values); i++)
        given[i] = values[i];
    median(given, COUNT(values), scratch);
    median_interval(given, COUNT(values), 0.95, scratch);
    for (size_t i = 0; i < COUNT(values); i++)
        cr_expect_eq(given[i], values[i]);
}

/* Tables of order-statistic intervals, e.g. Conover's, or R: qbinom(0.025, n, 0.5). */
Test(stats, ranks_are_those_of_the_literature) {
    static const struct {
        size_t n, rank;
    } rows[] = {
        {0, 0},
        {1, 0},
        {5, 0},
        {6, 1},
        {8, 1},
        {9, 2},
        {10, 2},
        {15, 4},
        {20, 6},
        {30, 10},
        {50, 18},
        {100, 40},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        cr_expect_eq(median_interval_rank(rows[i].n, 0.95), rows[i].rank, "n %zu", rows[i].n);
}

/* Pascal's triangle in whole numbers: C(100, k) and their sums need no more than 101 bits. The rank
 * is the largest k with 40 * (C(n, 0) + ... + C(n, k - 1)) <= 2^n. */
static size_t exact_rank(size_t n) {
    unsigned __int128 row[101] = {1}, sum = 0;
    size_t rank = 0;

    for (size_t i = 1; i <= n; i++) {
        for (size_t k = i; k > 0; k--)
            row[k] += row[k - 1];
    }
    while (rank < n && 40 * (sum + row[rank]) <= (unsigned __int128)1 << n)
        sum += row[rank++];
    return rank;
}

Test(stats, ranks_equal_whole_number_arithmetic) {
    for (size_t n = 1; n <= 100; n++)
        cr_expect_eq(median_interval_rank(n, 0.95), exact_rank(n), "n %zu", n);
}

/* For many values the rank nears n/2 - 1.96 * sqrt(n)/2. */
Test(stats, ranks_of_many_values_stay_near_the_normal_law) {
    for (size_t n = 500; n <= 10000; n += 500) {
        double expected = (double)n / 2 - 1.959964 * sqrt((double)n) / 2;

        cr_expect_float_eq((double)median_interval_rank(n, 0.95), expected, 1.5, "n %zu", n);
    }
}

Test(stats, more_confidence_takes_a_wider_interval) {
    cr_expect_eq(median_interval_rank(10, 0.5), 4);
    cr_expect_eq(median_interval_rank(10, 0.95), 2);
    cr_expect_eq(median_interval_rank(10, 0.99), 1);
    cr_expect_eq(median_interval_rank(10, 0.999), 0);
    /* Exactly at the level: P(B <= 0) is 1/32 for n = 5. */
    cr_expect_eq(median_interval_rank(5, 0.9375), 1);
}

Test(stats, interval_is_made_of_the_values_at_its_ranks) {
    const double values[] = {70, 10, 90, 30, 50, 100, 20, 80, 40, 60};
    double scratch[COUNT(values)];
    struct interval interval = median_interval(values, COUNT(values), 0.95, scratch);

    cr_assert_eq(interval.low, 20);
    cr_assert_eq(interval.high, 90);
}

Test(stats, interval_of_five_values_is_unknown) {
    const double values[] = {1, 2, 3, 4, 5};
    double scratch[COUNT(values)];

    cr_assert_not(interval_known(median_interval(values, COUNT(values), 0.95, scratch)));
}
