/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "format_parts.h"
#include "json.h"

/*
 * JSON of pyperf, version 1.0 (pyperf.readthedocs.io): a benchmark for each case that has a valid
 * sample, and a run for each of its valid samples. Times are in seconds, for all jobs once. Its
 * reader demands that names are unique, values are above 0, loops are at least 1, and texts are
 * neither empty nor of several lines.
 */

/* Adds a text unless it is empty. */
static int set_text(struct arena *arena, json_t *to, const char *key, const char *text) {
    return *text ? json_object_set_new(to, key, json_string(utf8_line(arena, text))) : 0;
}

static int set_positive(json_t *to, const char *key, int64_t number) {
    return number > 0 ? json_object_set_new(to, key, json_integer(number)) : 0;
}

/* "2026-01-31 12:00:00", without the letter of the time zone, which older readers refuse. */
static int set_date(struct arena *arena, json_t *to, const char *started) {
    char *date = arena_strdup(arena, started), *at = strchr(date, 'T');
    if (at)
        *at = ' ';
    date[strcspn(date, "Z")] = '\0';
    return set_text(arena, to, "date", date);
}

static json_t *suite_metadata(struct arena *arena, const struct environment *env) {
    json_t *made = json_pack("{s:s}", "unit", "second");
    if (!made || set_text(arena, made, "cpu_model_name", env->cpu_model) < 0
        || set_positive(made, "cpu_count", env->online_cpus) < 0
        || set_positive(made, "usable_cpus", env->usable_cpus) < 0
        || set_text(arena, made, "platform", env->kernel) < 0
        || set_text(arena, made, "machine", env->machine) < 0
        || set_text(arena, made, "governor", env->governor) < 0
        || set_text(arena, made, "compiler", env->compiler) < 0
        || set_text(arena, made, "flags", env->flags) < 0
        || set_text(arena, made, "pconc_version", env->version) < 0
        || set_text(arena, made, "pconc_commit", env->commit) < 0
        || set_date(arena, made, env->started) < 0)
        return json_broken(made);
    return made;
}

static json_t *run_value(const struct sample *sample) {
    json_t *metadata = json_object();
    json_t *run =
        json_pack("{s:o, s:[f]}", "metadata", metadata, "values", sample_time_ns(sample) / 1e9);
    int64_t warmups = sample->warmup_runs;
    if (!run || set_positive(metadata, "mem_max_rss", sample->max_rss_bytes) < 0
        || json_object_set_new(metadata, "round", json_integer(sample->round)) < 0)
        return json_broken(run);
    if (sample->elapsed_ns > 0
        && json_object_set_new(metadata, "duration", json_real((double)sample->elapsed_ns / 1e9))
            < 0)
        return json_broken(run);
    if (warmups > 0
        && json_object_set_new(run, "warmups",
               json_pack("[[I, f]]", (json_int_t)warmups,
                   (double)sample->warmup_ns / 1e9 / (double)warmups))
            < 0)
        return json_broken(run);
    return run;
}

static json_t *runs_value(const struct case_result *result) {
    json_t *runs = json_array();
    for (size_t i = 0; i < result->sample_count; i++) {
        const struct sample *sample = &result->samples[i];
        if (sample->failure || !(sample_time_ns(sample) > 0))
            continue;
        if (json_array_append_new(runs, run_value(sample)) < 0)
            return json_broken(runs);
    }
    return runs;
}

static json_t *benchmark_value(const struct report *report, size_t index, const char *name) {
    const struct bench_case *bench_case = &report->session->plan->cases[index];
    int64_t passes = report->session->results[index].passes;
    return json_pack("{s:{s:s, s:I, s:s, s:s, s:i, s:I}, s:o}", "metadata", "name", name, "loops",
        (json_int_t)(passes > 0 ? passes : 1), "workload",
        utf8_line(report->arena, bench_case->workload->name), "executor",
        bench_case->executor->name, "workers", bench_case->workers, "jobs",
        (json_int_t)bench_case->jobs, "runs", runs_value(&report->session->results[index]));
}

static json_t *benchmarks_value(const struct report *report) {
    const struct plan *plan = report->session->plan;
    struct names names = {0};
    json_t *list = json_array();
    for (size_t i = 0; list && i < plan->case_count; i++) {
        if (report->summary->cases[i].valid == 0)
            continue;
        const char *name = names_take(&names, report->arena, plan->cases[i].id);
        if (!name || json_array_append_new(list, benchmark_value(report, i, name)) < 0)
            list = json_broken(list);
    }
    names_release(&names);
    return list;
}

static int pyperf_emit(const struct printer *printer) {
    const struct report *report = printer->report;
    return json_print(printer->out,
        json_pack("{s:s, s:o, s:o}", "version", "1.0", "metadata",
            suite_metadata(report->arena, &report->session->environment), "benchmarks",
            benchmarks_value(report)));
}

const struct report_format pyperf_format = {.name = "pyperf",
    .summary = "for pyperf stats, hist and compare_to: every sample",
    .emit = pyperf_emit};
