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

json_t *json_interval(struct interval interval) {
    if (!interval_known(interval))
        return json_null();
    return json_pack("[o, o]", json_number(interval.low), json_number(interval.high));
}

json_t *json_ratio(struct ratio ratio) {
    return json_pack(
        "{s:o, s:o}", "value", json_number(ratio.value), "interval", json_interval(ratio.interval));
}

/* Its latencies stand in it where they were asked for. */
static json_t *sample_value(const struct sample *sample) {
    json_t *value = fields_value(sample_fields, sample, sample->failure != NULL);

    if (value && sample->latency.jobs > 0
        && json_object_set_new(
               value, "latency", fields_value(latency_fields, &sample->latency, false))
            < 0)
        return json_broken(value);
    return value;
}

static json_t *samples_value(const struct case_result *result) {
    json_t *samples = json_array();

    for (size_t i = 0; i < result->sample_count; i++) {
        if (json_array_append_new(samples, sample_value(&result->samples[i])) < 0)
            return json_broken(samples);
    }
    return samples;
}

static json_t *latency_value(const struct latency_summary *latency) {
    return json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:o}", "p50_ns", latency->p50_ns,
        "p90_ns", latency->p90_ns, "p99_ns", latency->p99_ns, "p999_ns", latency->p999_ns, "max_ns",
        latency->max_ns, "waiting_ns", latency->waiting_ns, "running_ns", latency->running_ns,
        "suspended_ns", latency->suspended_ns, "recording_share",
        json_number(latency->recording_share));
}

static json_t *summary_value(const struct case_summary *summary) {
    json_t *value = json_pack("{s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
        "valid", (json_int_t)summary->valid, "failed", (json_int_t)summary->failed, "time_ns",
        json_number(summary->time_ns), "time_interval_ns", json_interval(summary->time_interval),
        "run_ns", json_number(summary->run_ns), "run_interval_ns",
        json_interval(summary->run_interval), "startup_ns", json_number(summary->startup_ns),
        "shutdown_ns", json_number(summary->shutdown_ns), "cpu_share",
        json_number(summary->cpu_share), "switches", json_number(summary->switches),
        "max_rss_bytes", json_number(summary->max_rss_bytes), "speedup",
        isnan(summary->speedup.value) ? json_null() : json_ratio(summary->speedup), "efficiency",
        json_number(summary->efficiency));

    if (value && latency_known(&summary->latency)
        && json_object_set_new(value, "latency", latency_value(&summary->latency)) < 0)
        return json_broken(value);
    return value;
}

static json_t *text_or_null(const char *text) {
    return text ? json_text(text) : json_null();
}

json_t *json_case(
    const struct session *session, const struct session_summary *summary, size_t index) {
    const struct bench_case *bench_case = &session->plan->cases[index];
    const struct case_result *result = &session->results[index];
    ptrdiff_t twin = bench_case->twin_of;

    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:I, s:o, s:o, s:f, s:b, s:o, "
                     "s:o, s:I, s:b, s:o, s:o}",
        "id", json_text(bench_case->id), "name", json_text(bench_case->name), "workload",
        json_text(bench_case->workload->name), "plugin",
        text_or_null(bench_case->plugin ? bench_case->plugin->path : NULL), "params",
        json_params(bench_case->workload->params, bench_case->params), "executor",
        json_text(bench_case->executor->name), "variant", json_text(bench_case->variant), "pool",
        json_params(bench_case->executor->params, bench_case->pool), "workers", bench_case->workers,
        "jobs", (json_int_t)bench_case->jobs, "prepare", text_or_null(bench_case->prepare),
        "cleanup", text_or_null(bench_case->cleanup), "threshold", bench_case->threshold,
        "is_baseline", bench_case->is_baseline, "twin_of",
        text_or_null(twin >= 0 ? session->plan->cases[twin].id : NULL), "impossible",
        text_or_null(bench_case->impossible), "passes", (json_int_t)result->passes, "given_up",
        result->given_up, "samples", samples_value(result), "summary",
        summary_value(&summary->cases[index]));
}
