/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "format_parts.h"
#include "json.h"

/*
 * JSON of services that keep a history: a benchmark for each case that has a time.
 *
 * bmf: the Bencher Metric Format (bencher.dev/docs/reference/bencher-metric-format). An object of
 * benchmarks, each an object of measures. latency is the median in nanoseconds, with the ends of
 * its interval; memory is the peak in bytes. Names have 1024 characters at most.
 *
 * smaller-is-better: customSmallerIsBetter of github-action-benchmark. A list of values, the same
 * two for each case.
 */

#define BMF_NAME_MAX 1000 /* bytes, with room for the number that makes a name unique */

/* The first bytes of a name, without half a character at the end. */
static const char *shortened(struct arena *arena, const char *name) {
    const char *at = name;
    while (*at) {
        unsigned code;
        size_t bytes = utf8_char(at, &code);
        bytes = bytes ? bytes : 1;
        if ((size_t)(at - name) + bytes > BMF_NAME_MAX)
            break;
        at += bytes;
    }
    return arena_strndup(arena, name, (size_t)(at - name));
}

/* Calls `add` for each case that has a time. Returns `into`; NULL: out of memory. */
static json_t *each_case(const struct report *report, json_t *into,
    int (*add)(const struct report *report, json_t *into, const char *name,
        const struct report_row *row)) {
    struct names names = {0};
    for (size_t i = 0; i < report->block_count; i++) {
        const struct report_block *block = &report->blocks[i];
        for (size_t j = 0; into && block->kind == BLOCK_SECTION && j < block->row_count; j++) {
            const struct report_row *row = &block->rows[j];
            if (!isfinite(row->time_ns))
                continue;
            const char *name = names_take(&names, report->arena, shortened(report->arena, row->id));
            if (!name || add(report, into, name, row) < 0)
                into = json_broken(into);
        }
    }
    names_release(&names);
    return into;
}

static const struct case_summary *figures_of(
    const struct report *report, const struct report_row *row) {
    return &report->summary->cases[row->index];
}

static int add_bmf(
    const struct report *report, json_t *into, const char *name, const struct report_row *row) {
    const struct case_summary *figures = figures_of(report, row);
    struct interval interval = figures->time_interval;
    json_t *latency = interval_known(interval)
        ? json_pack("{s:f, s:f, s:f}", "value", figures->time_ns, "lower_value", interval.low,
            "upper_value", interval.high)
        : json_pack("{s:f}", "value", figures->time_ns);
    json_t *measures = json_pack("{s:o}", "latency", latency);
    if (figures->max_rss_bytes > 0
        && json_object_set_new(
               measures, "memory", json_pack("{s:f}", "value", figures->max_rss_bytes))
            < 0)
        measures = json_broken(measures);
    return json_object_set_new(into, name, measures);
}

static int bmf_emit(const struct printer *printer) {
    return json_print(printer->out, each_case(printer->report, json_object(), add_bmf));
}

static int add_value(json_t *into, const char *name, const char *unit, double value,
    const char *range, const char *extra) {
    json_t *made = json_pack("{s:s, s:s, s:f}", "name", name, "unit", unit, "value", value);
    if ((range && json_object_set_new(made, "range", json_string(range)) < 0)
        || (extra && json_object_set_new(made, "extra", json_string(extra)) < 0))
        made = json_broken(made);
    return json_array_append_new(into, made);
}

static int add_smaller(
    const struct report *report, json_t *into, const char *name, const struct report_row *row) {
    const struct case_summary *figures = figures_of(report, row);
    struct arena *arena = report->arena;
    double half = half_width(figures->time_interval);
    const char *range = isnan(half) ? NULL : arena_printf(arena, "± %.6g", half);
    if (add_value(into, name, "ns", figures->time_ns, range, utf8_line(arena, row->sentence)) < 0)
        return -1;
    if (!(figures->max_rss_bytes > 0))
        return 0;
    return add_value(
        into, arena_printf(arena, "%s: memory", name), "bytes", figures->max_rss_bytes, NULL, NULL);
}

static int smaller_is_better_emit(const struct printer *printer) {
    return json_print(printer->out, each_case(printer->report, json_array(), add_smaller));
}

const struct report_format bmf_format = {
    .name = "bmf", .summary = "for Bencher: medians, intervals, memory", .emit = bmf_emit};

const struct report_format smaller_is_better_format = {.name = "smaller-is-better",
    .summary = "for github-action-benchmark: medians, intervals, memory",
    .emit = smaller_is_better_emit};
