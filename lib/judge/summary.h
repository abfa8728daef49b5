/* SPDX-License-Identifier: MIT */
#ifndef JUDGE_SUMMARY_H
#define JUDGE_SUMMARY_H

#include "result.h"
#include "stats.h"

/*
 * What the samples of a session say. Only valid samples count (failure NULL). Unknown numbers are
 * NaN. Ratios pair samples of the same round, so that the drift of the machine falls on both sides:
 * the median of the paired log-ratios and its exact interval, taken back through exp.
 */

#define CONFIDENCE 0.95
#define BUSY_SHARE                                                                                 \
    0.90 /* serial must keep a CPU at least this busy for efficiency to mean anything */

struct ratio {
    double value;
    struct interval interval;
};

/* Medians over the samples of what each found, but for the largest. All NaN: not asked for. */
struct latency_summary {
    double p50_ns, p90_ns, p99_ns, p999_ns;
    double max_ns; /* the largest */
    double waiting_ns, running_ns, suspended_ns;
    double recording_share; /* of the time that a worker has for a job: what recording it costs */
};

static inline bool latency_known(const struct latency_summary *latency) {
    return latency->p50_ns == latency->p50_ns;
}

struct case_summary {
    size_t valid, failed;      /* samples */
    const char *first_failure; /* borrowed from the session; NULL: none */
    bool covered;              /* its failures are a check's matter (checks_cover) */
    double time_ns;            /* medians, as are the others */
    struct interval time_interval;
    double run_ns;
    struct interval run_interval;
    double startup_ns, shutdown_ns;
    double cpu_share;     /* CPU time / elapsed time; 2.0: two CPUs kept busy */
    double switches;      /* voluntary + involuntary, per sample */
    double max_rss_bytes; /* the largest */
    struct ratio speedup; /* serial time / this time; 1 for serial itself; NaN without serial */
    double efficiency;    /* speedup / min(workers, usable CPUs); NaN where it means nothing */
    struct latency_summary latency;
};

struct section_summary {
    ptrdiff_t fastest; /* index of the case with the smallest median time (controls do not take
                          part, nor cases of which a sample failed), -1: none */
    bool *tied;        /* by index into the section: not separable from the fastest: the interval of
                          their paired ratio holds 1, or is not known */
    size_t tied_count; /* without the fastest itself */
    struct ratio control; /* twin / its case; value NaN without a control */
};

struct session_summary {
    struct arena *arena;              /* owns all of it */
    struct case_summary *cases;       /* one per case of the plan */
    struct section_summary *sections; /* one per section */
    const char **warnings;            /* sentences that say what to do next */
    size_t warning_count;
    const struct check_result *checks; /* of the plan's checks (checks.h) */
    size_t check_count;
    const struct gate_verdict *gate; /* of a comparison, borrowed (verdict.h); NULL: none */
    bool any_failed; /* a case has a failed sample or no valid one, which no check covers */
};

struct session_summary *summarize(const struct session *session);
void session_summary_free(struct session_summary *summary); /* NULL is fine */

/* The paired ratio of two cases, `over` / `under`, by their time. */
struct ratio paired_ratio(const struct case_result *over, const struct case_result *under);
struct ratio paired_ratio_at(
    const struct case_result *over, const struct case_result *under, double confidence);

#endif
