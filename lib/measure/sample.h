/* SPDX-License-Identifier: MIT */
#ifndef MEASURE_SAMPLE_H
#define MEASURE_SAMPLE_H

#include <signal.h>

#include "children.h"
#include "result.h"
#include "sample_cgroup.h"

/*
 * One sample in a fresh process: this program executes itself anew with the case in a sealed memory
 * file, so that the address layout is drawn again and memory starts small. The case's hooks run
 * before and after it, as processes of the tool. When sample_run returns, all of them and their
 * descendants are gone, except those that are stuck in the kernel: these fail the sample.
 */

struct sample_order {
    const struct plan *plan;
    const struct bench_case *bench_case;
    int64_t passes; /* 0: calibrate */
    double rate;    /* of an open loop; 0: none */
    int64_t jobs;
    int round;
    int64_t timer_slack_ns;
    int signal_fd;                 /* a signalfd; a signal on it ends the sample */
    struct bystanders *bystanders; /* children that are left alone */
    int64_t deadline_ns;           /* on the clock, ends it without a failure; 0: none */
    struct sample_cgroup *cgroup;  /* that all of the sample lives in */

    /* Called about once a second while it runs; NULL: not called. */
    void (*tick)(void *context);
    void *context;
};

/* What became of it: *ret_sample is filled, with its failure (owned by `arena`) if it failed;
 * *ret_passes is left alone then. Returns 0, or the number of the signal that ended it (*ret_sample
 * means nothing then), -ETIME likewise at the deadline, or another negative errno with `diag` where
 * no process could be started at all. */
int sample_run(const struct sample_order *order, struct arena *arena, struct sample *ret_sample,
    int64_t *ret_passes, struct diag *diag) PCONC_CHECKED;

/* The other end: the body of the hidden subcommand that each sample runs, "pconc __sample". Reads
 * the case from fd `request`, measures it, writes the sample to fd `reply`. Returns the exit code.
 */
int sample_main(const struct workload *const *workloads, int request, int reply);

#define SAMPLE_SUBCOMMAND "__sample"

#endif
