/* SPDX-License-Identifier: MIT */
#include "arrivals.h"

#include <criterion/criterion.h>
#include <math.h>

enum { COUNT = 100000 };

static int64_t due_ns[COUNT], again_ns[COUNT];

static void fill(int64_t *ret_due_ns, enum arrivals arrivals, double rate, uint64_t stream) {
    arrivals_fill(ret_due_ns, COUNT, arrivals, rate, 42, stream);
}

Test(arrivals, have_names) {
    cr_expect_eq(arrivals_find("constant"), ARRIVALS_CONSTANT);
    cr_expect_eq(arrivals_find("poisson"), ARRIVALS_POISSON);
    cr_expect_eq(arrivals_find("poissonian"), -1);
}

/* A third of a nanosecond that is lost with each job would be 33 us at the end. */
Test(arrivals, constant_times_are_exact) {
    fill(due_ns, ARRIVALS_CONSTANT, 3e6, 0); /* an interval of 333.3 ns */
    cr_expect_eq(due_ns[0], 0);
    for (int64_t i = 0; i < COUNT; i++)
        cr_assert_eq(due_ns[i], (i * 1000 + 1) / 3, "%lld", (long long)i);
}

Test(arrivals, random_times_ascend_and_depend_on_seed_and_stream_alone) {
    int differ = 0;

    fill(due_ns, ARRIVALS_POISSON, 1e6, 7);
    fill(again_ns, ARRIVALS_POISSON, 1e6, 7);
    for (int64_t i = 0; i < COUNT; i++) {
        cr_assert_eq(due_ns[i], again_ns[i]);
        cr_assert_geq(due_ns[i], i > 0 ? due_ns[i - 1] : 0);
    }
    fill(again_ns, ARRIVALS_POISSON, 1e6, 8);
    for (int64_t i = 0; i < COUNT; i++)
        differ += due_ns[i] != again_ns[i];
    cr_expect_gt(differ, COUNT - 10);
}

/* Intervals of a Poisson process are exponential: mean and standard deviation are 1 / rate, a share
 * of exp(-1) is longer than the mean, and neighbours are not correlated. The bounds are five
 * standard errors. */
Test(arrivals, random_intervals_are_exponential) {
    const double mean_ns = 2e6;
    double before = 0, sum = 0, squares = 0, products = 0, longer = 0;

    fill(due_ns, ARRIVALS_POISSON, 500, 1);
    for (int64_t i = 0; i < COUNT; i++) {
        double interval = (double)(due_ns[i] - (i > 0 ? due_ns[i - 1] : 0)) / mean_ns;
        sum += interval;
        squares += (interval - 1) * (interval - 1);
        products += (interval - 1) * before;
        longer += interval > 1;
        before = interval - 1;
    }
    double error = 5 / sqrt(COUNT);
    cr_expect_float_eq(sum / COUNT, 1, error);
    cr_expect_float_eq(squares / COUNT, 1, error * sqrt(8)); /* the fourth moment is 9 */
    cr_expect_float_eq(products / COUNT, 0, error);
    cr_expect_float_eq(longer / COUNT, exp(-1), error * 0.5);
}
