/* SPDX-License-Identifier: MIT */
#ifndef GATE_PROCEDURE_PARTS_H
#define GATE_PROCEDURE_PARTS_H

#include "power.h"
#include "procedure.h"

/* Between the files of the procedure; for nobody else. */

enum stage { STAGE_FIRST, STAGE_SECOND, STAGE_SETTLED };

/* The pairs of a row, or of the control. */
struct series {
    double *logs;
    size_t count;
};

struct row {
    double change;    /* t, as it was given */
    double threshold; /* log(1 + t) */
    struct series pairs;
    enum stage stage;
    enum verdict verdict;
    bool suspected;
    size_t first_pairs; /* once suspected: pairs of the first stage */
    int second_start;   /* rounds that had ended by then */
    int second_end;     /* the round after which it is confirmed or not */
};

struct procedure {
    struct arena *arena;
    struct gate_settings settings;
    int rounds; /* at most, as planned from the spread; settings.rounds or fewer */
    double level;
    struct row *rows;
    size_t row_count;
    struct series control;
    bool control_failed;
    int look_at[LOOKS_MAX]; /* rounds after which to look */
    int looks_taken;
    int rounds_done;
    size_t room;                  /* pairs that a series can hold */
    double *scratch, *deviations; /* room for as many values each */
};

/* What the interval of a series says, by the rule and at the level of the rows. */
enum verdict series_call(
    const struct procedure *procedure, const struct series *series, double threshold);

/* The smallest change that matters to any row: to the control too. */
double change_least(const struct procedure *procedure);

/* What a row's pairs say to the questions of power.h. The spread is 0 if they are all the same, NaN
 * without any. */
struct power_question row_question(const struct procedure *procedure, const struct row *row);
double series_spread(const struct procedure *procedure, const struct series *series);

#endif
