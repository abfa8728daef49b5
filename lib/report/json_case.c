/* SPDX-License-Identifier: MIT */
#include "json_case.h"

#include <math.h>
#include <string.h>

#include "json_fields.h"
#include "json_params.h"

json_t *json_broken(json_t *value) {
    json_decref(value);
    return NULL;
}

json_t *json_text(const char *text) {
    json_t *value = json_string(text);

    if (value)
        return value;
    struct arena *arena = arena_new();
    char *ascii = arena_strdup(arena, text);
    for (char *at = ascii; *at; at++) {
        if ((unsigned char)*at >= 0x80)
            *at = '?';
    }
    value = json_string(ascii);
    arena_free(arena);
    return value;
}

json_t *json_number(double number) {
    return isfinite(number) ? json_real(number) : json_null();
}

static json_t *interval_value(struct interval interval) {
    if (!interval_known(interval))
        return json_null();
    return json_pack("[o, o]", json_number(interval.low), json_number(interval.high));
}

json_t *json_ratio(struct ratio ratio) {
    return json_pack("{s:o, s:o}", "value", json_number(ratio.value), "interval",
        interval_value(ratio.interval));
}

static json_t *samples_value(const struct case_result *result) {
    json_t *samples = json_array();

    for (size_t i = 0; i < result->sample_count; i++) {
        const struct sample *sample = &result->samples[i];

        if (json_array_append_new(
                samples, fields_value(sample_fields, sample, sample->failure != NULL))
            < 0)
            return json_broken(samples);
    }
    return samples;
}

static json_t *summary_value(const struct case_summary *summary) {
    return json_pack("{s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "valid",
        (json_int_t)summary->valid, "failed", (json_int_t)summary->failed, "time_ns",
        json_number(summary->time_ns), "time_interval_ns", interval_value(summary->time_interval),
        "run_ns", json_number(summary->run_ns), "run_interval_ns",
        interval_value(summary->run_interval), "startup_ns", json_number(summary->startup_ns),
        "shutdown_ns", json_number(summary->shutdown_ns), "cpu_share",
        json_number(summary->cpu_share), "switches", json_number(summary->switches),
        "max_rss_bytes", json_number(summary->max_rss_bytes), "speedup",
        isnan(summary->speedup.value) ? json_null() : json_ratio(summary->speedup), "efficiency",
        json_number(summary->efficiency));
}

json_t *json_case(
    const struct session *session, const struct session_summary *summary, size_t index) {
    const struct bench_case *bench_case = &session->plan->cases[index];
    const struct case_result *result = &session->results[index];
    ptrdiff_t twin = bench_case->twin_of;

    json_t *value = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:I, s:b, s:o, s:I, s:b, s:o, s:o}", "id",
        json_text(bench_case->id), "name", json_text(bench_case->name), "workload",
        json_text(bench_case->workload->name), "params",
        json_params(bench_case->workload->params, bench_case->params), "executor",
        json_text(bench_case->executor->name), "variant", json_text(bench_case->variant), "pool",
        json_params(bench_case->executor->params, bench_case->pool), "workers", bench_case->workers,
        "jobs", (json_int_t)bench_case->jobs, "is_baseline", bench_case->is_baseline, "twin_of",
        twin >= 0 ? json_text(session->plan->cases[twin].id) : json_null(), "passes",
        (json_int_t)result->passes, "given_up", result->given_up, "samples", samples_value(result),
        "summary", summary_value(&summary->cases[index]));
    if (value && bench_case->impossible
        && json_object_set_new(value, "impossible", json_text(bench_case->impossible)) < 0)
        return json_broken(value);
    return value;
}
