/* SPDX-License-Identifier: MIT */
#ifndef PROCESS_GUARD_H
#define PROCESS_GUARD_H

#include <pconc/diag.h>

#include "sample_cgroup.h"

/*
 * Where the tool is killed with SIGKILL, nobody would end what its samples and hooks have started:
 * the kernel ends the sample with the tool, but not the programs that jobs run. A process beside
 * the tool does, which sleeps until the tool has gone, and then kills whatever carries the mark of
 * the session, a variable of its environment, kills the control group of the samples, and removes
 * that. A process that was given another environment and is in no such group escapes.
 */
struct guard;

/* Marks this process's environment, so that all which it starts from now on carry the mark. The
 * caller must be single-threaded. The guard is a child of it that waitid() sees only with
 * __WALL. */
int guard_start(
    const struct sample_cgroup *cgroup, struct guard **ret_guard, struct diag *diag) PCONC_CHECKED;
void guard_stop(struct guard *guard); /* takes the mark off; NULL is fine */

#endif
