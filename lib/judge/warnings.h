/* SPDX-License-Identifier: MIT */
#ifndef JUDGE_WARNINGS_H
#define JUDGE_WARNINGS_H

#include "summary.h"

/* Above these, what happened around the session may show in its times. */
#define STEAL_SHARE_MAX 0.01 /* of all CPUs' time */
#define LOAD_SHARE_MAX 0.25  /* of the usable CPUs, by the load average before the start */
#define LOAD_MIN 0.5         /* below, a load average is the machine's own small change */
#define SPREAD_MAX 0.10      /* half an interval's width / its median */
#define HELD_SHARE_MIN 0.5   /* of a session's time that loops of a case did not wait for tasks */
#define HELD_CPU_SHARE_MAX 0.25 /* of that time in which they computed */
#define INTERVAL_ROUNDS_MIN 6   /* the fewest that give an interval at CONFIDENCE */

/* Fills summary->warnings from all that is there already. Texts go into summary->arena. */
void warnings_find(const struct session *session, struct session_summary *summary);

#endif
