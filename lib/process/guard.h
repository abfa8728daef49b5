/* SPDX-License-Identifier: MIT */
#ifndef PROCESS_GUARD_H
#define PROCESS_GUARD_H

#include <pconc/diag.h>

#include "sample_cgroup.h"

/*
 * If the tool is killed with SIGKILL, the kernel ends its sample, but not the programs that jobs
 * and hooks have started. The guard is a process beside the tool. It sleeps until the tool is gone.
 * Then it kills every process that has the mark of the session, a variable in its environment, and
 * kills and removes the control group of the samples. A process with another environment and
 * outside that group escapes.
 */
struct guard;

/* Marks this process's environment, so that every process it starts from now on has the mark. The
 * caller must be single-threaded. The guard is a child of it that waitid() sees only with
 * __WALL. */
int guard_start(
    const struct sample_cgroup *cgroup, struct guard **ret_guard, struct diag *diag) PCONC_CHECKED;
void guard_stop(struct guard *guard); /* takes the mark off; NULL is fine */

#endif
