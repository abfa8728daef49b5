/* SPDX-License-Identifier: MIT */
#ifndef MEASURE_LATENCY_H
#define MEASURE_LATENCY_H

#include <pconc/executor.h>

#include "result.h"
#include "work.h"

/*
 * How long each job took from submission to completion, and where that time went. Jobs are run
 * through a wrapper, which reads the clock before and after them. It times the calls that block by
 * replacing the operations of the task. So no executor knows of it, and without it jobs run
 * directly.
 *
 * Each thread records into its own recorder, in memory that worker processes share. A job is
 * submitted when its pass starts; in an open loop, when it is due. So there the time that a job
 * waits for a pool that is too slow counts (Tene's "coordinated omission": a load generator that
 * waits for slow jobs before it sends the next ones does not see how late those are).
 */
struct latency_watch;

/* For `workers` workers that run the jobs of `work`; *ret_work is what is given to work_new then.
 * latency_free() it after the pool is closed. */
int latency_new(const struct work_options *work, struct latency_watch **ret_watch,
    struct work_options *ret_work, struct diag *diag) PCONC_CHECKED;
void latency_free(struct latency_watch *watch); /* NULL is fine */

/* From now on jobs are submitted when they are due in `work`, which is paced. NULL: when their pass
 * starts. Only while no worker runs. */
void latency_pace(struct latency_watch *watch, const struct work *work);

/* A run begins now. Only while no worker runs. */
void latency_submit(struct latency_watch *watch);

/* Forgets what has been recorded, warm-up runs that is. Only while no worker runs. */
void latency_reset(struct latency_watch *watch);

/* Of all runs since the reset. Only while no worker runs. */
struct latency latency_collect(const struct latency_watch *watch);

#endif
