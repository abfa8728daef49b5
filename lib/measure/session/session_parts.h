/* SPDX-License-Identifier: MIT */
#ifndef MEASURE_SESSION_PARTS_H
#define MEASURE_SESSION_PARTS_H

#include <signal.h>

#include "bisection.h"
#include "session.h"

/* For the session*.c files only. */

/* After this many failures in a row a case is not measured any more: it would fail, or hang until
 * its timeout, in every round. */
#define FAILURES_MAX 3

/* session_signals.c: blocks the signals that end a session, and opens a descriptor that reads them.
 */
int signals_catch(sigset_t *ret_old_mask, struct diag *diag) PCONC_CHECKED;

/* Takes the signals that came after the last sample, or more than once: otherwise they would end
 * the program before it has shown what was measured. The last of them, or 0. */
int signals_late(int signal_fd);

/* The rest is in session_samples.c. */

/* Writes the order of a section's cases. Each even round draws a new one, and the odd round after
 * it has the same backwards, so that drift within the two falls on all cases alike. */
void session_draw_order(
    const struct plan *plan, size_t section_index, int round, size_t *ret_cases);

/* Puts the samples of earlier sessions into the results. `failures` gets the
 * number of failures in a row of each case. */
void session_restore(struct session *session, const struct session_options *options, int *failures);

/* Whether an earlier session has measured the case in this round. */
bool session_has(
    const struct session_options *options, const struct case_result *result, int round);

/* Whether a pool meets the plan's limit of latency at this rate. */
bool session_meets_limit(const struct plan *plan, const struct latency *latency, double rate);

/* The failure of a sample, if the limit of latency was met at no rate, or at all. */
void session_explain_search(
    struct session *session, const struct bisection *bisection, struct sample *sample);

/* Records a sample, and hands it to the journal. */
void session_record(struct session *session, const struct session_options *options, size_t index,
    const struct sample *sample);

#endif
