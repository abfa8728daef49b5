/* SPDX-License-Identifier: MIT */
#include "metric.h"

#include <math.h>
#include <string.h>

#include "stats.h"

const char *const metric_names[METRICS] = {
    [METRIC_TIME] = "time",
    [METRIC_RUN] = "run",
    [METRIC_STARTUP] = "startup",
    [METRIC_CPU] = "cpu",
    [METRIC_MEMORY] = "memory",
    [METRIC_P99] = "p99",
};

int metric_find(const char *name) {
    for (int i = 0; i < METRICS; i++)
        if (strcmp(metric_names[i], name) == 0)
            return i;
    return -1;
}

double metric_value(
    enum metric metric, const struct case_result *result, const struct sample *sample) {
    if (sample->failure)
        return NAN;
    switch (metric) {
    case METRIC_RUN:
        return sample->run_ns;
    case METRIC_STARTUP:
        return (double)sample->startup_ns;
    case METRIC_CPU:
        return (double)(sample->user_ns + sample->system_ns)
            / (double)(sample->warmup_runs + (result->passes > 1 ? result->passes : 1));
    case METRIC_MEMORY:
        return (double)sample->max_rss_bytes;
    case METRIC_P99:
        return sample->latency.jobs > 0 ? (double)sample->latency.p99_ns : NAN;
    default:
        return sample_time_ns(sample);
    }
}

size_t metric_values(enum metric metric, const struct case_result *result, double *ret_values) {
    size_t count = 0;

    for (size_t i = 0; i < result->sample_count; i++) {
        double value = metric_value(metric, result, &result->samples[i]);

        if (!isnan(value))
            ret_values[count++] = value;
    }
    return count;
}

double metric_median(enum metric metric, const struct case_result *result, struct arena *arena) {
    double *values = arena_array(arena, double, 2 * result->sample_count + 1);
    size_t count = metric_values(metric, result, values);

    return median(values, count, values + count);
}

bool metrics_have(const struct metrics *metrics, enum metric metric) {
    unsigned chosen = metrics->chosen ? metrics->chosen : 1U << METRIC_TIME;

    return chosen >> metric & 1;
}

size_t metrics_list(const struct metrics *metrics, enum metric ret_list[METRICS]) {
    size_t count = 0;

    for (int i = 0; i < METRICS; i++)
        if (metrics_have(metrics, (enum metric)i))
            ret_list[count++] = (enum metric)i;
    return count;
}

double metrics_threshold(const struct metrics *metrics, enum metric metric, double of_case) {
    return metrics->with_threshold >> metric & 1 ? metrics->thresholds[metric] : of_case;
}
