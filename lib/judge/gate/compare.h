/* SPDX-License-Identifier: MIT */
#ifndef JUDGE_COMPARE_H
#define JUDGE_COMPARE_H

#include <pconc/diag.h>

#include "verdict.h"

/*
 * Judges sessions that were measured at different times. A single session cannot detect drift
 * between sessions; several sessions on each side can. The values of a pair are the medians of its
 * case, one for each session. Its ratio is the Hodges-Lehmann shift of their logarithms, with the
 * exact Mann-Whitney intervals at the levels alpha / pairs and, for `equivalent`, equal_alpha
 * (procedure.h).
 *
 * With fewer than COMPARE_SESSIONS_MIN sessions on a side that interval means nothing, and the
 * verdict is inconclusive, unless the user says how much drift to allow. Then the interval comes
 * from the sessions' own medians, the lowest against the highest, and is widened by the drift.
 */

#define COMPARE_SESSIONS_MIN 5
#define COMPARE_ALPHA 0.01 /* five sessions a side can just reach it for one pair */

/* What must be the same in all sessions and is not: sentences that say what differs where, ended by
 * NULL; NULL: nothing. `names`: of the sessions, for the sentences. */
const char *const *compare_mismatches(const struct session *const *sessions,
    const char *const *names, size_t count, struct arena *arena);

/* Whether their inputs differ. That makes no time incomparable, but adds noise. */
bool compare_seeds_differ(const struct session *const *sessions, size_t count);

/* Whether one session is there twice, and where. Counted twice, it would make a difference look
 * surer than it is. */
bool compare_repeats(const struct session *const *sessions, size_t count, size_t ret_pair[2]);

/* Pairs are the cases that all sessions have and can measure, by id, in the order of the first
 * base, without controls. Cases that all sessions of one side have, and not all of the other, are
 * unpaired. Of `settings` only alpha, equal_alpha and allow_missing count. The verdict lives in
 * `arena`. -EINVAL if there is no pair. */
int compare_sessions(const struct compared *compared, const struct gate_settings *settings,
    struct arena *arena, struct gate_verdict **ret_verdict, struct diag *diag) PCONC_CHECKED;

#endif
