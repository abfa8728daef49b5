/* SPDX-License-Identifier: MIT */
#include "power.h"

#include <math.h>

#include "distributions.h"

/* A sixth of all rounds are kept for the second stage of the last look. More would confirm a little
 * better what that look is the first to see, and leave less to it and to the looks before it, whose
 * second stages are longer: at 5% and spreads of 2% to 3.5% a round, a third to a sixth find the
 * same, and with a sixth the fewest sessions of identical code stay inconclusive. */
#define SECOND_PART 6

static int at_least(int value, int least) {
    return value > least ? value : least;
}

int power_second_rounds(int first) {
    return at_least(first / (SECOND_PART - 1), SECOND_ROUNDS_MIN);
}

int power_first_rounds(int rounds) {
    return at_least(rounds - at_least(rounds / SECOND_PART, SECOND_ROUNDS_MIN), 0);
}

int power_fewest(double level) {
    int rounds = 1;

    while (median_interval_rank((size_t)rounds, 1 - level) == 0)
        rounds++;
    return rounds;
}

/* The chance that the interval at `level` of so many ratios lies above the threshold, each of them
 * being below it with probability `below`. */
static double stage_power(double level, double below, int rounds) {
    size_t rank = median_interval_rank((size_t)rounds, 1 - level);

    return binomial_cdf((ptrdiff_t)rank - 1, (size_t)rounds, below);
}

double power_of(const struct power_question *question, double change, int first, int second) {
    double threshold = question->threshold, spread = question->spread, level = question->level;
    double below = normal_cdf((threshold - change) / spread);

    if (fabs(change) <= threshold)
        return fmax(0,
            stage_power(level, normal_cdf((change - threshold) / spread), first)
                + stage_power(level, normal_cdf((-change - threshold) / spread), first) - 1);
    return stage_power(level, below, first) * stage_power(CONFIRM_LEVEL, below, second);
}

int power_rounds(const struct power_question *question, double change, double power, int most) {
    int low = power_fewest(question->level), first = low;

    /* Doubled until it is enough, then halved in between; ranks are whole numbers, so that one
     * round more may have a little less power: by a round or two, this is not the very fewest. */
    while (power_of(question, change, first, power_second_rounds(first)) < power) {
        low = first;
        if (first + power_second_rounds(first) > most)
            return 0;
        first *= 2;
    }
    while (first - low > 1) {
        int middle = low + (first - low) / 2;

        if (power_of(question, change, middle, power_second_rounds(middle)) < power)
            low = middle;
        else
            first = middle;
    }
    first += power_second_rounds(first);
    return first <= most ? first : 0;
}

double power_detectable(
    const struct power_question *question, double power, int first, int second) {
    double low = question->threshold, high = question->threshold + 40 * question->spread;

    if (!(power_of(question, high, first, second) >= power))
        return NAN;
    for (int i = 0; i < 60; i++) {
        double middle = low + (high - low) / 2;

        if (power_of(question, middle, first, second) < power)
            low = middle;
        else
            high = middle;
    }
    return high;
}
