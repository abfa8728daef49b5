/* SPDX-License-Identifier: MIT */
#ifndef REPORT_MODEL_PARTS_H
#define REPORT_MODEL_PARTS_H

#include "model.h"

/* Between the files of the model. All texts live in the report's arena. */

/* Adds a note unless its text is NULL. */
void notes_add(struct arena *arena, struct report_notes *notes, struct report_note note);

/* model_columns.c: columns and rows of a section; of the rows only the cells. */
void block_fill_figures(
    const struct report *report, const struct section *section, struct report_block *block);
void block_fill_latencies(
    const struct report *report, const struct section *section, struct report_block *block);
/* For report.has_names and report.reaches. */
const bool *sections_with_names(struct arena *arena, const struct plan *plan);
const double *sections_reaches(const struct report *report);

/* model_sentences.c. NULL: nothing to say. */
const char *environment_sentence(const struct report *report);
/* "threads/4 at 40.2 ms, 3.98x serial (3.95..4.01); not separable from it: coroutines/1" */
const char *fastest_sentence(const struct report *report, const struct section *section);
/* "threads/4 against its twin 1.002 (0.991..1.013): ..." */
const char *control_sentence(const struct report *report, const struct section *section);
/* "threads chunk=auto spin=20us; coroutines stack=64KiB": the pool parameters that all cases of an
 * executor share. */
const char *pools_sentence(const struct report *report, const struct section *section);
/* "serial, threads cannot start tasks": which executors were not measured, and why. */
const char *impossible_sentence(const struct report *report, const struct section *section);
/* "takes up to 57% of ...": recording latencies takes considerable time. */
const char *recording_sentence(const struct report *report, const struct section *section);
/* "threads/2 started 312 of 500 jobs a second ...": the pool of a case was too slow for the rate.
 */
const char *too_slow_sentence(const struct report *report, size_t index);
/* Which jobs have no recorded latency. */
const char *missing_sentence(const struct report *report, const struct section *section);
/* "gcd/processes/2: 3 of 10 samples: killed by signal 9" */
const char *failure_sentence(const struct report *report, size_t index);
/* "rounds 1 to 4 by the session of 2026-01-31T12:00:00Z, ...": which session measured what. */
const char *resumed_sentence(const struct report *report);
/* "by SIGINT: 3 of 10 rounds are complete" */
const char *interruption_sentence(const struct report *report);

/* model_comparison.c: the whole block. */
void block_fill_comparison(
    struct arena *arena, const struct gate_verdict *gate, struct report_block *block);

/* Whether people see only the comparison and no section. `gate` may be NULL. */
bool is_comparison_only(const struct gate_verdict *gate);

#endif
