/* SPDX-License-Identifier: MIT */
#include "rounds.h"

#include <criterion/criterion.h>
#include <math.h>

#include "power.h"

Test(power, more_rounds_see_more) {
    const struct power_question question = {&rule_signed_rank, 0.005 / 3, 0.005, log(1.02), 0.02};
    double seen = power_detectable(&question, 0.9, 48, 12);
    int rounds = power_rounds(&question, log(1.05), 0.9, 1000);

    cr_expect_float_eq(power_of(&question, seen, 48, 12), 0.9, 1e-9);
    cr_expect_gt(power_detectable(&question, 0.9, 24, 6), seen);
    cr_expect_lt(power_detectable(&question, 0.9, 480, 120), seen);
    cr_expect_geq(power_of(&question, log(1.05), power_first_rounds(rounds),
                      rounds - power_first_rounds(rounds)),
        0.9);
    cr_expect_eq(power_rounds(&question, log(1.05), 0.9, rounds - 1), 0);
    cr_expect_eq(power_fewest(&rule_signed_rank, 0.05), 6);
}

Test(power, rounds_are_shared_between_the_stages) {
    for (int first = 35; first < 100; first++)
        cr_expect_eq(power_first_rounds(first + power_second_rounds(first)), first);
}

/* A change far above the threshold needs fewer rounds than the verdict `equivalent`. */
Test(power, no_change_is_called_equivalent) {
    const struct power_question question = {&rule_signed_rank, 0.02 / 3, 0.02, log(1.02), 0.02};
    int slower = power_rounds(&question, log(1.1), 0.9, 1000);
    int same = power_rounds(&question, 0, 0.9, 1000);

    cr_expect_gt(same, slower);
    cr_expect_geq(power_of(&question, 0, power_first_rounds(same), 0), 0.9);
    cr_expect_lt(power_of(&question, question.edge, 1000, 0), 0.01);
}

Test(rounds, no_side_has_a_better_place) {
    for (int round = 0; round < 50; round++) {
        for (int twin = 0; twin < 2; twin++) {
            enum side layout[ROUND_SAMPLES_MAX], mirrored[ROUND_SAMPLES_MAX];
            size_t count = round_layout(7, 3, round, twin, false, SIDE_SAMPLES, layout);
            size_t places[SIDES] = {0}, seen[SIDES] = {0};

            cr_assert_eq(count, twin ? 12u : 8u);
            cr_assert_eq(round_layout(7, 3, round, twin, true, SIDE_SAMPLES, mirrored), count);
            for (size_t i = 0; i < count; i++) {
                seen[layout[i]]++;
                places[layout[i]] += i;
                cr_expect_eq(layout[i], mirrored[count - 1 - i]);
            }
            for (size_t side = 0; side < (twin ? SIDES : 2u); side++) {
                cr_expect_eq(seen[side], (size_t)SIDE_SAMPLES);
                cr_expect_eq(places[side], SIDE_SAMPLES * (count - 1) / 2);
            }
        }
    }
}

Test(rounds, the_seed_draws_who_begins) {
    size_t first[SIDES] = {0};

    for (int round = 0; round < 300; round++) {
        enum side layout[ROUND_SAMPLES_MAX];

        round_layout(1, 0, round, true, false, SIDE_SAMPLES, layout);
        first[layout[0]]++;
    }
    for (size_t side = 0; side < SIDES; side++)
        cr_expect_gt(first[side], 60u);
}

/* Times grow from sample to sample by 10 of 100; B takes twice as long. */
static double drifting_ratio(int round, bool mirrored) {
    enum side layout[ROUND_SAMPLES_MAX];
    size_t count = round_layout(5, 0, round, false, mirrored, SIDE_SAMPLES, layout),
           taken[SIDES] = {0};
    double times[SIDES][SIDE_SAMPLES];

    for (size_t i = 0; i < count; i++)
        times[layout[i]][taken[layout[i]]++] =
            (layout[i] == SIDE_B ? 2 : 1) * (100 + 10.0 * (double)i);
    return round_log_ratio(times[SIDE_B], times[SIDE_A], SIDE_SAMPLES);
}

Test(rounds, steady_drift_cancels) {
    double mean = 0;

    for (int round = 0; round < 400; round++) {
        double ratio = drifting_ratio(round, round % 2);

        cr_expect_float_eq(ratio, log(2), log1p(0.1 / 3));
        mean += ratio / 400;
    }
    cr_expect_float_eq(mean, log(2), 0.005);
}

Test(rounds, one_disturbed_sample_a_side_changes_nothing) {
    const double over[SIDE_SAMPLES] = {20, 22, 900, 21}, under[SIDE_SAMPLES] = {700, 11, 10, 10.5};

    cr_expect_float_eq(round_log_ratio(over, under, SIDE_SAMPLES), log(2), 1e-12);
}

/* Of one or two samples a side. The order is drawn: each side is first about equally often. */
Test(rounds, may_have_fewer_samples) {
    for (size_t side_samples = 1; side_samples <= 2; side_samples++) {
        size_t firsts = 0;

        for (int round = 0; round < 400; round++) {
            enum side layout[ROUND_SAMPLES_MAX];
            size_t seen[SIDES] = {0};

            cr_assert_eq(
                round_layout(7, 3, round, false, false, side_samples, layout), 2 * side_samples);
            for (size_t i = 0; i < 2 * side_samples; i++)
                seen[layout[i]]++;
            cr_assert_eq(seen[SIDE_A], side_samples);
            cr_assert_eq(seen[SIDE_B], side_samples);
            cr_assert_eq(layout[2 * side_samples - 1] == layout[0], side_samples == 2);
            firsts += layout[0] == SIDE_A;
        }
        cr_expect(firsts > 150 && firsts < 250, "%zu of 400", firsts);
    }
    cr_expect_float_eq(round_log_ratio((double[]){20, 40}, (double[]){10, 20}, 2), log(2), 1e-12);
    cr_expect_float_eq(round_log_ratio((double[]){30}, (double[]){10}, 1), log(3), 1e-12);
}
