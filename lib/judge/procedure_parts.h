/* SPDX-License-Identifier: MIT */
#ifndef JUDGE_PROCEDURE_PARTS_H
#define JUDGE_PROCEDURE_PARTS_H

#include "power.h"
#include "procedure.h"

/* Between the files of the procedure; for nobody else. */

/* Beyond so many rounds, saying how many it would take is no advice. */
#define SETTLE_ROUNDS_MAX 10000

enum stage { STAGE_FIRST, STAGE_SECOND, STAGE_SETTLED };

/* The ratios of a pair, or of the control. */
struct series {
    double *logs;
    size_t count;
};

struct pair {
    double change;    /* t, as it was given */
    double threshold; /* log(1 + t) */
    struct series ratios;
    enum stage stage;
    enum verdict verdict;
    bool suspected;      /* at any look */
    bool second;         /* the second stage has the last word */
    size_t first_ratios; /* of the second stage: the ratios before it */
    int second_start;    /* and the rounds */
};

struct procedure {
    struct arena *arena;
    struct gate_settings settings;
    int rounds_most;   /* that there is room for */
    int rounds_needed; /* by the spread seen, for the change to detect; 0: not known */
    int rounds;        /* at most, as planned from time and spread */
    double level;
    struct pair *pairs;
    size_t pair_count;
    struct series control;
    bool control_failed;
    int look_at[LOOKS_MAX]; /* rounds after which to look; of those taken, when that was */
    int looks_taken;
    int rounds_done;
    double *scratch, *deviations; /* room for as many values each */
};

/* The verdict on a series at the level of the pairs. */
enum verdict series_verdict(
    const struct procedure *procedure, const struct series *series, double edge);

/* What a pair's ratios say to the questions of power.h. The spread is 0 if they are all the same,
 * NaN without any. */
struct power_question pair_question(const struct procedure *procedure, const struct pair *pair);
double series_spread(const struct procedure *procedure, const struct series *series);

#endif
