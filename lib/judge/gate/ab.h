/* SPDX-License-Identifier: MIT */
#ifndef JUDGE_AB_H
#define JUDGE_AB_H

#include "procedure.h"
#include "session.h"

/* Measures two sides, A and B, in one session, in short interleaved rounds, and judges each pair by
 * the threshold of its case of A. */

/* Makes a plan of pairs: for each a section of the case of `a`, that of `b`, and a twin of the case
 * of `a`. Ids begin with "A:" and "B:". Settings are those of `a`. Checks are left out, because
 * they are about one side. Copies cases; what they point to must outlive the plan.
 *
 * With `unpaired`, cases of the same id are a pair, and the other cases go to `unpaired`, with the
 * lifetime of the plan. -EINVAL if there is no pair. Without it the i-th cases are a pair; -EINVAL
 * unless both have the same number. */
int ab_plan(const struct plan *a, const struct plan *b, struct gate_settings *unpaired,
    struct plan **ret_plan, struct diag *diag) PCONC_CHECKED;

struct ab_options {
    struct gate_settings settings;
    int64_t max_time_ns;            /* of the whole session, with a margin; 0: no limit */
    struct session_options session; /* ab_run sets its schedule and its deadline */
    /* Gets a sentence before the first round if the time is too short; NULL: not called. */
    void (*say)(void *context, const char *sentence);
    void *say_context;
};

/* Whether ab_run accepts plan and options: -EINVAL as procedure_new if not. */
int ab_check(
    const struct plan *plan, const struct ab_options *options, struct diag *diag) PCONC_CHECKED;

/* Runs a plan of ab_plan with the rounds of the settings. *ret_verdict lives in the session's
 * arena. Errors are those of session_run and procedure_new. */
int ab_run(const struct plan *plan, const struct ab_options *options, struct session **ret_session,
    struct gate_verdict **ret_verdict, struct diag *diag) PCONC_CHECKED;

/* Judges such a session again, by the settings that it was judged by. The same samples always give
 * the same verdict. It lives in `arena`. */
int ab_judge(const struct session *session, const struct gate_settings *settings,
    struct arena *arena, struct gate_verdict **ret_verdict, struct diag *diag) PCONC_CHECKED;

#endif
