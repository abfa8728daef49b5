/* SPDX-License-Identifier: MIT */
#ifndef MEASURE_SESSION_H
#define MEASURE_SESSION_H

#include "result.h"

/*
 * Runs a plan: calibrates each case once (a control has the passes of its twin), then measures
 * round after round, each sample in a fresh process. The calling program must be single-threaded.
 */

struct session_progress {
    size_t done, total;          /* samples, calibration among them */
    const char *current;         /* id of the case being measured; NULL: finished */
    const char *given_up;        /* id of the last case that was given up; NULL: none */
    int64_t elapsed_ns, left_ns; /* left: estimated from the samples so far; -1: not known yet */
};

/* What each round measures, where that is not every case once: a comparison decides from round to
 * round which cases it needs, and when it has enough. The cases of a section then share their
 * passes, the most that one of them asks for. */
struct session_schedule {
    /* Writes the cases of the next round in the order of measuring, each as often as it is
     * measured, and returns their number; 0 ends the session. `session` holds all earlier rounds.
     */
    size_t (*next_round)(void *context, const struct session *session, size_t *ret_cases);
    /* How many rounds are planned in all, after next_round: for the progress. */
    int (*rounds)(const void *context);
    void *context;
    size_t round_samples; /* of all cases in a round, at most */
    size_t case_samples;  /* of one case in a round, at most */
};

struct session_options {
    const struct session_schedule *schedule; /* NULL: every case once in every round */
    int64_t deadline_ns;   /* on the clock. The sample that runs then is ended and not recorded, and
                              ends the session; 0: none */
    bool keep_trying;      /* do not give a case up after its first timeout */
    const int64_t *passes; /* of each case, taken over from another session; 0, NULL: calibrated */
    /* Samples of each case from earlier sessions of the same plan, in the order of their rounds.
     * They are part of the results and are not measured again. Only without a schedule. NULL: none.
     */
    const struct case_result *restored;
    int64_t number; /* of this session: sample.session */
    /* Called with each sample that was recorded, and the passes of its case; NULL: not called. */
    void (*recorded)(void *journal, size_t index, int64_t passes, const struct sample *sample);
    void *journal;
    /* Called before each sample and once at the end; NULL: not called. */
    void (*progress)(void *context, const struct session_progress *progress);
    void *context;
};

/* Measures. Failing samples are recorded and never end the session, not even where the system
 * refuses to start one; SIGINT, SIGTERM and SIGHUP do, and what was measured until then is returned
 * with interrupted_by set. Negative errno only where measuring could not begin. */
int session_run(const struct plan *plan, const struct session_options *options,
    struct session **ret_session, struct diag *diag) PCONC_CHECKED;
void session_free(struct session *session); /* NULL is fine */

#endif
