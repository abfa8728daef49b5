/* SPDX-License-Identifier: MIT */
#ifndef CMD_STREAMS_H
#define CMD_STREAMS_H

#include <pconc/diag.h>

#include <stdio.h>

/* Exit codes, the one place that prints errors, and the standard streams. */

enum exit_code {
    EXIT_FINE = 0,
    EXIT_REGRESSED = 1,
    EXIT_USAGE = 2,  /* bad usage or config */
    EXIT_FAILED = 3, /* a run failed, or its results could not be written */
    EXIT_INCONCLUSIVE = 4,
    EXIT_SIGNAL = 128, /* plus the signal's number */
};

/* Prints "pconc: SENTENCE" on standard error and returns `exit_code`. */
int complain(int exit_code, const char *format, ...) PCONC_PRINTF(2, 3);

/* Ends standard output: EXIT_FINE, or EXIT_FAILED after a complaint if not all of it could be
 * written. A second call does nothing and returns the same. */
int stdout_finish(void);
/* To be asked before the work: EXIT_FAILED after a complaint if nothing can be written there. */
int stdout_check(void);
/* To be called before anything is written. Replaces closed standard streams by something that can
 * be neither read nor written, so that no file opened later gets their numbers. */
void standard_streams_prepare(void);

#endif
