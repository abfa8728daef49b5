/* SPDX-License-Identifier: MIT */
#ifndef JUDGE_METRIC_H
#define JUDGE_METRIC_H

#include <pconc/diag.h>

#include "result.h"

/* What can be judged of a sample: by comparisons, one row for each metric, and by checks. */
enum metric {
    METRIC_TIME,    /* ns: start-up + run + shutdown */
    METRIC_RUN,     /* ns: all jobs once */
    METRIC_STARTUP, /* ns */
    METRIC_CPU,     /* ns: CPU time, user and system, of the sample / its runs, untimed ones too */
    METRIC_MEMORY,  /* bytes: peak resident memory of all its processes */
    METRIC_P99,     /* ns: latency of jobs; only if latencies were recorded */
    METRICS,
};

extern const char *const metric_names[METRICS]; /* "time", "run", ... */

/* By name; -1: there is none. */
int metric_find(const char *name);

/* Bytes; else ns. */
static inline bool metric_is_bytes(enum metric metric) {
    return metric == METRIC_MEMORY;
}

/* Of a sample of `result`; NaN: the sample failed, or does not have it. */
double metric_value(
    enum metric metric, const struct case_result *result, const struct sample *sample);

/* Of each sample that has it, in order. Returns their number. */
size_t metric_values(enum metric metric, const struct case_result *result, double *ret_values);
double metric_median(enum metric metric, const struct case_result *result, struct arena *arena);

/* The metrics of a comparison, and their thresholds. All zero: the time, by the thresholds of the
 * cases. */
struct metrics {
    unsigned chosen;            /* 1 << METRIC_...; 0: METRIC_TIME alone */
    unsigned with_threshold;    /* these have a threshold of their own; */
    double thresholds[METRICS]; /* the others have that of the case */
};

/* The chosen metrics in order. Returns their number, at least 1. */
size_t metrics_list(const struct metrics *metrics, enum metric ret_list[METRICS]);
bool metrics_have(const struct metrics *metrics, enum metric metric);

/* The threshold of a metric, for a case whose own is `of_case`. */
double metrics_threshold(const struct metrics *metrics, enum metric metric, double of_case);

#endif
