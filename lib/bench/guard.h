/* SPDX-License-Identifier: MIT */
#ifndef BENCH_GUARD_H
#define BENCH_GUARD_H

#include <pconc/diag.h>

#include <sys/types.h>

#include "sample_cgroup.h"

/*
 * Where the tool is killed with SIGKILL, nobody would end what its samples and hooks have started:
 * the kernel ends the sample with the tool, but not the programs that jobs run. A process beside
 * the tool does, which sleeps until the tool has gone, and then kills the process groups that it
 * was told of and the control group of the samples, and removes that. Where there is none,
 * descendants that have left their process group escape.
 */
struct guard;

/* The caller must be single-threaded. The guard is a child of it that waitid() sees only with
 * __WALL. */
int guard_start(
    const struct sample_cgroup *cgroup, struct guard **ret_guard, struct diag *diag) PCONC_CHECKED;
void guard_stop(struct guard *guard); /* NULL is fine */

/* From here on `group` is killed if the tool dies. */
void guard_watch(struct guard *guard, pid_t group);

/* No process is left in any of the groups: their numbers may become those of others. */
void guard_forget(struct guard *guard);

#endif
