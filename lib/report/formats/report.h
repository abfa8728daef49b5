/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stdio.h>

#include "model.h"

/* The output formats, in the order of `pconc list formats`. A new one is a line here and a file
 * report_NAME.c, which prints the model (model.h) and ends in
 * `const struct report_format NAME_format`. */
/* clang-format off */
#define EACH_FORMAT(first, next) \
    first(table, "table") \
    next(json, "json") \
    next(csv, "csv") \
    next(markdown, "markdown") \
    next(junit, "junit") \
    next(gobench, "gobench") \
    next(pyperf, "pyperf") \
    next(bmf, "bmf") \
    next(smaller_is_better, "smaller-is-better") \
    next(openmetrics, "openmetrics") \
    next(github, "github")
/* clang-format on */

#define REPORT_NAME(identifier, name) name
#define REPORT_NEXT_NAME(identifier, name) ", " name
#define REPORT_NAMES EACH_FORMAT(REPORT_NAME, REPORT_NEXT_NAME) /* "table, json, csv, ..." */

/* Whether the column that draws the samples of each case is shown. */
enum report_plot {
    PLOT_NEVER,
    PLOT_IF_ROOM, /* it is the first column that is left out */
    PLOT_ALWAYS,  /* other columns are left out */
};

struct report_style {
    int width;  /* columns of the terminal; 0: no limit */
    bool color; /* escape sequences are allowed */
    enum report_plot plot;
};

/* What is printed, and where. All of it is borrowed; texts made meanwhile live in report->arena. */
struct printer {
    FILE *out;
    const struct report *report;
    const struct report_style *style;
};

struct report_format {
    const char *name;    /* "markdown", as in EACH_FORMAT */
    const char *summary; /* for `pconc list formats`: who reads it */
    const char *ending;  /* files with this ending get this format: ".md"; NULL: none */
    bool for_people;     /* the reports of several sessions can follow each other */
    bool plots_in_files; /* draws samples by default; else only a terminal shows them */
    bool is_commands;    /* its reader obeys lines, and so would obey those of measured programs */
    /* Writes everything to `out`. 0, or negative: out of memory. The caller checks ferror(out). */
    int (*emit)(const struct printer *printer);
};

extern const struct report_format *const report_formats[];        /* ended by NULL */
const struct report_format *report_format_find(const char *name); /* NULL: not found */

/* Builds the model and prints it. 0 or -ENOMEM. */
int report_print(FILE *out, const struct report_format *format, const struct session *session,
    const struct session_summary *summary, const struct report_style *style,
    struct diag *diag) PCONC_CHECKED;

#endif
