/* SPDX-License-Identifier: MIT */
#ifndef JUDGE_POWER_H
#define JUDGE_POWER_H

/*
 * How many rounds it takes, and what so many rounds can see. Changes and thresholds are logarithms
 * of ratios, `spread` is the standard deviation of the ratios' log-ratios, taken as normal; the
 * rest is exact: the k-th smallest of n ratios lies above the threshold if fewer than k ratios lie
 * below.
 */

struct power_question {
    double level;     /* of the first stage's interval */
    double threshold; /* >= 0 */
    double spread;    /* > 0 */
};

/* The rounds of the second stage after `first` rounds of the first at the last look. */
int power_second_rounds(int first);

/* Rounds that the first stage has of `rounds` in all. */
int power_first_rounds(int rounds);

/* The fewest rounds of a first stage whose interval at `level` is known. */
int power_fewest(double level);

/* The chance that a change above the threshold is called and confirmed with `first` + `second`
 * rounds; that one within it is called equivalent with `first`, at least. */
double power_of(const struct power_question *question, double change, int first, int second);

/* Rounds in all, both stages, that call `change` what it is with `power`; 0: not below `most`. */
int power_rounds(const struct power_question *question, double change, double power, int most);

/* The smallest change that `first` + `second` rounds find with `power`. */
double power_detectable(const struct power_question *question, double power, int first, int second);

/* The second stage confirms where its own interval at this level lies above the threshold: one side
 * of it is wrong in one of ten, on top of the first stage's level. */
#define CONFIRM_LEVEL 0.2
#define SECOND_ROUNDS_MIN 7 /* the fewest of which one may be off */

#endif
