/* SPDX-License-Identifier: MIT */
#ifndef MEASURE_TRIAL_H
#define MEASURE_TRIAL_H

#include "arrivals.h"
#include "result.h"

/* One sample, measured in the process that calls: as the new process of a sample does, and the
 * contract tests for every executor and workload. */

/* How far a trial has come. It explains a trial that never ends. */
enum trial_phase {
    TRIAL_LOADING, /* the plug-in, before trial_run */
    TRIAL_SETUP,
    TRIAL_RUNNING, /* from opening the pool until it is closed */
    TRIAL_VERIFYING,
    TRIAL_TEARDOWN,
    TRIAL_ENDED, /* the process is ending */
};

struct trial {
    const struct workload *workload;
    const union param_value *params;
    const struct executor *executor;
    const union param_value *pool;
    int workers;
    const int *cpus; /* of each worker, cpu_count of them; NULL: by the parameter `pin` */
    int cpu_count;
    int64_t jobs;
    uint64_t seed;
    int warmup;      /* untimed runs, or WARMUP_AUTO */
    int64_t passes;  /* timed runs; 0: find out how many make an interval */
    int64_t slow_ns; /* note tasks that hold their event loop for longer; 0: none */
    double rate;     /* of an open loop: jobs per second; 0: jobs start as workers are free */
    enum arrivals arrivals;
    int round;                                              /* each has other arrivals */
    bool latency;                                           /* record that of each job */
    void (*entered)(void *context, enum trial_phase phase); /* NULL: not called */
    void *context;                                          /* for `entered` */
    char *slow_tasks; /* SLOW_TEXT_SIZE bytes for sample.slow_tasks; NULL: it stays NULL */
};

#define SLOW_TEXT_SIZE 2048

/* setup, open, runs, close, verify, teardown. 0: *ret_sample is measured and verified, and
 * *ret_passes says how many runs it timed. Negative: why it is not, and nothing is left behind;
 * ret_sample->errors alone is set, to how many jobs failed. The caller fills round. */
int trial_run(const struct trial *trial, struct sample *ret_sample, int64_t *ret_passes,
    struct diag *diag) PCONC_CHECKED;

#endif
