/* SPDX-License-Identifier: MIT */
#include "bisection.h"

#include <criterion/criterion.h>
#include <math.h>

/* Values up to `limit` hold. Returns the number of tries. */
static int search(struct bisection *bisection, double limit) {
    double value;
    int tries = 0;

    while ((value = bisection_next(bisection)) > 0) {
        cr_assert_lt(++tries, 100);
        cr_assert_geq(value, bisection->low);
        cr_assert_leq(value, fmin(bisection->high, fmax(bisection->low, 2 * limit)));
        bisection_add(bisection, value <= limit);
    }
    return tries;
}

Test(bisection, finds_the_largest_value_that_holds) {
    static const double limits[] = {10, 11, 19.99, 20, 499.9, 4999};

    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        struct bisection bisection = {.low = 10, .high = 5000};
        int tries = search(&bisection, limits[i]);
        cr_expect_eq(bisection_end(&bisection), BISECTION_FOUND);
        cr_expect_leq(bisection.held, limits[i]);
        cr_expect_gt(bisection.held * (1 + BISECTION_PRECISION), limits[i] * (1 - 1e-12));
        /* doubled until it does not hold, and then halves of the logarithm of 2 */
        cr_expect_leq(tries, 2 + (int)(log2(limits[i] / 10)) + 6, "%d", tries);
    }
}

Test(bisection, says_that_it_never_or_always_holds) {
    struct bisection never = {.low = 10, .high = 5000}, always = never;

    cr_expect_eq(search(&never, 9.99), 1);
    cr_expect_eq(bisection_end(&never), BISECTION_NEVER);
    cr_expect_eq(search(&always, 5000), 10); /* 10, 20, 40 .. 2560, 5000 */
    cr_expect_eq(bisection_end(&always), BISECTION_ALWAYS);
}
