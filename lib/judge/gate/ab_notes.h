/* SPDX-License-Identifier: MIT */
#ifndef JUDGE_AB_NOTES_H
#define JUDGE_AB_NOTES_H

#include "result.h"
#include "verdict.h"

/* What ab says about its rows. Texts are in `arena`. */

/* "gcd/threads/2"; if the sides differ, "gcd/threads/2 vs gcd/processes/2". */
const char *ab_pair_id(
    const struct plan *plan, const struct section *pair, enum metric metric, struct arena *arena);

/* Why a row is inconclusive, and what would settle it; NULL: it is not. */
const char *ab_pair_note(const struct pair_verdict *pair, struct arena *arena);

/* Makes a row failed if a sample of its section failed: a side whose results are wrong once is not
 * right in the other samples. */
void ab_judge_failures(const struct session *session, const struct section *section,
    struct pair_verdict *pair, struct arena *arena);

/* What to do next. `rounds_least`: a verdict needs so many rounds, and fewer were made; else 0. */
const char *ab_advice(const struct gate_verdict *verdict, int rounds_least, struct arena *arena);

#endif
