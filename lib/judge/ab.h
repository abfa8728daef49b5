/* SPDX-License-Identifier: MIT */
#ifndef JUDGE_AB_H
#define JUDGE_AB_H

#include "procedure.h"
#include "session.h"

/* Measures two sides in one session, in short interleaved pairs, and judges them: each pair by the
 * threshold of its case of A. */

/* A plan of pairs: for the i-th case of `a` and the i-th of `b` a section of these two and a twin
 * of the former. Ids begin with "A:" and "B:". -EINVAL unless both have the same number of cases.
 * Settings are those of `a`. Checks are left out: they are of one side alone. Copies cases; what
 * they point to must outlive the plan. */
int ab_plan(const struct plan *a, const struct plan *b, struct plan **ret_plan,
    struct diag *diag) PCONC_CHECKED;

struct ab_options {
    struct gate_settings settings;
    int64_t max_time_ns;            /* of the whole session, with a margin; 0: no limit */
    struct session_options session; /* who watches; its schedule is set by ab_run */
};

/* Whether the plan can be judged by the options: -EINVAL as procedure_new if not. */
int ab_check(
    const struct plan *plan, const struct ab_options *options, struct diag *diag) PCONC_CHECKED;

/* Runs the plan of ab_plan, whose rounds must be those of the settings. *ret_verdict lives in the
 * session's arena. As session_run else; -EINVAL also from procedure_new. */
int ab_run(const struct plan *plan, const struct ab_options *options, struct session **ret_session,
    struct gate_verdict **ret_verdict, struct diag *diag) PCONC_CHECKED;

/* The verdict that the raw samples of such a session give, with the settings that it was judged by:
 * always the same. Lives in `arena`. */
int ab_judge(const struct session *session, const struct gate_settings *settings,
    struct arena *arena, struct gate_verdict **ret_verdict, struct diag *diag) PCONC_CHECKED;

#endif
