/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <math.h>

#include "verdict.h"

#define EDGE 0.02

Test(verdict, follows_from_where_the_interval_lies) {
    static const struct {
        struct interval logs;
        enum verdict verdict;
    } cases[] = {
        {{0.021, 0.05}, VERDICT_REGRESSED},
        {{EDGE, 0.05}, VERDICT_INCONCLUSIVE},
        {{-0.05, -0.021}, VERDICT_IMPROVED},
        {{-0.05, -EDGE}, VERDICT_INCONCLUSIVE},
        {{-EDGE, EDGE}, VERDICT_EQUIVALENT},
        {{0.01, 0.01}, VERDICT_EQUIVALENT},
        {{-0.01, 0.021}, VERDICT_INCONCLUSIVE},
        {{-0.021, 0.01}, VERDICT_INCONCLUSIVE},
        {{-1, 1}, VERDICT_INCONCLUSIVE},
        {{NAN, NAN}, VERDICT_INCONCLUSIVE},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        cr_expect_eq(verdict_of(cases[i].logs, cases[i].logs, EDGE), cases[i].verdict, "%zu", i);
}

/* The interval of an alarm, and the narrower one of `equivalent`. */
Test(verdict, has_an_interval_for_alarms_and_one_for_equivalent) {
    static const struct {
        struct interval alarm, equal;
        enum verdict verdict;
    } cases[] = {
        {{-0.03, 0.03}, {-0.01, 0.01}, VERDICT_EQUIVALENT},
        {{-0.03, 0.05}, {-0.01, 0.021}, VERDICT_INCONCLUSIVE},
        {{0.01, 0.05}, {0.03, 0.04}, VERDICT_INCONCLUSIVE},
        {{-0.05, 0.01}, {-0.04, -0.03}, VERDICT_INCONCLUSIVE},
        {{0.021, 0.05}, {0.03, 0.04}, VERDICT_REGRESSED},
        {{NAN, NAN}, {-0.01, 0.01}, VERDICT_EQUIVALENT},
        {{NAN, NAN}, {0.03, 0.04}, VERDICT_INCONCLUSIVE},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        cr_expect_eq(verdict_of(cases[i].alarm, cases[i].equal, EDGE), cases[i].verdict, "%zu", i);
}

Test(verdict, of_a_check_follows_from_one_limit) {
    cr_expect_eq(check_of((struct interval){1, 2}, 2), CHECK_HOLDS);
    cr_expect_eq(check_of((struct interval){2, 3}, 2), CHECK_OPEN);
    cr_expect_eq(check_of((struct interval){2.1, 3}, 2), CHECK_FAILS);
    cr_expect_eq(check_of((struct interval){NAN, NAN}, 2), CHECK_OPEN);
}

Test(verdict, of_several_rows_is_the_worst) {
    static const enum verdict from_worst[] = {VERDICT_FAILED, VERDICT_REGRESSED,
        VERDICT_INCONCLUSIVE, VERDICT_IMPROVED, VERDICT_EQUIVALENT};

    for (size_t i = 0; i < 5; i++)
        for (size_t j = 0; j < 5; j++)
            cr_expect_eq(verdict_worse(from_worst[i], from_worst[j]), from_worst[i < j ? i : j]);
}
