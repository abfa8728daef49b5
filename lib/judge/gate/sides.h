/* SPDX-License-Identifier: MIT */
#ifndef JUDGE_SIDES_H
#define JUDGE_SIDES_H

#include "result.h"
#include "rounds.h"

/* How the output describes A and B of a plan of ab_plan. */

/* What side A or B is, by what the sides differ in: the paths of two plug-ins, else two executors,
 * else the values of the workload's parameters ("sort -u a"). If nothing differs: the same of both.
 * In `arena`. */
const char *side_text(const struct plan *plan, enum side side, struct arena *arena);

/* "B failed in 3 of 3 samples: MESSAGE", of the first side that has a failed sample, with its first
 * message. In `arena`; NULL: none failed. */
const char *side_failure(
    const struct session *session, const struct section *pair, struct arena *arena);

#endif
