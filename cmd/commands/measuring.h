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

/* Writes the results and ends standard output. EXIT_FINE or EXIT_FAILED. */
int measuring_write(struct measuring *measuring, const struct session *session,
    const struct session_summary *summary);

/* The exit code of the session; explains it on standard error. `written` is the result of
 * measuring_write. The first that applies: interrupted, a run failed, not written, the verdict. */
int measuring_exit(const struct measuring *measuring, const struct options *options, int written,
    const struct session *session, const struct session_summary *summary);

#endif
