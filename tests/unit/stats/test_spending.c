/* SPDX-License-Identifier: MIT */
#include "spending.h"

#include <criterion/criterion.h>
#include <math.h>

#include "distributions.h"

static double critical(double level) {
    return -normal_quantile(level / 2);
}

/* Pocock's constants, which are for equal levels: Jennison and Turnbull (2000), table 2.1. Equal
 * chances come close to them, with a first look that is stricter and a last that is less so. */
Test(spending, is_near_pococks_levels) {
    static const struct {
        int looks;
        double pocock;
    } rows[] = {{2, 2.178}, {3, 2.289}, {5, 2.413}, {10, 2.555}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int looks = rows[i].looks;
        struct spending spending = spending_start(0.05, 1, 1, looks);
        double first = critical(spending_look(&spending, 10)), last = first;

        for (int look = 2; look <= looks; look++)
            last = critical(spending_look(&spending, 10 * look));
        cr_expect_float_eq(first, critical(0.05 / looks), 1e-9);
        cr_expect(last < rows[i].pocock && rows[i].pocock < first, "%d looks: %g to %g", looks,
            first, last);
    }
}

/* Two looks: the bivariate normal probability, by fine steps. */
Test(spending, the_second_look_errs_with_its_share) {
    const double share = 0.025, rate = sqrt(0.5), spread = sqrt(0.5), step = 1e-4;
    struct spending spending = spending_start(2 * share, 1, 1, 2);
    double first = critical(spending_look(&spending, 20));
    double second = critical(spending_look(&spending, 40)), chance = 0;

    for (int i = 0; first - step * i > -8; i++) {
        double z = first - step * (i + 0.5);

        chance +=
            step * exp(-z * z / 2) / sqrt(2 * M_PI) * normal_cdf((rate * z - second) / spread);
    }
    cr_expect_float_eq(chance, share / 2, 1e-3 * share, "%.9g", chance);
}

Test(spending, far_looks_are_nearly_independent) {
    struct spending spending = spending_start(0.04, 2, 1, 2);

    cr_expect_float_eq(spending_look(&spending, 10), 0.01, 1e-12);
    cr_expect_float_eq(spending_look(&spending, 1000000), 0.01, 1e-4);
}

Test(spending, shares_decay_and_come_to_alpha) {
    struct spending spending = spending_start(0.05, 1, 0.5, 3);

    cr_expect_float_eq(spending_look(&spending, 10), 0.05 * 4 / 7, 1e-12);
    cr_expect_float_eq(spending.share, 0.05 * 2 / 7, 1e-12);
}

Test(spending, a_look_without_new_values_is_the_last_one) {
    struct spending spending = spending_start(0.05, 1, 1, 4);
    double level;

    spending_look(&spending, 10);
    level = spending_look(&spending, 13);
    cr_expect_eq(spending_look(&spending, 13), level);
    cr_expect_gt(spending_look(&spending, 17), level * 0.5);
}
