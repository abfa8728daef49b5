/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "layout.h"
#include "model_parts.h"
#include "numbers.h"
#include "units.h"

/* The columns of a section's two tables: the figures of its cases, and the latencies of their
 * jobs. */

/* What a cell may show. */
struct source {
    const struct report *report;
    const struct section *section;
    size_t index; /* of the case in the plan */
    const struct bench_case *bench_case;
    const struct case_summary *figures;
};

struct figure_column {
    struct report_column column;
    void (*show)(const struct source *source, const void *figure, char *buf, size_t size);
    size_t figure; /* offset in struct case_summary of the figure that `show` gets */
    /* Whether a section has the column; NULL: always. */
    bool (*wanted)(const struct report *report, const struct section *section);
};

static bool is_parameter_in(const char *variant, const char *name) {
    size_t length = strlen(name);

    for (const char *at = variant; (at = strstr(at, name)); at += length) {
        bool begins = at == variant || strchr(" ,/", at[-1]);
        if (begins && at[length] == '=')
            return true;
    }
    return false;
}

/* Pool parameters that are neither varied nor at their default: no other place in a table shows
 * them. */
static void append_pool(const struct bench_case *bench_case, char *buf, size_t size) {
    const struct param *params = bench_case->executor->params;
    union param_value defaults[PARAMS_MAX];
    struct diag diag;

    if (params_count(params) > PARAMS_MAX || params_defaults(params, 0, defaults, &diag) < 0)
        return;
    for (size_t i = 0; i < params_count(params); i++) {
        size_t used = strlen(buf);

        if (param_equal(&params[i], defaults[i], bench_case->pool[i])
            || is_parameter_in(bench_case->variant, params[i].name))
            continue;
        (void)snprintf(buf + used, size - used, " %s=", params[i].name);
        used = strlen(buf);
        (void)param_format(&params[i], bench_case->pool[i], buf + used, size - used);
    }
}

bool section_has_names(const struct session *session, const struct section *section) {
    const struct bench_case *first = &session->plan->cases[section->first];

    for (size_t i = 1; i < section->count; i++) {
        if (strcmp(first[i].name, first->name) != 0)
            return true;
    }
    return false;
}

static void show_executor(const struct source *source, const void *figure, char *buf, size_t size) {
    const struct bench_case *bench_case = source->bench_case;
    bool named = section_has_names(source->report->session, source->section);
    const char *side = "";

    (void)figure;
    /* Both sides of a comparison may have the same executor. */
    if (source->report->comparison_only && bench_case->twin_of < 0)
        (void)report_pair_of(source->report->summary->gate, source->index, &side);
    (void)snprintf(buf, size, "%s%s%s%s%s%s%s%s", side, side[0] ? " " : "",
        named ? bench_case->name : "", named ? "/" : "", bench_case->executor->name,
        bench_case->twin_of >= 0 ? " (control)" : "", bench_case->variant[0] ? " " : "",
        bench_case->variant);
    append_pool(bench_case, buf, size);
}

static void show_workers(const struct source *source, const void *figure, char *buf, size_t size) {
    (void)figure;
    (void)snprintf(buf, size, "%d", source->bench_case->workers);
}

static void show_median(const struct source *source, const void *figure, char *buf, size_t size) {
    (void)figure;
    if (source->bench_case->impossible)
        (void)snprintf(buf, size, "n/a");
    else
        show_time(source->figures->time_ns, source->figures->time_interval, buf, size);
}

static void show_median_interval(
    const struct source *source, const void *figure, char *buf, size_t size) {
    (void)figure;
    show_time_interval(source->figures->time_ns, source->figures->time_interval, buf, size);
}

static void show_run(const struct source *source, const void *figure, char *buf, size_t size) {
    (void)figure;
    show_time(source->figures->run_ns, source->figures->run_interval, buf, size);
}

static void show_speedup(const struct source *source, const void *figure, char *buf, size_t size) {
    (void)source;
    show_ratio(*(const struct ratio *)figure, buf, size);
}

/* The interval of a case compared with itself says nothing. */
static void show_speedup_interval(
    const struct source *source, const void *figure, char *buf, size_t size) {
    struct ratio speedup = *(const struct ratio *)figure;

    if (source->bench_case->is_baseline)
        speedup.value = NAN;
    show_ratio_interval(speedup, buf, size);
}

static void show_percent(const struct source *source, const void *figure, char *buf, size_t size) {
    double share = *(const double *)figure;

    (void)source;
    if (isnan(share))
        (void)snprintf(buf, size, "-");
    else
        (void)snprintf(buf, size, "%.1f%%", 100 * share);
}

static void show_recording(
    const struct source *source, const void *figure, char *buf, size_t size) {
    if (*(const double *)figure < 0.001)
        (void)snprintf(buf, size, "<0.1%%");
    else
        show_percent(source, figure, buf, size);
}

static void show_ns(const struct source *source, const void *figure, char *buf, size_t size) {
    (void)source;
    (void)show_duration(*(const double *)figure, buf, size);
}

static void show_bytes(const struct source *source, const void *figure, char *buf, size_t size) {
    (void)source;
    (void)show_size(*(const double *)figure, buf, size);
}

static void show_cpus(const struct source *source, const void *figure, char *buf, size_t size) {
    double share = *(const double *)figure;

    (void)source;
    if (isnan(share))
        (void)snprintf(buf, size, "-");
    else if (share > 0 && share < 0.005)
        (void)snprintf(buf, size, "<0.01");
    else
        (void)snprintf(buf, size, "%.2f", share);
}

/* A sample counts those of all its runs, and rows may differ in how many that are. */
static void show_switches(const struct source *source, const void *figure, char *buf, size_t size) {
    const struct session *session = source->report->session;
    double runs = (double)(session->plan->warmup + session->results[source->index].passes);

    (void)show_count(*(const double *)figure / (runs > 1 ? runs : 1), buf, size);
}

static void show_failed(const struct source *source, const void *figure, char *buf, size_t size) {
    size_t failed = *(const size_t *)figure, samples = failed + source->figures->valid;

    if (samples == 0)
        (void)snprintf(buf, size, "-");
    else
        (void)snprintf(buf, size, "%zu/%zu", failed, samples);
}

static bool has_speedups(const struct report *report, const struct section *section) {
    (void)report;
    return section->baseline >= 0 && section->count > 1;
}

static bool has_failures(const struct report *report, const struct section *section) {
    for (size_t i = section->first; i < section->first + section->count; i++) {
        if (report->summary->cases[i].failed > 0)
            return true;
    }
    return false;
}

#define FIGURE(member) offsetof(struct case_summary, member)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define COLUMNS_MAX 16

/* They identify the case, in both tables. */
static const struct figure_column case_columns[] = {
    {{"executor", true, RANK_ALWAYS}, show_executor, 0, NULL},
    {{"workers", false, RANK_ALWAYS}, show_workers, 0, NULL},
};

/* Left out first: what explains a time (memory, switches, start-up, CPU), then what refines the
 * answer. The failures go last, because without colour no other column shows them. */
static const struct figure_column figure_columns[] = {
    {{"time", false, RANK_ALWAYS}, show_median, 0, NULL},
    {{"95% interval", false, 10}, show_median_interval, 0, NULL},
    {{"run", false, 5}, show_run, 0, NULL},
    {{"speed-up", false, 11}, show_speedup, FIGURE(speedup), has_speedups},
    {{"95% interval", false, 9}, show_speedup_interval, FIGURE(speedup), has_speedups},
    {{"efficiency", false, 8}, show_percent, FIGURE(efficiency), has_speedups},
    {{"start-up", false, 3}, show_ns, FIGURE(startup_ns), NULL},
    {{"CPU/wall", false, 4}, show_cpus, FIGURE(cpu_share), NULL},
    {{"switches", false, 2}, show_switches, FIGURE(switches), NULL},
    {{"memory", false, 1}, show_bytes, FIGURE(max_rss_bytes), NULL},
    {{"failed", false, 12}, show_failed, FIGURE(failed), has_failures},
};

static const struct figure_column latency_columns[] = {
    {{"p50", false, RANK_ALWAYS}, show_ns, FIGURE(latency.p50_ns), NULL},
    {{"p90", false, 10}, show_ns, FIGURE(latency.p90_ns), NULL},
    {{"p99", false, RANK_ALWAYS}, show_ns, FIGURE(latency.p99_ns), NULL},
    {{"p99.9", false, 9}, show_ns, FIGURE(latency.p999_ns), NULL},
    {{"max", false, 11}, show_ns, FIGURE(latency.max_ns), NULL},
    {{"waiting", false, 8}, show_ns, FIGURE(latency.waiting_ns), NULL},
    {{"running", false, 7}, show_ns, FIGURE(latency.running_ns), NULL},
    {{"suspended", false, 6}, show_ns, FIGURE(latency.suspended_ns), NULL},
    {{"recording", false, 5}, show_recording, FIGURE(latency.recording_share), NULL},
};

static const char *cell_text(const struct source *source, const struct figure_column *from) {
    char buf[512] = "";

    from->show(source, (const char *)source->figures + from->figure, buf, sizeof(buf));
    return text_clean(source->report->arena, buf);
}

/* The columns that identify the case, then `own`. */
static void fill(struct report *report, const struct section *section,
    const struct figure_column *own, size_t count, struct report_table *table) {
    const struct figure_column *from[COLUMNS_MAX];

    table->columns = arena_array(report->arena, struct report_column, COLUMNS_MAX);
    for (size_t i = 0; i < COUNT(case_columns) + count; i++) {
        const struct figure_column *next =
            i < COUNT(case_columns) ? &case_columns[i] : &own[i - COUNT(case_columns)];

        if (next->wanted && !next->wanted(report, section))
            continue;
        from[table->column_count] = next;
        table->columns[table->column_count++] = next->column;
    }
    table->row_count = section->count;
    table->rows = arena_array(report->arena, struct report_row, section->count);
    for (size_t row = 0; row < section->count; row++) {
        const char **cells = arena_array(report->arena, const char *, table->column_count);
        size_t index = section->first + row;
        struct source source = {report, section, index, &report->session->plan->cases[index],
            &report->summary->cases[index]};

        for (size_t i = 0; i < table->column_count; i++)
            cells[i] = cell_text(&source, from[i]);
        table->rows[row].cells = cells;
    }
}

void model_figures(
    struct report *report, const struct section *section, struct report_table *table) {
    fill(report, section, figure_columns, COUNT(figure_columns), table);
}

void model_latencies(
    struct report *report, const struct section *section, struct report_table **ret_table) {
    for (size_t i = section->first; i < section->first + section->count; i++) {
        if (!latency_known(&report->summary->cases[i].latency))
            continue;
        *ret_table = arena_array(report->arena, struct report_table, 1);
        fill(report, section, latency_columns, COUNT(latency_columns), *ret_table);
        return;
    }
}
