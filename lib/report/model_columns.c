/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "model_parts.h"
#include "numbers.h"
#include "plot.h"
#include "text.h"
#include "units.h"

/* The two tables of a section: the figures of its cases, and the latencies of their jobs. */

/* What a cell shows. From CELL_NS on: a figure of the summary, at the column's offset. */
enum cell_kind {
    CELL_EXECUTOR,
    CELL_WORKERS,
    CELL_TIME,
    CELL_TIME_INTERVAL,
    CELL_PLOT,
    CELL_RUN,
    CELL_SPEEDUP,
    CELL_SPEEDUP_INTERVAL,
    CELL_SWITCHES,
    CELL_FAILED,
    CELL_RATE,
    CELL_RATE_INTERVAL,
    CELL_NS,
    CELL_BYTES,
    CELL_CPUS,
    CELL_PERCENT,
    CELL_SMALL_PERCENT,
    CELL_COUNT,
};

struct figure_column {
    struct report_column column;
    enum cell_kind kind;
    size_t figure; /* offset in struct case_summary, of a double */
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

/* The pool parameters that are neither varied nor at their default: no other cell shows them. */
static const char *pool_text(struct arena *arena, const struct bench_case *bench_case) {
    const struct param *params = bench_case->executor->params;
    union param_value defaults[PARAMS_MAX];
    const char *text = "";
    struct diag diag;
    if (params_count(params) > PARAMS_MAX || params_defaults(params, 0, defaults, &diag) < 0)
        return text;
    for (size_t i = 0; i < params_count(params); i++)
        if (!param_equal(&params[i], defaults[i], bench_case->pool[i])
            && !is_parameter_in(bench_case->variant, params[i].name))
            text = arena_printf(
                arena, "%s %s", text, param_text(arena, &params[i], bench_case->pool[i]));
    return text;
}

const bool *sections_with_names(struct arena *arena, const struct plan *plan) {
    bool *has_names = arena_array(arena, bool, plan->section_count);
    for (size_t i = 0; i < plan->section_count; i++) {
        const struct bench_case *first = &plan->cases[plan->sections[i].first];
        for (size_t j = 1; j < plan->sections[i].count && !has_names[i]; j++)
            has_names[i] = strcmp(first[j].name, first->name) != 0;
    }
    return has_names;
}

static const char *executor_text(const struct report *report, size_t index) {
    const struct plan *plan = report->session->plan;
    const struct bench_case *bench_case = &plan->cases[index];
    bool named = report->has_names[bench_case->section];
    const char *side = "";
    /* Both sides of a comparison may have the same executor. */
    if (is_comparison_only(report->summary->gate) && bench_case->twin_of < 0)
        (void)report_pair_of(report->summary->gate, index, &side);
    return arena_printf(report->arena, "%s%s%s%s%s%s%s%s%s", side, side[0] ? " " : "",
        named ? bench_case->name : "", named ? "/" : "", bench_case->executor->name,
        bench_case->twin_of >= 0 ? " (control)" : "", bench_case->variant[0] ? " " : "",
        bench_case->variant, pool_text(report->arena, bench_case));
}

static const char *number_text(struct arena *arena, enum cell_kind kind, double number) {
    if (kind == CELL_NS)
        return unit_text(arena, show_duration, number);
    if (kind == CELL_COUNT)
        return unit_text(arena, show_count, number);
    if (kind == CELL_BYTES)
        return unit_text(arena, show_size, number);
    if (isnan(number))
        return "-";
    if (kind == CELL_CPUS && number > 0 && number < 0.005)
        return "<0.01";
    if (kind == CELL_CPUS)
        return arena_printf(arena, "%.2f", number);
    if (kind == CELL_SMALL_PERCENT && number < 0.001)
        return "<0.1%";
    return arena_printf(arena, "%.1f%%", 100 * number);
}

static const char *rate_text(struct arena *arena, double rate) {
    return isnan(rate) ? "-" : arena_printf(arena, "%.0f/s", rate);
}

static const char *rate_interval_text(struct arena *arena, struct interval interval) {
    if (isnan(interval.low))
        return "-";
    return arena_printf(arena, "%.0f..%.0f", interval.low, interval.high);
}

static const char *failed_text(struct arena *arena, const struct case_summary *figures) {
    size_t samples = figures->failed + figures->valid;
    return samples == 0 ? "-" : arena_printf(arena, "%zu/%zu", figures->failed, samples);
}

/* The times of the valid samples of a case. */
static double *valid_times(
    struct arena *arena, const struct case_result *result, size_t *ret_count) {
    double *times = arena_array(arena, double, result->sample_count);
    *ret_count = valid_values(result, sample_time_ns, times);
    return times;
}

const double *sections_reaches(const struct report *report) {
    const struct plan *plan = report->session->plan;
    double *reaches = arena_array(report->arena, double, plan->section_count);
    for (size_t i = 0; i < plan->case_count; i++) {
        size_t count;
        double *times = valid_times(report->arena, &report->session->results[i], &count);
        double reach = plot_reach(times, count, report->summary->cases[i].time_ns, times);
        double *widest = &reaches[plan->cases[i].section];
        *widest = fmax(*widest, plot_reach_rounded(reach));
    }
    return reaches;
}

static const char *plot_cell(const struct report *report, size_t index) {
    size_t counts[PLOT_CELLS], count;
    const double *times = valid_times(report->arena, &report->session->results[index], &count);
    plot_count(times, count, report->summary->cases[index].time_ns,
        report->reaches[report->session->plan->cases[index].section], counts);
    return plot_text(report->arena, counts, text_is_utf8());
}

/* "samples +-5%": what the column shows, and the reach of its plots. */
static const char *plot_heading(const struct report *report, const struct section *section) {
    size_t index = report->session->plan->cases[section->first].section;
    return arena_printf(report->arena, "samples +-%g%%", 100 * report->reaches[index]);
}

static const char *cell_text(
    const struct report *report, size_t index, const struct figure_column *from) {
    const struct bench_case *bench_case = &report->session->plan->cases[index];
    const struct case_summary *figures = &report->summary->cases[index];
    const void *figure = (const char *)figures + from->figure; /* a double, for most kinds */
    struct arena *arena = report->arena;
    switch (from->kind) {
    case CELL_EXECUTOR:
        return executor_text(report, index);
    case CELL_WORKERS:
        return arena_printf(arena, "%d", bench_case->workers);
    case CELL_TIME:
        return bench_case->impossible ? "n/a"
                                      : time_text(arena, figures->time_ns, figures->time_interval);
    case CELL_TIME_INTERVAL:
        return time_interval_text(arena, figures->time_ns, figures->time_interval);
    case CELL_PLOT:
        return plot_cell(report, index);
    case CELL_RUN:
        return time_text(arena, figures->run_ns, figures->run_interval);
    case CELL_SPEEDUP:
        return ratio_text(arena, figures->speedup);
    case CELL_SPEEDUP_INTERVAL: /* none of the baseline, which is compared with itself */
        return bench_case->is_baseline ? "-" : ratio_interval_text(arena, figures->speedup);
    case CELL_SWITCHES:
        return unit_text(arena, show_count, figures->run_switches);
    case CELL_FAILED:
        return failed_text(arena, figures);
    case CELL_RATE:
        return rate_text(arena, figures->latency.rate.value);
    case CELL_RATE_INTERVAL:
        return rate_interval_text(arena, figures->latency.rate.interval);
    default:
        return number_text(arena, from->kind, *(const double *)figure);
    }
}

static bool has_speedups(const struct report *report, const struct section *section) {
    /* An open loop takes as long as its jobs arrive. */
    return section->baseline >= 0 && section->count > 1 && report->session->plan->rate <= 0;
}

static bool has_failures(const struct report *report, const struct section *section) {
    for (size_t i = section->first; i < section->first + section->count; i++)
        if (report->summary->cases[i].failed > 0)
            return true;
    return false;
}

/* From this share on, it explains times. */
#define NO_CPU_SHOWN_MIN 0.02

static bool has_waits(const struct report *report, const struct section *section) {
    for (size_t i = section->first; i < section->first + section->count; i++)
        if (report->summary->cases[i].no_cpu.share >= NO_CPU_SHOWN_MIN)
            return true;
    return false;
}

/* Then the figures are those of the programs that jobs start. */
static bool has_commands(const struct report *report, const struct section *section) {
    for (size_t i = section->first; i < section->first + section->count; i++)
        if (!isnan(report->summary->cases[i].command_rss_bytes))
            return true;
    return false;
}

static bool has_no_commands(const struct report *report, const struct section *section) {
    return !has_commands(report, section);
}

#define FIGURE(member) offsetof(struct case_summary, member)
#define COLUMNS_MAX 20

/* They identify the case in both tables. */
static const struct figure_column case_columns[] = {
    {{"executor", true, RANK_ALWAYS}, CELL_EXECUTOR, 0, NULL},
    {{"workers", false, RANK_ALWAYS}, CELL_WORKERS, 0, NULL},
};

/* The plot is left out first, then what explains a time (memory, switches, start-up, CPU), then
 * what refines the answer. The failures go last: without colour no other column shows them. */
static const struct figure_column figure_columns[] = {
    {{"time", false, RANK_ALWAYS}, CELL_TIME, 0, NULL},
    {{"95% interval", false, 10}, CELL_TIME_INTERVAL, 0, NULL},
    {{"samples", false, 0}, CELL_PLOT, 0, NULL},
    {{"run", false, 5}, CELL_RUN, 0, NULL},
    {{"speed-up", false, 11}, CELL_SPEEDUP, 0, has_speedups},
    {{"95% interval", false, 9}, CELL_SPEEDUP_INTERVAL, 0, has_speedups},
    {{"efficiency", false, 8}, CELL_PERCENT, FIGURE(efficiency), has_speedups},
    {{"no CPU", false, 7}, CELL_SMALL_PERCENT, FIGURE(no_cpu.share), has_waits},
    {{"start-up", false, 3}, CELL_NS, FIGURE(startup_ns), NULL},
    {{"CPU/wall", false, 4}, CELL_CPUS, FIGURE(cpu_share), NULL},
    {{"switches", false, 2}, CELL_SWITCHES, 0, NULL},
    {{"user/job", false, 6}, CELL_NS, FIGURE(command_user_ns), has_commands},
    {{"system/job", false, 6}, CELL_NS, FIGURE(command_system_ns), has_commands},
    {{"memory/job", false, 6}, CELL_BYTES, FIGURE(command_rss_bytes), has_commands},
    {{"largest", false, 6}, CELL_BYTES, FIGURE(max_rss_bytes), has_commands},
    {{"memory", false, 1}, CELL_BYTES, FIGURE(max_rss_bytes), has_no_commands},
    {{"failed", false, 12}, CELL_FAILED, 0, has_failures},
};

static bool is_open_loop(const struct report *report, const struct section *section) {
    (void)section;
    return report->session->plan->rate > 0;
}

static bool is_search(const struct report *report, const struct section *section) {
    (void)section;
    return report->session->plan->rate_low > 0;
}

static const struct figure_column latency_columns[] = {
    {{"rate", false, RANK_ALWAYS}, CELL_RATE, FIGURE(latency.rate), is_search},
    {{"95% interval", false, 12}, CELL_RATE_INTERVAL, FIGURE(latency.rate), is_search},
    {{"p50", false, RANK_ALWAYS}, CELL_NS, FIGURE(latency.p50_ns), NULL},
    {{"p90", false, 10}, CELL_NS, FIGURE(latency.p90_ns), NULL},
    {{"p99", false, RANK_ALWAYS}, CELL_NS, FIGURE(latency.p99_ns), NULL},
    {{"p99.9", false, 9}, CELL_NS, FIGURE(latency.p999_ns), NULL},
    {{"max", false, 11}, CELL_NS, FIGURE(latency.max_ns), NULL},
    {{"waiting", false, 8}, CELL_NS, FIGURE(latency.waiting_ns), NULL},
    {{"running", false, 7}, CELL_NS, FIGURE(latency.running_ns), NULL},
    {{"suspended", false, 6}, CELL_NS, FIGURE(latency.suspended_ns), NULL},
    {{"recording", false, 5}, CELL_SMALL_PERCENT, FIGURE(latency.recording_share), NULL},
    {{"started late", false, 12}, CELL_SMALL_PERCENT, FIGURE(latency.late_share), is_open_loop},
    {{"backlog", false, 11}, CELL_COUNT, FIGURE(latency.backlog), is_open_loop},
};

/* The columns that identify the case, then `own`. */
static void fill(const struct report *report, const struct section *section,
    const struct figure_column *own, size_t count, struct report_block *block) {
    const struct figure_column *from[COLUMNS_MAX];
    block->columns = arena_array(report->arena, struct report_column, COLUMNS_MAX);
    for (size_t i = 0; i < COUNT(case_columns) + count; i++) {
        const struct figure_column *next =
            i < COUNT(case_columns) ? &case_columns[i] : &own[i - COUNT(case_columns)];
        if (next->wanted && !next->wanted(report, section))
            continue;
        from[block->column_count] = next;
        block->columns[block->column_count] = next->column;
        if (next->kind == CELL_PLOT) {
            block->columns[block->column_count].heading = plot_heading(report, section);
            block->plot = (ptrdiff_t)block->column_count;
        }
        block->column_count++;
    }
    block->row_count = section->count;
    block->rows = arena_array(report->arena, struct report_row, section->count);
    for (size_t row = 0; row < section->count; row++) {
        const char **cells = arena_array(report->arena, const char *, block->column_count);
        for (size_t i = 0; i < block->column_count; i++)
            cells[i] = text_clean(report->arena, cell_text(report, section->first + row, from[i]));
        block->rows[row].cells = cells;
    }
}

void block_fill_figures(
    const struct report *report, const struct section *section, struct report_block *block) {
    fill(report, section, figure_columns, COUNT(figure_columns), block);
}

void block_fill_latencies(
    const struct report *report, const struct section *section, struct report_block *block) {
    fill(report, section, latency_columns, COUNT(latency_columns), block);
}
