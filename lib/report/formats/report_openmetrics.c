/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "checks.h"
#include "format_parts.h"

/*
 * OpenMetrics 1.0 (prometheus.io/docs/specs/om/open_metrics_spec), for Prometheus and the metrics
 * report of GitLab. GitLab compares values as texts and shows each that changed. So figures are
 * rounded to two digits, and neither the seed nor the time of the session is here.
 */

/* Escaped as the specification says. Other blanks and control characters become ' ', because
 * readers may break lines there. */
static void put_label(FILE *out, const char *before, const char *name, const char *text) {
    fprintf(out, "%s%s=\"", before, name);
    while (*text) {
        unsigned code = 0;
        size_t bytes = utf8_char(text, &code);
        if (bytes == 0)
            fputc('?', out);
        else if (code == '\n')
            fputs("\\n", out);
        else if (utf8_is_blank(code))
            fputc(' ', out);
        else if (code == '"' || code == '\\')
            fprintf(out, "\\%c", (char)code);
        else
            fwrite(text, 1, bytes, out);
        text += bytes ? bytes : 1;
    }
    fputc('"', out);
}

/* 0.0804 becomes 0.080, written as 0.08. */
static void put_number(FILE *out, double number) {
    char text[64];
    (void)snprintf(text, sizeof(text), "%.1e", number);
    fprintf(out, " %.12g\n", strtod(text, NULL));
}

static void put_family(
    FILE *out, const char *name, const char *type, const char *unit, const char *help) {
    fprintf(out, "# TYPE %s %s\n", name, type);
    if (unit)
        fprintf(out, "# UNIT %s %s\n", name, unit);
    fprintf(out, "# HELP %s %s\n", name, help);
}

/* A figure of each case: a double in its summary, times `scale`. */
struct family {
    const char *name, *unit, *help;
    size_t figure;
    double scale;
};

#define FIGURE(member) offsetof(struct case_summary, member)

static const struct family families[] = {
    {"pconc_time_seconds", "seconds", "Median time of all jobs with start and end of the pool.",
        FIGURE(time_ns), 1e-9},
    {"pconc_run_seconds", "seconds", "Median time of all jobs in an open pool.", FIGURE(run_ns),
        1e-9},
    {"pconc_peak_memory_bytes", "bytes", "Largest peak of resident memory.", FIGURE(max_rss_bytes),
        1},
    {"pconc_p99_latency_seconds", "seconds", "Median of the samples' 99th percentile of latency.",
        FIGURE(latency.p99_ns), 1e-9},
};

static bool is_figure_known(
    const struct report *report, const struct family *family, size_t index, double *ret_figure) {
    const void *figure = (const char *)&report->summary->cases[index] + family->figure;
    *ret_figure = family->scale * *(const double *)figure;
    return isfinite(*ret_figure) && *ret_figure > 0;
}

static void put_case_labels(FILE *out, const char *id, const struct bench_case *bench_case) {
    put_label(out, "{", "case", id);
    put_label(out, ",", "name", bench_case->name);
    put_label(out, ",", "executor", bench_case->executor->name);
    fprintf(out, ",workers=\"%d\"}", bench_case->workers);
}

/* `ids` are unique names of the cases. */
static void put_figures(FILE *out, const struct report *report, const char *const *ids) {
    const struct plan *plan = report->session->plan;
    for (size_t i = 0; i < COUNT(families); i++) {
        const struct family *family = &families[i];
        bool is_open = false;
        for (size_t j = 0; j < plan->case_count; j++) {
            double figure;
            if (!is_figure_known(report, family, j, &figure))
                continue;
            if (!is_open)
                put_family(out, family->name, "gauge", family->unit, family->help);
            is_open = true;
            fputs(family->name, out);
            put_case_labels(out, ids[j], &plan->cases[j]);
            put_number(out, figure);
        }
    }
}

static void put_failures(FILE *out, const struct report *report, const char *const *ids) {
    const struct plan *plan = report->session->plan;
    put_family(out, "pconc_failed_samples", "gauge", NULL, "Samples that failed.");
    for (size_t i = 0; i < plan->case_count; i++) {
        fputs("pconc_failed_samples", out);
        put_case_labels(out, ids[i], &plan->cases[i]);
        fprintf(out, " %zu\n", report->summary->cases[i].failed);
    }
}

/* One sample for each state of a set; that of `state` is 1. */
static void put_states(FILE *out, const char *family, const char *label, const char *id,
    const char *const *states, const char *state) {
    for (; *states; states++) {
        fputs(family, out);
        put_label(out, "{", label, id);
        put_label(out, ",", family, *states);
        fprintf(out, "} %d\n", strcmp(*states, state) == 0);
    }
}

static int put_verdicts(FILE *out, const struct report *report) {
    const char *states[VERDICT_NEW + 2] = {NULL};
    const struct gate_verdict *gate = report->summary->gate;
    struct names names = {0};
    int code = 0;
    if (!gate)
        return 0;
    for (int i = 0; i <= VERDICT_NEW; i++)
        states[i] = verdict_name((enum verdict)i);
    put_family(
        out, "pconc_verdict", "stateset", NULL, "Verdict on each pair, and on cases of one side.");
    for (size_t i = 0; code == 0 && i < gate->pair_count; i++) {
        const char *id = names_take(&names, report->arena, gate->pairs[i].id);
        if (id)
            put_states(out, "pconc_verdict", "pair", id, states,
                verdict_name(report_verdict(gate, &gate->pairs[i])));
        else
            code = -ENOMEM;
    }
    names_release(&names);
    return code;
}

static int put_checks(FILE *out, const struct report *report) {
    static const char *const states[] = {"holds", "fails", "open", NULL};
    const struct session_summary *summary = report->summary;
    struct names names = {0};
    int code = 0;
    if (summary->check_count == 0)
        return 0;
    put_family(out, "pconc_check", "stateset", NULL, "State of each check of the config.");
    for (size_t i = 0; code == 0 && i < summary->check_count; i++) {
        const char *id = names_take(&names, report->arena, summary->checks[i].text);
        if (id)
            put_states(out, "pconc_check", "check", id, states, states[summary->checks[i].state]);
        else
            code = -ENOMEM;
    }
    names_release(&names);
    return code;
}

/* Unique names of the cases; NULL: out of memory. */
static const char **unique_ids(const struct report *report) {
    const struct plan *plan = report->session->plan;
    const char **ids = arena_array(report->arena, const char *, plan->case_count + 1);
    struct names names = {0};
    for (size_t i = 0; ids && i < plan->case_count; i++) {
        ids[i] = names_take(&names, report->arena, plan->cases[i].id);
        if (!ids[i])
            ids = NULL;
    }
    names_release(&names);
    return ids;
}

static int openmetrics_emit(const struct printer *printer) {
    const struct report *report = printer->report;
    const char **ids = unique_ids(report);
    int code = ids ? 0 : -ENOMEM;
    if (code == 0) {
        put_figures(printer->out, report, ids);
        put_failures(printer->out, report, ids);
        code = put_verdicts(printer->out, report);
    }
    if (code == 0)
        code = put_checks(printer->out, report);
    fputs("# EOF\n", printer->out);
    return code;
}

const struct report_format openmetrics_format = {.name = "openmetrics",
    .summary = "for GitLab and Prometheus: verdicts, rounded medians",
    .emit = openmetrics_emit};
