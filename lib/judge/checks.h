/* SPDX-License-Identifier: MIT */
#ifndef JUDGE_CHECKS_H
#define JUDGE_CHECKS_H

#include "summary.h"

/* The checks of the plan, held against the samples. Intervals are at level 5% / checks, so that all
 * of them hold at once in 95 of 100 sessions. */

enum check_state {
    CHECK_HOLDS,
    CHECK_FAILS, /* the whole interval says so */
    CHECK_OPEN,  /* the limit lies inside the interval, or there is none */
};

const char *check_state_name(enum check_state state); /* "holds", "fails", "open" */

struct check_result {
    const char *text; /* borrowed from the plan: what should be so */
    enum check_state state;
    double value; /* in the unit of the limit */
    struct interval interval;
    size_t uncounted; /* errors: samples that failed otherwise, and so tell of none */
    const char *said; /* "fails: 1.52x (1.47..1.58)" */
};

/* One per check of the plan, in the arena. */
struct check_result *checks_judge(const struct session *session, struct arena *arena);

/* Whether all failures of a case are jobs that failed, and a check of `errors` says how many there
 * may be: then it alone decides what they mean. A case without a single valid time has failed
 * whatever the check allows, unless the check fails too. */
bool checks_cover(const struct session *session, const struct check_result *checks, size_t index);

/* The worst of them: fails before open before holds. */
enum check_state checks_worst(const struct check_result *checks, size_t count);

#endif
