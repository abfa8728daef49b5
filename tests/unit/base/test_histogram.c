/* SPDX-License-Identifier: MIT */
#include "histogram.h"

#include <criterion/criterion.h>
#include <math.h>
#include <pconc/workload.h>
#include <stdlib.h>
#include <string.h>

static struct histogram histogram;

/* All values in a bucket are within 1% of each other. */
Test(histogram, buckets_are_in_order_and_within_a_hundredth) {
    int64_t before = -1;

    for (int64_t value = 0; value < INT64_C(1) << 47; value += 1 + value / 1000) {
        int64_t bucket = histogram_bucket(value);
        cr_assert_geq(bucket, before, "%lld", (long long)value);
        cr_assert_lt(bucket, HISTOGRAM_BUCKETS);
        if (value >= HISTOGRAM_SUBS)
            cr_assert_gt(histogram_bucket(value + value / 100), bucket, "%lld", (long long)value);
        else
            cr_assert_eq(bucket, value);
        before = bucket;
    }
    cr_expect_eq(histogram_bucket(-5), 0);
    cr_expect_eq(histogram_bucket((INT64_C(1) << HISTOGRAM_TOP) - 1), HISTOGRAM_BUCKETS - 1);
    cr_expect_eq(histogram_bucket(INT64_C(1) << HISTOGRAM_TOP), HISTOGRAM_BUCKETS - 1);
    cr_expect_eq(histogram_bucket(INT64_MAX), HISTOGRAM_BUCKETS - 1);
}

static int compare(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

Test(histogram, percentiles_are_within_a_hundredth_of_the_sorted_values) {
    enum { COUNT = 10007 };
    static const double shares[] = {0.001, 0.5, 0.9, 0.99, 0.999, 1};
    static int64_t values[COUNT];
    struct rng rng = rng_make(7, 7);

    for (size_t i = 0; i < COUNT; i++) {
        values[i] = rng_between(&rng, 0, INT64_C(1) << rng_between(&rng, 1, 40));
        histogram_add(&histogram, values[i]);
    }
    qsort(values, COUNT, sizeof(values[0]), compare);
    for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
        double exact = (double)values[(size_t)ceil(shares[i] * COUNT) - 1];
        double found = (double)histogram_percentile(&histogram, shares[i]);
        cr_expect_leq(fabs(found - exact), 0.01 * exact, "%g: %g, not %g", shares[i], found, exact);
    }
    cr_expect_eq(histogram.max, values[COUNT - 1]);
    cr_expect_eq(histogram.count, COUNT);
}

Test(histogram, is_never_above_its_largest_value) {
    histogram_add(&histogram, 1000001);
    cr_expect_eq(histogram_percentile(&histogram, 0.5), 1000001);
    histogram_add(&histogram, INT64_MAX);
    cr_expect_eq(histogram_percentile(&histogram, 1), INT64_MAX);
    cr_expect_lt(histogram_percentile(&histogram, 0.5), 1010000);
}

Test(histogram, empty_has_no_percentile) {
    cr_expect_eq(histogram_percentile(&histogram, 0.5), 0);
}

Test(histogram, merged_ones_equal_one_of_all_values) {
    static struct histogram parts[2], whole;

    for (int64_t i = 0; i < 1000; i++) {
        histogram_add(&parts[i % 2], i * i);
        histogram_add(&whole, i * i);
    }
    histogram_merge(&parts[0], &parts[1]);
    cr_expect_eq(memcmp(&parts[0], &whole, sizeof(whole)), 0);
}
