/* SPDX-License-Identifier: MIT */
#ifndef JUDGE_WARNINGS_H
#define JUDGE_WARNINGS_H

#include "summary.h"

/* Above these limits, something else may have changed the times of the session. */
#define STEAL_SHARE_MAX 0.01  /* of all CPUs' time */
#define OTHERS_SHARE_MAX 0.05 /* time of other programs / time of the usable CPUs */
#define STRUCK_SHARE 0.8      /* cases with this part of a disturbance are named, if they are few */
#define SPREAD_MAX 0.10       /* half an interval's width / its median */
#define HELD_SHARE_MIN 0.5    /* time in which a case's loops did not wait for tasks / its time */
#define HELD_CPU_SHARE_MAX 0.25 /* the part of that time in which they computed */
#define INTERVAL_ROUNDS_MIN 6   /* the fewest that give an interval at CONFIDENCE */

/* Fills summary->warnings from the rest of the summary. Texts are in summary->arena. */
void warnings_find(const struct session *session, struct session_summary *summary);

#endif
