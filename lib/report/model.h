/* SPDX-License-Identifier: MIT */
#ifndef REPORT_MODEL_H
#define REPORT_MODEL_H

#include <limits.h>

#include "verdict.h"

/*
 * The report of a session: all tables, sentences and outcomes, as texts. Every format prints these,
 * so that two formats cannot disagree. Raw samples are in `session`, figures in `summary`.
 *
 * Texts are as recorded; only cells have been cleaned for one line (text_clean). "-" is a cell
 * whose figure is unknown.
 */

enum report_tone { TONE_PLAIN, TONE_GOOD, TONE_BAD, TONE_WARNING };

/* How a row counts in a test report. */
enum report_outcome { OUTCOME_PASSED, OUTCOME_FAILED, OUTCOME_ERROR, OUTCOME_SKIPPED };

struct report_column {
    const char *heading;
    bool is_text; /* aligned left; numbers are aligned right */
    int rank;     /* where a table is too wide, the lowest rank is left out first */
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Columns of this rank are never left out. */
#define RANK_ALWAYS INT_MAX
/* From this rank on, columns are the answer. Of lower ranks, empty columns are left out first. */
#define RANK_ANSWER 9

struct report_row {
    const char *id, *group; /* "gcd/threads/2" of the run "gcd" */
    const char **cells;     /* one for each column */
    ptrdiff_t bold;         /* the column that is set in bold; -1: none */
    enum report_tone tone;  /* of the whole row */
    double time_ns;         /* NaN: unknown */
    size_t index;           /* of the case, in the plan; sections and latencies only */
    double ratio;           /* B/A of a pair; NaN: unknown. Comparisons only */
    enum report_outcome outcome;
    const char *why;      /* a sentence, of every outcome but passed */
    const char *sentence; /* the whole row in one line */
};

enum report_note_kind {
    NOTE_OF_TABLE,
    NOTE_OF_ROW,   /* the `why` of a row says the same */
    NOTE_OF_TITLE, /* the title says the same */
};

struct report_note {
    const char *label, *text; /* "fastest", "threads/4 at 40.2 ms" */
    enum report_tone tone;    /* of the label */
    enum report_note_kind kind;
    const char *breaks; /* its lines are broken after these characters; NULL: at blanks */
};

struct report_notes {
    struct report_note *items;
    size_t count, room;
};

enum report_block_kind {
    BLOCK_SECTION,    /* the figures of its cases, in the order of the plan */
    BLOCK_LATENCIES,  /* of the jobs of a section */
    BLOCK_COMPARISON, /* a row for each pair, then the control; the title is the verdict */
    BLOCK_CHECKS,     /* rows without cells, and a note for each */
    BLOCK_NOTES,      /* of the session: failures, an interruption, warnings. No rows */
};

/* A part of the report. Formats for people print all blocks in order; other formats choose. */
struct report_block {
    enum report_block_kind kind;
    bool is_hidden;       /* from people: the section of a comparison of two sides */
    const char *title;    /* NULL: that of the block before */
    const char *subtitle; /* NULL: none */
    struct report_column *columns;
    size_t column_count;
    size_t label;   /* the column that identifies the row */
    ptrdiff_t plot; /* the column that draws the samples (plot.h); -1: none */
    struct report_row *rows;
    size_t row_count;
    struct report_notes intro; /* above the table */
    struct report_notes notes; /* below it */
};

struct report {
    struct arena *arena;                   /* owns all texts and arrays */
    const struct session *session;         /* borrowed */
    const struct session_summary *summary; /* borrowed */
    const char *environment;               /* CPU, kernel, governor, rounds, seed */
    const bool *has_names; /* of each section: whether its cases have different names */
    const double *reaches; /* of each section: the reach of its plots (plot.h) */
    struct report_block *blocks;
    size_t block_count;
};

/* The pair of a case and its side: "A", "B" or "control". NULL: it has none. */
const struct pair_verdict *report_pair_of(
    const struct gate_verdict *gate, size_t index, const char **ret_side);

/* The verdict of a pair or of the control. All pairs are inconclusive if the control failed. */
enum verdict report_verdict(const struct gate_verdict *gate, const struct pair_verdict *pair);

/* Never fails. `session` and `summary` must outlive the report. */
struct report *report_new(const struct session *session, const struct session_summary *summary);
void report_free(struct report *report);

#endif
