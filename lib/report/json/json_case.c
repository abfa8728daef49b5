/* SPDX-License-Identifier: MIT */
#include "json.h"

/* clang-format off */
const struct json_field latency_fields[] = {
    FIELD_WITHIN(FIELD_INT64, latency, jobs, 1, FIGURE_MAX, 0),
    FIELD(FIELD_INT64, latency, p50_ns, 0),
    FIELD(FIELD_INT64, latency, p90_ns, 0),
    FIELD(FIELD_INT64, latency, p99_ns, 0),
    FIELD(FIELD_INT64, latency, p999_ns, 0),
    FIELD(FIELD_INT64, latency, max_ns, 0),
    FIELD(FIELD_REAL, latency, waiting_ns, 0),
    /* below 0 if tasks of a job were suspended at the same time */
    FIELD_WITHIN(FIELD_REAL, latency, running_ns, -FIGURE_MAX, FIGURE_MAX, 0),
    FIELD(FIELD_REAL, latency, suspended_ns, 0),
    FIELD(FIELD_REAL, latency, recording_ns, 0),
    FIELD(FIELD_INT64, latency, lost, FIELD_LATER),
    FIELD(FIELD_INT64, latency, late, FIELD_LATER),
    FIELD(FIELD_INT64, latency, backlog, FIELD_LATER),
    FIELD(FIELD_REAL, latency, last_late_ns, FIELD_LATER | FIELD_MAYBE),
    FIELDS_END,
};

const struct json_field timed_fields[] = {
    FIELD_WITHIN(FIELD_INT64, timed, elapsed_ns, 1, FIGURE_MAX, 0),
    FIELD(FIELD_INT64, timed, no_cpu_ns, FIELD_MAYBE),
    FIELD(FIELD_INT64, timed, timeslices, FIELD_MAYBE),
    FIELD(FIELD_INT64, timed, migrations, FIELD_MAYBE),
    FIELD(FIELD_INT64, timed, cpus_used, FIELD_MAYBE),
    FIELD(FIELD_INT64, timed, cpu_ns, FIELD_MAYBE),
    FIELD(FIELD_INT64, timed, busy_ns, FIELD_MAYBE),
    FIELD(FIELD_INT64, timed, idle_ns, FIELD_MAYBE),
    FIELD(FIELD_INT64, timed, steal_ns, FIELD_MAYBE),
    FIELD(FIELD_INT64, timed, throttled_periods, FIELD_MAYBE),
    FIELDS_END,
};

static const struct json_field command_fields[] = {
    FIELD(FIELD_INT64, command_usage, count, 0),
    FIELD(FIELD_INT64, command_usage, user_ns, 0),
    FIELD(FIELD_INT64, command_usage, system_ns, 0),
    FIELD(FIELD_INT64, command_usage, minor_faults, 0),
    FIELD(FIELD_INT64, command_usage, major_faults, 0),
    FIELD(FIELD_INT64, command_usage, voluntary_switches, 0),
    FIELD(FIELD_INT64, command_usage, involuntary_switches, 0),
    FIELD(FIELD_INT64, command_usage, peak_sum_bytes, 0),
    FIELD(FIELD_INT64, command_usage, peak_max_bytes, 0),
    FIELDS_END,
};

const struct json_field sample_fields[] = {
    FIELD_WITHIN(FIELD_INT, sample, round, -1, ROUNDS_MAX - 1, 0),
    FIELD(FIELD_INT64, sample, session, FIELD_LATER),
    FIELD(FIELD_REAL, sample, rate, FIELD_LATER | FIELD_MAYBE),
    FIELD(FIELD_SENTENCE, sample, failure, FIELD_FAILS),
    FIELD(FIELD_INT64, sample, startup_ns, FIELD_TIMED),
    FIELD(FIELD_INT64, sample, warmup_ns, FIELD_TIMED),
    FIELD(FIELD_INT64, sample, warmup_runs, FIELD_LATER),
    FIELD(FIELD_BOOL, sample, unsteady, FIELD_LATER),
    FIELD(FIELD_REAL, sample, run_ns, FIELD_TIMED),
    FIELD(FIELD_REAL, sample, run_sd_ns, FIELD_LATER | FIELD_MAYBE),
    FIELD(FIELD_INT64, sample, shutdown_ns, FIELD_TIMED),
    FIELD(FIELD_INT64, sample, elapsed_ns, FIELD_TIMED),
    FIELD(FIELD_INT64, sample, user_ns, 0),
    FIELD(FIELD_INT64, sample, system_ns, 0),
    FIELD(FIELD_INT64, sample, max_rss_bytes, 0),
    FIELD(FIELD_INT64, sample, voluntary_switches, 0),
    FIELD(FIELD_INT64, sample, involuntary_switches, 0),
    FIELD(FIELD_INT64, sample, minor_faults, 0),
    FIELD(FIELD_INT64, sample, major_faults, 0),
    FIELD(FIELD_INT64, sample, partner_cpu_ns, 0),
    FIELD(FIELD_INT64, sample, errors, 0),
    FIELD(FIELD_INT64, sample, loop_busy_ns, FIELD_LATER),
    FIELD(FIELD_SENTENCE, sample, slow_tasks, FIELD_LATER),
    FIELD_TABLE(sample, latency, latency_fields, FIELD_LATER | FIELD_OPTIONAL),
    FIELD_TABLE(sample, commands, command_fields, FIELD_LATER | FIELD_OPTIONAL),
    FIELD_TABLE(sample, timed, timed_fields, FIELD_LATER | FIELD_OPTIONAL),
    FIELDS_END,
};

static const struct json_field latency_summary_fields[] = {
    FIELD(FIELD_REAL, latency_summary, p50_ns, 0),
    FIELD(FIELD_REAL, latency_summary, p90_ns, 0),
    FIELD(FIELD_REAL, latency_summary, p99_ns, 0),
    FIELD(FIELD_REAL, latency_summary, p999_ns, 0),
    FIELD(FIELD_REAL, latency_summary, max_ns, 0),
    FIELD(FIELD_REAL, latency_summary, waiting_ns, 0),
    FIELD(FIELD_REAL, latency_summary, running_ns, 0),
    FIELD(FIELD_REAL, latency_summary, suspended_ns, 0),
    FIELD(FIELD_REAL, latency_summary, recording_share, 0),
    FIELD(FIELD_RATIO, latency_summary, rate, FIELD_LATER),
    FIELD(FIELD_REAL, latency_summary, reached, FIELD_LATER),
    FIELD(FIELD_REAL, latency_summary, late_share, FIELD_LATER),
    FIELD(FIELD_REAL, latency_summary, backlog, FIELD_LATER),
    FIELD(FIELD_BOOL, latency_summary, too_slow, FIELD_LATER),
    FIELDS_END,
};

static const struct json_field summary_fields[] = {
    FIELD(FIELD_SIZE, case_summary, valid, 0),
    FIELD(FIELD_SIZE, case_summary, failed, 0),
    FIELD(FIELD_REAL, case_summary, time_ns, 0),
    FIELD_AS("time_interval_ns", FIELD_INTERVAL, case_summary, time_interval, 0, 0, 0),
    FIELD(FIELD_REAL, case_summary, run_ns, 0),
    FIELD_AS("run_interval_ns", FIELD_INTERVAL, case_summary, run_interval, 0, 0, 0),
    FIELD(FIELD_REAL, case_summary, startup_ns, 0),
    FIELD(FIELD_REAL, case_summary, shutdown_ns, 0),
    FIELD(FIELD_REAL, case_summary, cpu_share, 0),
    FIELD(FIELD_REAL, case_summary, switches, 0),
    FIELD(FIELD_REAL, case_summary, max_rss_bytes, 0),
    FIELD(FIELD_REAL, case_summary, command_user_ns, FIELD_LATER),
    FIELD(FIELD_REAL, case_summary, command_system_ns, FIELD_LATER),
    FIELD(FIELD_REAL, case_summary, command_rss_bytes, FIELD_LATER),
    FIELD(FIELD_RATIO, case_summary, speedup, FIELD_MAYBE),
    FIELD(FIELD_REAL, case_summary, efficiency, 0),
    FIELD_TABLE(case_summary, latency, latency_summary_fields, FIELD_LATER),
    FIELD_AS("no_cpu_share", FIELD_REAL, case_summary, no_cpu.share, 0, 0, FIELD_LATER),
    FIELDS_END,
};

const struct json_field case_fields[] = {
    FIELD(FIELD_STRING, bench_case, id, 0),
    FIELD(FIELD_STRING, bench_case, name, 0),
    FIELD_ELSE("workload", 0),
    FIELD_ELSE("plugin", 0),
    FIELD_ELSE("params", 0),
    FIELD_ELSE("executor", 0),
    FIELD(FIELD_STRING, bench_case, variant, 0),
    FIELD_ELSE("pool", 0),
    FIELD_WITHIN(FIELD_INT, bench_case, workers, 1, WORKERS_MAX, 0),
    FIELD(FIELD_SENTENCE, bench_case, reduced, FIELD_LATER),
    FIELD_ELSE("cpus", FIELD_LATER),
    FIELD_WITHIN(FIELD_INT64, bench_case, jobs, 0, JOBS_MAX, 0),
    FIELD(FIELD_SENTENCE, bench_case, prepare, FIELD_OPTIONAL),
    FIELD(FIELD_SENTENCE, bench_case, cleanup, FIELD_OPTIONAL),
    FIELD(FIELD_SHARE, bench_case, threshold, FIELD_OPTIONAL),
    FIELD(FIELD_BOOL, bench_case, is_baseline, 0),
    FIELD(FIELD_CASE, bench_case, twin_of, 0),
    FIELD(FIELD_SENTENCE, bench_case, impossible, FIELD_OPTIONAL),
    FIELDS_END,
};

const struct json_field result_fields[] = {
    FIELD(FIELD_INT64, case_result, passes, 0),
    FIELD(FIELD_BOOL, case_result, given_up, 0),
    FIELD_ELSE("samples", 0),
    FIELD_ELSE("summary", 0),
    FIELDS_END,
};
/* clang-format on */

static json_t *sample_value(const void *result, size_t index) {
    return fields_value(sample_fields, NULL, &((const struct case_result *)result)->samples[index]);
}

static json_t *cpu_value(const void *cpus, size_t index) {
    return json_integer(((const int *)cpus)[index]);
}

/* Only of workers that are bound. */
static json_t *add_cpus(json_t *object, const struct bench_case *bench_case) {
    if (!bench_case->cpus || bench_case->cpus[0] < 0)
        return object;
    return fields_set(object,
        json_pack("{s:o}", "cpus",
            json_list(cpu_value, bench_case->cpus, 0, (size_t)bench_case->cpu_count)));
}

json_t *json_case(const void *source, size_t index) {
    const struct json_source *from = source;
    const struct session *session = from->session;
    const struct bench_case *bench_case = &session->plan->cases[index];
    const struct case_result *result = &session->results[index];
    json_t *value = add_cpus(fields_value(case_fields, session->plan, bench_case), bench_case);
    return fields_set(fields_add(value, result_fields, NULL, result),
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "workload",
            json_text(bench_case->workload->name), "plugin",
            json_text(bench_case->plugin ? bench_case->plugin->path : NULL), "params",
            json_params(bench_case->workload->params, bench_case->params), "executor",
            json_text(bench_case->executor->name), "pool",
            json_params(bench_case->executor->params, bench_case->pool), "samples",
            json_list(sample_value, result, 0, result->sample_count), "summary",
            fields_value(summary_fields, NULL, &from->summary->cases[index])));
}
