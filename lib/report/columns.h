/* SPDX-License-Identifier: MIT */
#ifndef REPORT_COLUMNS_H
#define REPORT_COLUMNS_H

#include "layout.h"
#include "summary.h"

/* The table of a section as texts, for every emitter that prints one. */

struct column {
    const char *heading;
    bool is_text; /* stands left; numbers stand right */
    int dropped;  /* where a table is too wide, the column with the least goes first; INT_MAX never
                   */
    /* Whether there is anything to say in a section. NULL: always. */
    bool (*wanted)(const struct session *session, const struct session_summary *summary,
        const struct section *section);
    /* Writes the cell of a case. */
    void (*show)(const struct session *session, const struct session_summary *summary, size_t index,
        char *buf, size_t size);
};

#define COLUMNS_MAX 16

/* Rows are the cases of the section, in its order. */
struct grid {
    size_t column_count, row_count;
    size_t executor; /* the column that names it; a label in it may be long */
    const struct column *columns[COLUMNS_MAX];
    const char **cells; /* by row, then column; clean text */
};

/* Lives in `arena`. */
struct grid *grid_new(struct arena *arena, const struct session *session,
    const struct session_summary *summary, const struct section *section);

/* The table of latencies; NULL: nobody asked for them. */
struct grid *latency_grid_new(struct arena *arena, const struct session *session,
    const struct session_summary *summary, const struct section *section);

#define LATENCY_TITLE "latency of single jobs, from submission to completion"

/* Of jobs that were not recorded; NULL: all were. */
const char *latency_gap(
    struct arena *arena, const struct session *session, const struct section *section);

/* How much recording itself weighs where it does: "takes up to 57% of ..."; else NULL. */
const char *latency_answer(struct arena *arena, const struct session *session,
    const struct session_summary *summary, const struct section *section);

/* A table of these columns behind those that name the case. */
struct grid *grid_make(struct arena *arena, const struct session *session,
    const struct session_summary *summary, const struct section *section, const struct column *own,
    size_t count);

static inline const char *grid_cell(const struct grid *grid, size_t row, size_t column) {
    return grid->cells[row * grid->column_count + column];
}

/* Whether a column holds nothing but "-". */
bool grid_is_silent(const struct grid *grid, size_t column);

/* Numbers with as many digits as their interval gives sense to (where it is unknown, with three or
 * four), so that cases that can be told apart look apart: the steps of the last digit are at most
 * a fifth of the interval's width. Three to five digits, of ratios four. "-" for NaN. An interval
 * is in the unit of its number and is shown without it. */
#define SHOWN_MAX 64
void show_time(double ns, struct interval interval, char *buf, size_t size);
void show_time_interval(double ns, struct interval interval, char *buf, size_t size);
void show_ratio(struct ratio ratio, char *buf, size_t size);
void show_ratio_interval(struct ratio ratio, char *buf, size_t size);

/* Whether the cases of a section go by different names, so that an executor and its workers do not
 * tell which is meant. */
bool section_has_names(const struct session *session, const struct section *section);

#endif
