/* SPDX-License-Identifier: MIT */
#ifndef MEASURE_SESSION_PARTS_H
#define MEASURE_SESSION_PARTS_H

#include <signal.h>

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

/* session_resume.c: puts the samples of earlier sessions into the results. `failures` gets the
 * number of failures in a row of each case. */
void session_restore(struct session *session, const struct session_options *options, int *failures);

/* Whether an earlier session has measured the case in this round. */
bool session_has(
    const struct session_options *options, const struct case_result *result, int round);

/* Records a sample, and hands it to the journal. */
void session_record(struct session *session, const struct session_options *options, size_t index,
    const struct sample *sample);

#endif
