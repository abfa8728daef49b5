/* SPDX-License-Identifier: MIT */
#include "power.h"

#include <math.h>

/* The second stage of the last look has a sixth of all rounds. With 5% slower code and spreads of
 * 2% to 3.5%, anything from a sixth to a third detects as much; a sixth leaves the fewest sessions
 * of identical code inconclusive, because it takes the fewest rounds from the looks. */
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

int power_fewest(const struct rule *rule, double level) {
    int rounds = 1;

    while (rule->rank((size_t)rounds, 1 - level) == 0)
        rounds++;
    return rounds;
}

/* The chance that the interval at `level` lies above a point which is `distance` below the change.
 */
static double stage_power(
    const struct power_question *question, double level, double distance, int rounds) {
    const struct rule *rule = question->rule;

    return rule->power(
        rule->rank((size_t)rounds, 1 - level), (size_t)rounds, distance / question->spread);
}

double power_of(const struct power_question *question, double change, int first, int second) {
    double edge = question->edge, equal_level = question->equal_level;

    if (fabs(change) <= edge)
        return fmax(0,
            stage_power(question, equal_level, edge - change, first)
                + stage_power(question, equal_level, edge + change, first) - 1);
    return stage_power(question, question->level, change - edge, first)
        * stage_power(question, CONFIRM_LEVEL, change - edge, second);
}

int power_rounds(const struct power_question *question, double change, double power, int most) {
    int low = power_fewest(question->rule, question->level), first = low;

    /* Doubles, then halves the distance. One round more can have a little less power, because ranks
     * are whole numbers: the result may be a round or two above the fewest. */
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
    double low = question->edge, high = question->edge + 40 * question->spread;

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
