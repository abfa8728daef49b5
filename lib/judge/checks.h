/* SPDX-License-Identifier: MIT */
#ifndef JUDGE_CHECKS_H
#define JUDGE_CHECKS_H

#include "verdict.h"

/* Decides the checks of a plan from the samples. Intervals are at level 5% / checks, so that all of
 * them are right in 95 of 100 sessions. */

const char *check_state_name(enum check_state state); /* "holds", "fails", "open" */

struct check_result {
    const char *text; /* what should hold; borrowed from the plan */
    enum check_state state;
    double value; /* in the unit of the limit */
    struct interval interval;
    size_t uncounted; /* a check of errors: samples that failed before they counted any */
    const char *said; /* "fails: 1.52x (1.47..1.58)" */
};

/* One per check of the plan, in the arena. */
struct check_result *checks_judge(const struct session *session, struct arena *arena);

/* Whether a check of `errors` decides what the failures of a case mean: all of them are failed
 * jobs, and the case has a valid sample or the check fails. */
bool checks_cover(const struct session *session, const struct check_result *checks, size_t index);

/* The worst of them: fails, then open, then holds. */
enum check_state checks_worst(const struct check_result *checks, size_t count);

#endif
