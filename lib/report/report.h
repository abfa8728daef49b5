/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stdio.h>

#include "model.h"

/* The output formats. Each is a file of its own, report_NAME.c, which prints the model (model.h)
 * and ends in a `const struct report_format`; report.c lists them. */

struct report_style {
    int width;  /* columns to fit; 0: no limit */
    bool color; /* escape sequences allowed */
};

struct report_format {
    const char *name;   /* "markdown" */
    const char *ending; /* file names that end so get this format: ".md"; NULL: none do */
    bool for_people;    /* reports of several sessions can follow each other, warnings included */
    /* Writes everything to `out`. The caller checks ferror(out); the result is 0 or -ENOMEM. */
    int (*emit)(FILE *out, const struct report *report, const struct report_style *style,
        struct diag *diag);
};

extern const struct report_format *const report_formats[];        /* ended by NULL */
const struct report_format *report_format_find(const char *name); /* NULL: there is none */

/* Builds the model and prints it. The result is that of `emit`. */
int report_print(FILE *out, const struct report_format *format, const struct session *session,
    const struct session_summary *summary, const struct report_style *style,
    struct diag *diag) PCONC_CHECKED;

#endif
