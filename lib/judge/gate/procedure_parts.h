/* SPDX-License-Identifier: MIT */
#ifndef JUDGE_PROCEDURE_PARTS_H
#define JUDGE_PROCEDURE_PARTS_H

#include "power.h"
#include "procedure.h"
#include "spending.h"

/* For procedure.c and procedure_judge.c only. */

/* More rounds than these are no advice. */
#define SETTLE_ROUNDS_MAX 10000

enum stage { STAGE_FIRST, STAGE_SECOND, STAGE_SETTLED };

/* The ratios of a pair, or of the control. */
struct series {
    double *logs;
    size_t count;
};

/* Of the intervals of one look. */
struct levels {
    double alarm, equal, control;
};

struct pair {
    double threshold; /* 0.02: changes up to 2% do not matter */
    double edge;      /* log(1 + threshold) */
    struct series ratios;
    enum stage stage;
    enum verdict verdict;
    struct levels levels; /* of the last look at it */
    bool suspected;       /* by any look */
    bool second;          /* the second stage decides, or has decided */
    size_t first_ratios;  /* before the second stage began */
    int second_start;     /* the rounds before it */
};

struct procedure {
    struct arena *arena;
    struct gate_settings settings;
    int rounds_most;   /* there is room for these */
    int rounds_needed; /* to detect the change, by the spread so far; 0: not known */
    int rounds;        /* at most, by the present plan */
    const struct rule *rule;
    struct levels levels; /* of the last look; before it, of the first */
    struct {
        struct spending alarm, equal, control;
    } spent;
    struct pair *pairs;
    size_t pair_count;
    struct series control;
    bool control_failed;
    int look_at[LOOKS_MAX]; /* rounds before each look, planned or taken */
    int looks_taken;
    int rounds_done;
    double *scratch, *deviations; /* room for rounds_most values each */
};

struct interval series_interval(
    const struct procedure *procedure, const struct series *series, double level);

/* The question of power.h for a pair. The spread is 0 if all ratios are equal, NaN if there are
 * none. */
struct power_question pair_question(const struct procedure *procedure, const struct pair *pair);
double series_spread(const struct procedure *procedure, const struct series *series);

#endif
