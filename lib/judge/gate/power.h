/* SPDX-License-Identifier: MIT */
#ifndef JUDGE_POWER_H
#define JUDGE_POWER_H

#include "rule.h"

/*
 * How many rounds are needed, and what a number of rounds can detect. Changes and edges are
 * logarithms of ratios. The ratios are taken as normal.
 */

struct power_question {
    const struct rule *rule;
    double level;       /* of the first stage's interval */
    double equal_level; /* of the interval that must lie within the edges */
    double edge;        /* log(1 + threshold) */
    double spread;      /* standard deviation of the log-ratios, > 0 */
};

/* The rounds of the second stage if the last look is after `first` rounds. */
int power_second_rounds(int first);

/* The rounds of the first stage if both stages have `rounds`. */
int power_first_rounds(int rounds);

/* The fewest rounds whose interval at `level` is known. */
int power_fewest(const struct rule *rule, double level);

/* The chance that a change above the edge is called and confirmed with `first` + `second` rounds.
 * For a change within it: the least chance that `first` rounds call it equivalent. */
double power_of(const struct power_question *question, double change, int first, int second);

/* The rounds of both stages that give `change` the right verdict with `power`; 0: more than `most`.
 */
int power_rounds(const struct power_question *question, double change, double power, int most);

/* The smallest change that `first` + `second` rounds detect with `power`; NaN: none. */
double power_detectable(const struct power_question *question, double power, int first, int second);

/* The level of the second stage's own interval. Its one side errs in 1 of 10 sessions, in addition
 * to the level of the first stage. */
#define CONFIRM_LEVEL 0.2
#define SECOND_ROUNDS_MIN 7 /* the fewest of which one may be wrong */

#endif
