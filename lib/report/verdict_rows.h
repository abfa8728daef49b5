/* SPDX-License-Identifier: MIT */
#ifndef REPORT_VERDICT_ROWS_H
#define REPORT_VERDICT_ROWS_H

#include "arena.h"
#include "verdict.h"

/* The rows of a comparison as texts, for every emitter that prints them. Texts live in `arena`. */

enum {
    VERDICT_ROW,
    VERDICT_A,
    VERDICT_B,
    VERDICT_RATIO,
    VERDICT_INTERVAL,
    VERDICT_THRESHOLD,
    VERDICT_WORD,
    VERDICT_ROUNDS,
    VERDICT_COLUMNS
};

extern const char *const verdict_headings[VERDICT_COLUMNS];

/* Whether a column's texts stand left; numbers stand right. */
bool verdict_column_is_text(size_t column);

/* Those that say something, and how many: the threshold only where rows have different ones. */
size_t verdict_columns(const struct gate_verdict *gate, size_t ret_columns[VERDICT_COLUMNS]);

/* Whether the tables of the session are printed: of a comparison (NULL: there is none) only where
 * the session was measured for its own sake too. */
bool verdict_has_tables(const struct gate_verdict *gate);

/* What a row of `gate`, or its control, counts as: where the control failed, no difference means
 * anything, and every row is inconclusive whatever its own interval says. */
enum verdict verdict_counted(const struct gate_verdict *gate, const struct row_verdict *row);

/* "-" for what is unknown; clean text. */
const char *verdict_cell(struct arena *arena, const struct gate_verdict *gate,
    const struct row_verdict *row, size_t column);

/* Why the row is what it counts as; NULL: there is nothing to say. */
const char *verdict_note(
    struct arena *arena, const struct gate_verdict *gate, const struct row_verdict *row);

/* "regressed: B takes 1.051x the time of A (1.041..1.060) in 24 rounds, threshold 2%; NOTE" */
const char *verdict_sentence(
    struct arena *arena, const struct gate_verdict *gate, const struct row_verdict *row);

/* What the verdicts rest on: the threshold of all rows, noise floor and smallest detectable change;
 * of saved sessions, that they are. */
const char *verdict_basis(struct arena *arena, const struct gate_verdict *gate);

/* The row of a case and the side it stands for: "A", "B" or "control"; NULL: of no row. */
const struct row_verdict *verdict_row_of(
    const struct gate_verdict *gate, size_t index, const char **ret_side);

#endif
