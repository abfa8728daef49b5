/* SPDX-License-Identifier: MIT */
#ifndef JUDGE_COMPARE_H
#define JUDGE_COMPARE_H

#include <pconc/diag.h>

#include "verdict.h"

/*
 * Judges sessions that were measured at different times. What drifts between sessions no session
 * can see: only several on each side show it. So a pair's values are the medians of its sessions,
 * one each, and its ratio is the Hodges-Lehmann shift of their logarithms with the exact
 * Mann-Whitney interval at level alpha / pairs.
 *
 * With fewer than COMPARE_SESSIONS_MIN on a side that interval says nothing, and the verdict is
 * inconclusive, unless the user says how much drift to allow: then the interval is that of the
 * sessions' own medians, of the lowest against the highest, and widened by the drift.
 */

#define COMPARE_SESSIONS_MIN 5
#define COMPARE_ALPHA 0.01 /* what five sessions a side can just reach for one pair */

/* What the sessions must have in common and have not: sentences of what differs and where, ended by
 * NULL; NULL if there is none. `names`: of the sessions, for the sentences. */
const char *const *compare_mismatches(const struct session *const *sessions,
    const char *const *names, size_t count, struct arena *arena);

/* Whether one session is there twice, *ret_pair then says where: counted again it would make a
 * difference look surer than it is. */
bool compare_repeats(const struct session *const *sessions, size_t count, size_t ret_pair[2]);

/* Rows are the cases of the first base that all sessions have, by id, without controls and what
 * cannot be measured. The verdict lives in `arena`. -EINVAL if there is no pair. */
int compare_sessions(const struct compared *compared, double alpha, struct arena *arena,
    struct gate_verdict **ret_verdict, struct diag *diag) PCONC_CHECKED;

#endif
