/* SPDX-License-Identifier: MIT */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include <pconc/executor.h>
#include <pconc/workload.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "plugin.h"
#include "spec.h"

/* What will be measured, checked and complete: every case, in sections. */

#define ROUNDS_MAX 10000
#define WARMUP_MAX 1000000
#define WARMUP_AUTO (-1) /* as many as it takes until a run is steady (lib/stats/steady.h) */
#define CASES_MAX 10000
#define JOBS_MAX INT64_C(1000000000)

#define DEFAULT_ROUNDS 10
#define DEFAULT_WARMUP WARMUP_AUTO
#define DEFAULT_TIMEOUT_NS (INT64_C(60) * 1000000000)
#define DEFAULT_THRESHOLD 0.02
#define THRESHOLD_MAX 10.0
#define RATE_MIN 0.001 /* jobs per second of an open loop */
#define RATE_MAX 1e9
/* How long the jobs of a sample arrive in an open loop whose number of jobs is not given. */
#define DEFAULT_OPEN_S 2

struct bench_case {
    const char *id;      /* "gcd/threads/2/chunk=1"; of the control "gcd/threads/2/control" */
    const char *name;    /* the run's name, the workload's unless the config gives one */
    const char *variant; /* the varied parameters of the pool, "chunk=1", or "" */
    const struct workload *workload;
    const struct plugin *plugin; /* of the workload; NULL: built in. Borrowed */
    union param_value params[PARAMS_MAX];
    const struct executor *executor;
    union param_value pool[PARAMS_MAX];
    int workers;
    const char *reduced; /* why it has fewer workers than were asked for: "its jobs never block";
                            NULL: it has not, or its executor never has more */
    const int *cpus; /* of each worker, cpu_count of them; PLACE_ANY: not bound. NULL: unknown, or
                        none is bound */
    int cpu_count;
    int64_t jobs;
    const char *prepare, *cleanup; /* commands, before and after each sample; NULL: none */
    double threshold;              /* comparisons ignore changes up to this: 0.02 is 2% */
    size_t section;                /* index into the plan's sections */
    bool is_baseline;              /* the section's serial case, what speed-up refers to */
    ptrdiff_t twin_of;             /* a control: index of the case it is the twin of; else -1 */
    const char *impossible;        /* the reason, such as "threads cannot start tasks"; NULL: it can
                                      be measured */
};

/* Cases that share workload, parameters and jobs: one table, compared with each other. */
struct section {
    const char *title;   /* "gcd: 100 jobs, low=100000 high=900000" */
    size_t first, count; /* its cases, contiguous in the plan */
    ptrdiff_t baseline;  /* index of the serial case, or -1 */
    ptrdiff_t control;   /* index of the control, or -1 */
};

/* An assertion about results of the same session. */
enum check_kind { CHECK_IS_FASTER, CHECK_IS_WITHIN };

struct check {
    const char *text; /* "gcd/threads/2: at least 1.8x as fast as gcd/serial/1" */
    enum check_kind kind;
    enum check_key what; /* is within: CHECK_TIME, ... */
    size_t index;        /* the case */
    size_t other;        /* is faster: than this case */
    double limit;        /* ns, bytes, jobs, or how many times as fast at least */
};

struct plan {
    struct arena *arena; /* owns everything below; parameter texts are copied into it */
    int rounds;
    int warmup;    /* untimed runs before the timed ones, in each sample; or WARMUP_AUTO */
    uint64_t seed; /* given, or drawn from the system */
    bool seed_was_drawn;
    int64_t timeout_ns; /* of one sample */
    bool latency;       /* record the latency of each job; with a rate always, else by the caller */
    double rate;        /* an open loop: jobs that start in a second; 0: as workers are free */
    double rate_low;    /* 0: only `rate`; else the highest rate is sought, from here to `rate`, at
                           which p99 is at most latency_limit_ns */
    int64_t latency_limit_ns;
    bool show_output; /* what jobs, commands and hooks print goes to standard error, not nowhere */
    const char *arrivals; /* with a rate: one of arrivals_words; else NULL */
    int64_t slow_ns;      /* report tasks that hold their event loop for longer; 0: none */
    struct bench_case *cases;
    size_t case_count;
    const struct bench_case **by_id; /* the cases in the order of their ids, from plan_index */
    struct section *sections;
    size_t section_count;
    struct check *checks;
    size_t check_count;
};

/* Which cases of a spec to take. Lists are comma separated or "all"; NULL: all. */
struct plan_options {
    const struct workload *const *workloads; /* every workload, those of plug-ins as well; ended by
                                                NULL */
    const struct plugin *const *plugins;     /* ended by NULL; NULL: none. Must outlive the plan */
    int usable_cpus;                         /* the default for workers */
    struct spec_text executors, workload_names;
    struct spec_text
        filter;   /* a glob (fnmatch) over ids; also matches the id's beginning up to a '/' */
    bool control; /* add to each section a twin of its first parallel case */
};

/* Checks `spec` against the tables and makes its cases. -EINVAL with the origin of the mistake: an
 * unknown name with "did you mean", a value out of range with its range, a selection that leaves no
 * case with the ids of the plan. The plan does not need `spec` afterwards. */
int plan_build(const struct plan_spec *spec, const struct plan_options *options,
    struct plan **ret_plan, struct diag *diag) PCONC_CHECKED;
void plan_free(struct plan *plan); /* NULL is fine */

/* The shortest name that means only this workload: 'sleep', or where several have that name
 * 'libmine.so:sleep', 'dir/libmine.so:sleep', or 'pconc:sleep' for a built-in one. */
const char *workload_label(
    const struct plan_options *options, const struct workload *workload, struct arena *arena);

/* A share from 0 to THRESHOLD_MAX: "2%". -EINVAL with the origin of the text. */
int threshold_parse(struct diag *diag, struct spec_text text, double *ret) PCONC_CHECKED;

/* Why `executor` cannot run jobs of `workload`: "cannot start tasks"; NULL: it can. */
const char *executor_lacks(const struct executor *executor, const struct workload *workload);

/* Whether all values of two sets are equal, by one table of parameters. */
bool params_equal(
    const struct param *params, const union param_value *a, const union param_value *b);

/* Sorts the cases for plan_find_case. Call it when all cases have their ids. */
void plan_index(struct plan *plan);

/* Index of the case of that id; -1: there is none. */
ptrdiff_t plan_find_case(const struct plan *plan, const char *id);

/* The jobs of a sample at this rate. While a rate is sought, samples at all rates last as long, but
 * have at least SEARCH_JOBS_MIN jobs, so that p99 means something. */
#define SEARCH_JOBS_MIN 100
int64_t plan_jobs_at(const struct plan *plan, const struct bench_case *bench_case, double rate);

/* By name; NULL: there is none. */
const struct workload *workload_find(const struct workload *const *workloads, const char *name);

#endif
