/* SPDX-License-Identifier: MIT */
#include "signed_rank.h"

#include <criterion/criterion.h>
#include <math.h>
#include <pconc/workload.h>

#define VALUES_MAX 40
#define WALSH_MAX (VALUES_MAX * (VALUES_MAX + 1) / 2)

/* All means of two values, sorted. */
static size_t walsh_averages(const double *values, size_t n, double *ret_averages) {
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++)
            ret_averages[count++] = (values[i] + values[j]) / 2;
    sort_values(ret_averages, count);
    return count;
}

/* Whole numbers have many ties, and zeros. */
static void draw_values(struct rng *rng, size_t n, bool whole, double *ret_values) {
    for (size_t i = 0; i < n; i++)
        ret_values[i] = whole ? (double)rng_between(rng, -3, 3)
                              : (double)rng_between(rng, -1000000, 1000000) / 3;
}

Test(signed_rank, takes_the_walsh_averages_of_the_ranks) {
    struct rng rng = rng_make(3, 0);
    double values[VALUES_MAX], averages[WALSH_MAX], scratch[VALUES_MAX];

    for (size_t n = 1; n <= VALUES_MAX; n++) {
        for (int whole = 0; whole < 2; whole++) {
            size_t rank = signed_rank_interval_rank(n, 0.9), count;
            struct interval interval;

            draw_values(&rng, n, whole, values);
            count = walsh_averages(values, n, averages);
            interval = signed_rank_interval(values, n, 0.9, scratch);
            cr_expect_eq(signed_rank_centre(values, n, scratch),
                (averages[(count - 1) / 2] + averages[count / 2]) / 2, "n %zu", n);
            if (rank == 0) {
                cr_expect(!interval_known(interval), "n %zu", n);
                continue;
            }
            cr_expect_eq(interval.low, averages[rank - 1], "n %zu", n);
            cr_expect_eq(interval.high, averages[count - rank], "n %zu", n);
        }
    }
}

/* The smallest k such that at least this share of the subsets of 1..n have sums up to k. */
static size_t rank_by_enumeration(size_t n, double share) {
    size_t sums[WALSH_MAX + 1] = {0}, total = 0, k = 0;

    for (size_t subset = 0; subset < (size_t)1 << n; subset++) {
        size_t sum = 0;

        for (size_t i = 0; i < n; i++)
            sum += subset >> i & 1 ? i + 1 : 0;
        sums[sum]++;
    }
    for (; (double)(total += sums[k]) < share * (double)((size_t)1 << n); k++)
        continue;
    return k;
}

Test(signed_rank, ranks_are_those_of_all_subsets) {
    static const double levels[] = {0.5, 0.2, 0.05, 0.01, 0.0025};

    for (size_t n = 1; n <= 14; n++)
        for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
            cr_expect_eq(signed_rank_interval_rank(n, 1 - levels[i]),
                rank_by_enumeration(n, levels[i] / 2), "n %zu, level %g", n, levels[i]);
}

/* A tail that is met exactly counts as met: of 2 values, 1 subset in 4 has the sum 0. */
Test(signed_rank, a_tail_that_is_met_exactly_leaves_no_interval) {
    cr_expect_eq(signed_rank_interval_rank(2, 0.5), 0u);
    cr_expect_eq(signed_rank_interval_rank(2, 0.49), 1u);
    cr_expect_eq(signed_rank_interval_rank(5, 1 - 2.0 / 32), 0u);
    cr_expect_eq(signed_rank_interval_rank(6, 0.95), 1u);
}

Test(signed_rank, equal_values_have_an_interval_without_width) {
    const double values[8] = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1};
    double scratch[8];
    struct interval interval = signed_rank_interval(values, 8, 0.95, scratch);

    cr_expect_eq(signed_rank_centre(values, 8, scratch), 0.1);
    cr_expect_eq(interval.low, 0.1);
    cr_expect_eq(interval.high, 0.1);
}
