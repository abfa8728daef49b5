/* SPDX-License-Identifier: MIT */
#ifndef CMD_MEASURING_H
#define CMD_MEASURING_H

#include "options.h"
#include "session.h"
#include "summary.h"

/* What bench and ab do in different ways. */
struct measuring {
    /* Runs the session. As session_run. */
    int (*run)(void *context, const struct session_options *how, struct session **ret_session,
        struct diag *diag);
    /* Adds the verdict to the summary. EXIT_FINE, or an exit code after a complaint. */
    int (*judge)(void *context, const struct session *session, struct session_summary *summary);
    /* The results were written to all files. NULL: not called. */
    void (*written)(void *context, const struct session *session);
    void *context;
};

/* Opens the outputs, runs and judges a session, writes the results, and explains on standard error
 * what went wrong. The exit code, the first that applies: a complaint before or about the session,
 * interrupted, a run failed, the results could not be written, the verdict's. */
int measure_and_report(const struct options *options, const struct measuring *measuring);

#endif
