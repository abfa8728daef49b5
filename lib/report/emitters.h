/* SPDX-License-Identifier: MIT */
#ifndef REPORT_EMITTERS_H
#define REPORT_EMITTERS_H

#include "report.h"

/* The emitters, as report_formats[] lists them. */

int table_emit(FILE *out, const struct session *session, const struct session_summary *summary,
    const struct report_style *style, struct diag *diag);
int json_emit(FILE *out, const struct session *session, const struct session_summary *summary,
    const struct report_style *style, struct diag *diag);
int csv_emit(FILE *out, const struct session *session, const struct session_summary *summary,
    const struct report_style *style, struct diag *diag);
int markdown_emit(FILE *out, const struct session *session, const struct session_summary *summary,
    const struct report_style *style, struct diag *diag);
int junit_emit(FILE *out, const struct session *session, const struct session_summary *summary,
    const struct report_style *style, struct diag *diag);

#endif
