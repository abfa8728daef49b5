/* SPDX-License-Identifier: MIT */
#ifndef REPORT_MODEL_H
#define REPORT_MODEL_H

#include <limits.h>

#include "verdict.h"

/*
 * The report of a session: all tables, sentences and outcomes, as texts. Every format prints these,
 * so that two formats cannot disagree. Raw samples are in `session`, figures in `summary`.
 *
 * Texts are as recorded, except cells: what a line cannot hold has been replaced there
 * (text_clean). "-" is a cell whose figure is unknown.
 */

enum report_tone { TONE_PLAIN, TONE_GOOD, TONE_BAD, TONE_WARNING };

/* How a row counts in a test report. */
enum report_outcome { OUTCOME_PASSED, OUTCOME_FAILED, OUTCOME_ERROR, OUTCOME_SKIPPED };

struct report_column {
    const char *heading;
    bool is_text; /* aligned left; numbers are aligned right */
    int rank;     /* where a table is too wide, the lowest rank is left out first */
};

/* Columns of this rank are never left out. */
#define RANK_ALWAYS INT_MAX
/* From this rank on columns are the answer: lower ones are left out earlier if all cells are "-".
 */
#define RANK_ANSWER 9

struct report_row {
    const char *id, *group; /* "gcd/threads/2" of the run "gcd" */
    const char **cells;     /* one for each column */
    ptrdiff_t bold;         /* the column that is set in bold; -1: none */
    enum report_tone tone;  /* of the whole row */
    double time_ns;         /* NaN: unknown */
    enum report_outcome outcome;
    const char *why;      /* a sentence, of every outcome but passed */
    const char *sentence; /* the whole row in one line */
};

struct report_note {
    const char *label, *text; /* "fastest", "threads/4 at 40.2 ms" */
    const char *breaks;       /* lines are broken after these characters */
    enum report_tone tone;    /* of the label */
    bool is_of_row;           /* the text is also the `why` of a row */
};

struct report_notes {
    struct report_note *items;
    size_t count, room;
};

struct report_table {
    const char *title;
    struct report_column *columns;
    size_t column_count;
    struct report_row *rows;
    size_t row_count;
    size_t label;   /* the column that identifies the row */
    bool has_sides; /* labels are "A vs B" */
    struct report_notes notes;
};

/* The cases of a section of the plan, in its order. */
struct report_section {
    struct report_table figures;
    struct report_table *latencies; /* NULL: not recorded */
};

struct report_comparison {
    struct report_table table; /* its title is the verdict; the control is the last row */
    enum report_tone tone;     /* of the verdict */
    const char *basis;         /* what the verdicts rest on: threshold, noise floor */
    const char *advice;        /* what to do next; NULL: nothing */
};

struct report {
    struct arena *arena;                   /* owns all texts and arrays */
    const struct session *session;         /* borrowed */
    const struct session_summary *summary; /* borrowed */
    const char *environment;               /* CPU, kernel, governor, rounds, seed */
    struct report_section *sections;       /* one for each of the plan */
    size_t section_count;
    struct report_comparison *comparison; /* NULL: nothing is compared */
    bool comparison_only;                 /* of the sections people are shown the latencies alone */
    struct report_table checks;           /* no columns; a row for each check of the plan */
    struct report_notes notes;            /* failures, an interruption, warnings */
};

/* The pair that a case belongs to, and its side: "A", "B" or "control"; NULL: to none. */
const struct row_verdict *report_pair_of(
    const struct gate_verdict *gate, size_t index, const char **ret_side);

/* The verdict that a pair, or the control, counts as: inconclusive where the control failed,
 * whatever its own interval says. */
enum verdict report_verdict(const struct gate_verdict *gate, const struct row_verdict *pair);

/* Never fails. `session` and `summary` must outlive the report. */
struct report *report_new(const struct session *session, const struct session_summary *summary);
void report_free(struct report *report);

#endif
