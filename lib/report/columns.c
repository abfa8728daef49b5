/* SPDX-License-Identifier: MIT */
#include "columns.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "units.h"
#include "verdict_rows.h"

static const struct bench_case *case_at(const struct session *session, size_t index) {
    return &session->plan->cases[index];
}

static bool is_parameter_in(const char *variant, const char *name) {
    size_t length = strlen(name);

    for (const char *at = variant; (at = strstr(at, name)); at += length) {
        bool begins = at == variant || strchr(" ,/", at[-1]);
        if (begins && at[length] == '=')
            return true;
    }
    return false;
}

/* Pool parameters that are not the default's and not varied either: nothing else in a table tells
 * of them. */
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
    const struct bench_case *first = case_at(session, section->first);

    for (size_t i = 1; i < section->count; i++) {
        if (strcmp(first[i].name, first->name) != 0)
            return true;
    }
    return false;
}

static void cell_executor(const struct session *session, const struct session_summary *summary,
    size_t index, char *buf, size_t size) {
    const struct bench_case *bench_case = case_at(session, index);
    bool named = section_has_names(session, &session->plan->sections[bench_case->section]);
    const char *side = "";

    /* Both sides of a comparison may have the same executor. */
    if (summary->gate && !verdict_has_tables(summary->gate) && bench_case->twin_of < 0)
        (void)verdict_row_of(summary->gate, index, &side);
    (void)snprintf(buf, size, "%s%s%s%s%s%s%s%s", side, side[0] ? " " : "",
        named ? bench_case->name : "", named ? "/" : "", bench_case->executor->name,
        bench_case->twin_of >= 0 ? " (control)" : "", bench_case->variant[0] ? " " : "",
        bench_case->variant);
    append_pool(bench_case, buf, size);
}

static void cell_workers(const struct session *session, const struct session_summary *summary,
    size_t index, char *buf, size_t size) {
    (void)summary;
    (void)snprintf(buf, size, "%d", case_at(session, index)->workers);
}

static void cell_time(const struct session *session, const struct session_summary *summary,
    size_t index, char *buf, size_t size) {
    const struct case_summary *figures = &summary->cases[index];

    if (case_at(session, index)->impossible)
        (void)snprintf(buf, size, "n/a");
    else
        show_time(figures->time_ns, figures->time_interval, buf, size);
}

static void cell_time_interval(const struct session *session, const struct session_summary *summary,
    size_t index, char *buf, size_t size) {
    const struct case_summary *figures = &summary->cases[index];

    (void)session;
    show_time_interval(figures->time_ns, figures->time_interval, buf, size);
}

static void cell_run(const struct session *session, const struct session_summary *summary,
    size_t index, char *buf, size_t size) {
    const struct case_summary *figures = &summary->cases[index];

    (void)session;
    show_time(figures->run_ns, figures->run_interval, buf, size);
}

static void cell_speedup(const struct session *session, const struct session_summary *summary,
    size_t index, char *buf, size_t size) {
    (void)session;
    show_ratio(summary->cases[index].speedup, buf, size);
}

/* A case compared with itself has no interval worth a look. */
static void cell_speedup_interval(const struct session *session,
    const struct session_summary *summary, size_t index, char *buf, size_t size) {
    struct ratio speedup = summary->cases[index].speedup;

    if (case_at(session, index)->is_baseline)
        speedup.value = NAN;
    show_ratio_interval(speedup, buf, size);
}

static void cell_efficiency(const struct session *session, const struct session_summary *summary,
    size_t index, char *buf, size_t size) {
    double efficiency = summary->cases[index].efficiency;

    (void)session;
    if (isnan(efficiency))
        (void)snprintf(buf, size, "-");
    else
        (void)snprintf(buf, size, "%.1f%%", 100 * efficiency);
}

static void cell_startup(const struct session *session, const struct session_summary *summary,
    size_t index, char *buf, size_t size) {
    (void)session;
    (void)show_duration(summary->cases[index].startup_ns, buf, size);
}

static void cell_cpu(const struct session *session, const struct session_summary *summary,
    size_t index, char *buf, size_t size) {
    double share = summary->cases[index].cpu_share;

    (void)session;
    if (isnan(share))
        (void)snprintf(buf, size, "-");
    else if (share > 0 && share < 0.005)
        (void)snprintf(buf, size, "<0.01");
    else
        (void)snprintf(buf, size, "%.2f", share);
}

static void cell_switches(const struct session *session, const struct session_summary *summary,
    size_t index, char *buf, size_t size) {
    /* A sample counts those of all its runs, and rows may have other numbers of them. */
    double runs = (double)(session->plan->warmup + session->results[index].passes);

    (void)show_count(summary->cases[index].switches / (runs > 1 ? runs : 1), buf, size);
}

static void cell_memory(const struct session *session, const struct session_summary *summary,
    size_t index, char *buf, size_t size) {
    (void)session;
    (void)show_size(summary->cases[index].max_rss_bytes, buf, size);
}

static void cell_failed(const struct session *session, const struct session_summary *summary,
    size_t index, char *buf, size_t size) {
    const struct case_summary *figures = &summary->cases[index];

    (void)session;
    if (figures->failed + figures->valid == 0)
        (void)snprintf(buf, size, "-");
    else
        (void)snprintf(buf, size, "%zu/%zu", figures->failed, figures->failed + figures->valid);
}

static bool want_speedup(const struct session *session, const struct session_summary *summary,
    const struct section *section) {
    (void)session;
    (void)summary;
    return section->baseline >= 0 && section->count > 1;
}

static bool want_failed(const struct session *session, const struct session_summary *summary,
    const struct section *section) {
    (void)session;
    for (size_t i = section->first; i < section->first + section->count; i++) {
        if (summary->cases[i].failed > 0)
            return true;
    }
    return false;
}

static const struct column identity[] = {
    {"executor", true, INT_MAX, NULL, cell_executor},
    {"workers", false, INT_MAX, NULL, cell_workers},
};

/* The order of dropping: first what explains a time (memory, switches, start-up, CPU), then what
 * refines the answer. Which rows failed is to be seen without colour, and goes last. */
static const struct column columns[] = {
    {"time", false, INT_MAX, NULL, cell_time},
    {"95% interval", false, 10, NULL, cell_time_interval},
    {"run", false, 5, NULL, cell_run},
    {"speed-up", false, 11, want_speedup, cell_speedup},
    {"95% interval", false, 9, want_speedup, cell_speedup_interval},
    {"efficiency", false, 8, want_speedup, cell_efficiency},
    {"start-up", false, 3, NULL, cell_startup},
    {"CPU/wall", false, 4, NULL, cell_cpu},
    {"switches", false, 2, NULL, cell_switches},
    {"memory", false, 1, NULL, cell_memory},
    {"failed", false, 12, want_failed, cell_failed},
};

struct grid *grid_make(struct arena *arena, const struct session *session,
    const struct session_summary *summary, const struct section *section, const struct column *own,
    size_t count) {
    struct grid *grid = arena_alloc(arena, sizeof(*grid));

    grid->row_count = section->count;
    for (size_t i = 0; i < sizeof(identity) / sizeof(identity[0]); i++)
        grid->columns[grid->column_count++] = &identity[i]; /* the executor is the first */
    for (size_t i = 0; i < count; i++) {
        if (!own[i].wanted || own[i].wanted(session, summary, section))
            grid->columns[grid->column_count++] = &own[i];
    }
    grid->cells = arena_array(arena, const char *, grid->row_count * grid->column_count);
    for (size_t i = 0; i < grid->row_count * grid->column_count; i++) {
        char buf[512] = "";

        grid->columns[i % grid->column_count]->show(
            session, summary, section->first + i / grid->column_count, buf, sizeof(buf));
        grid->cells[i] = text_clean(arena, buf);
    }
    return grid;
}

struct grid *grid_new(struct arena *arena, const struct session *session,
    const struct session_summary *summary, const struct section *section) {
    return grid_make(
        arena, session, summary, section, columns, sizeof(columns) / sizeof(columns[0]));
}

bool grid_is_silent(const struct grid *grid, size_t column) {
    for (size_t row = 0; row < grid->row_count; row++) {
        if (strcmp(grid_cell(grid, row, column), "-") != 0)
            return false;
    }
    return true;
}
