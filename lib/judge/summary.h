/* SPDX-License-Identifier: MIT */
#ifndef JUDGE_SUMMARY_H
#define JUDGE_SUMMARY_H

#include "result.h"
#include "stats.h"

/* How long the workers of a case waited for a CPU during the timed runs, and why. */

enum wait_cause {
    WAIT_UNKNOWN,   /* they waited, and no cause was seen */
    WAIT_NONE,      /* they did not wait, or for less than WAIT_SHARE_MIN, or that is not known */
    WAIT_WORKERS,   /* there are more workers than usable CPUs */
    WAIT_PLACEMENT, /* another CPU was idle */
    WAIT_OTHERS,    /* other programs ran on the CPUs */
    WAIT_QUOTA,     /* the CPU quota of the cgroup ran out */
};

struct waiting {
    double share; /* of the workers' time; NaN: unknown */
    enum wait_cause cause;
    double others; /* how many CPUs other programs kept busy; NaN: unknown */
};

#define WAIT_SHARE_MIN 0.05 /* a smaller share needs no explanation */
/* A cause is named if it lasted at least this part of the waiting time: idle CPUs, or other
 * programs. */
#define WAIT_CAUSE_MIN 0.5
/* Shorter waits, in the mean, are those of waking up: on virtual machines up to 50 us. */
#define WAIT_MEAN_MIN_NS 100000

/* From all valid samples of the case. */
struct waiting waiting_of(const struct session *session, size_t index);

/*
 * What the samples of a session say. Only valid samples count (failure NULL). Unknown numbers are
 * NaN. A ratio of two cases pairs their samples of the same round, so that drift of the machine
 * affects both. It is the median of the log-ratios with its exact interval, taken through exp.
 */

#define CONFIDENCE 0.95
#define BUSY_SHARE 0.90 /* efficiency means something if serial keeps a CPU at least this busy */

/* Medians over the samples, except max_ns. All NaN: latency was not recorded. */
struct latency_summary {
    double p50_ns, p90_ns, p99_ns, p999_ns;
    double max_ns; /* the largest */
    double waiting_ns, running_ns, suspended_ns;
    double recording_share; /* what recording costs, of the time that a worker has for a job */
    /* Of an open loop; else NaN. */
    double reached;       /* jobs per second that the pool started, at most the rate */
    double late_share;    /* of all jobs: those that started more than LATE_NS late */
    double backlog;       /* the most jobs that were due and not started */
    struct estimate rate; /* where the highest rate is sought: the median of those found; the other
                             figures are those at these rates */
    bool too_slow;        /* the percentiles, max_ns and waiting_ns are NaN */
};

static inline bool latency_known(const struct latency_summary *latency) {
    return latency->running_ns == latency->running_ns;
}

struct case_summary {
    size_t valid, failed;      /* samples */
    const char *first_failure; /* borrowed from the session; NULL: none */
    bool covered;              /* a check decides what its failures mean (checks_cover) */
    double time_ns;            /* a median, like all that follow but max_rss_bytes */
    struct interval time_interval;
    double run_ns;
    struct interval run_interval;
    double startup_ns, shutdown_ns;
    double cpu_share;       /* CPU time / elapsed time; 2.0: two CPUs kept busy */
    double switches;        /* voluntary + involuntary, per sample */
    double run_switches;    /* per run of a sample, the untimed ones as well */
    double max_rss_bytes;   /* the largest */
    double command_user_ns; /* CPU time of one program that a job started: means over the programs
                               of all valid samples; NaN: there were none */
    double command_system_ns;
    double command_rss_bytes; /* likewise the mean of their peaks */
    struct estimate speedup;  /* serial time / this time; 1 for serial itself; NaN without serial */
    double efficiency;        /* speedup / min(workers, usable CPUs); NaN where it means nothing */
    struct latency_summary latency;
    struct waiting no_cpu; /* not a median: of all valid samples together */
};

struct section_summary {
    ptrdiff_t fastest; /* the case with the smallest median time, without controls and cases with a
                          failed sample; -1: none */
    bool *tied;        /* by index into the section: not separable from the fastest, because the
                          interval of their ratio contains 1 or is unknown */
    size_t tied_count; /* without the fastest itself */
    struct estimate control; /* twin / its case; value NaN without a control */
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
    bool any_failed; /* a case has a failed sample or no valid one, and no check covers it */
};

struct session_summary *summarize(const struct session *session);
void session_summary_free(struct session_summary *summary); /* NULL is fine */

/* Figures of one sample, for valid_values; NaN: the sample does not have it. */
double run_ns_of(const struct sample *sample);
double startup_ns_of(const struct sample *sample);

/* One figure of each valid sample that has it, in order. Returns their number. */
size_t valid_values(
    const struct case_result *result, double (*get)(const struct sample *), double *ret_values);

/* The ratio of the times of two cases, over / under, from the rounds in which both are valid. */
struct estimate paired_ratio(
    const struct case_result *over, const struct case_result *under, double confidence);

#endif
