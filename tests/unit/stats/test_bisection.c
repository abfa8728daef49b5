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
        bisection_add(bisection, value <= limit);
    }
    return tries;
}

Test(bisection, finds_the_largest_value_that_holds) {
    static const double limits[] = {10, 11, 499.9, 4999};

    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        struct bisection bisection = {.low = 10, .high = 5000};
        int tries = search(&bisection, limits[i]);
        cr_expect_eq(bisection_end(&bisection), BISECTION_FOUND);
        cr_expect_leq(bisection.low, limits[i]);
        cr_expect_gt(bisection.low * (1 + BISECTION_PRECISION), limits[i] * (1 - 1e-12));
        /* both ends, and halves of the logarithm of the range */
        cr_expect_eq(tries, 2 + (int)ceil(log2(log(500) / log1p(BISECTION_PRECISION))));
    }
}

Test(bisection, says_that_it_never_or_always_holds) {
    struct bisection never = {.low = 10, .high = 5000}, always = never;

    cr_expect_eq(search(&never, 9.99), 1);
    cr_expect_eq(bisection_end(&never), BISECTION_NEVER);
    cr_expect_eq(search(&always, 5000), 2);
    cr_expect_eq(bisection_end(&always), BISECTION_ALWAYS);
}
