/* SPDX-License-Identifier: MIT */
#ifndef CMD_MEASURING_H
#define CMD_MEASURING_H

#include "options.h"
#include "progress.h"

/* What bench and ab do before and after the session. */
struct measuring {
    struct outputs outputs;
    struct progress_line line;
    struct session_options session; /* with the progress line where the terminal can show it */
};

/* Opens the outputs. EXIT_FINE, or an exit code after a complaint. Close it whatever it returned.
 */
int measuring_open(const struct options *options, struct measuring *ret_measuring);
void measuring_close(struct measuring *measuring);

/* Writes the results, and explains on standard error what went wrong. The exit code, the first that
 * applies: interrupted, a run failed, the results could not be written, the verdict's. */
int measuring_report(struct measuring *measuring, const struct options *options,
    const struct session *session, const struct session_summary *summary);

#endif
