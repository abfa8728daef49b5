/* SPDX-License-Identifier: MIT */
#ifndef CMD_PLANNING_H
#define CMD_PLANNING_H

#include "catalog.h"
#include "options.h"
#include "plan.h"

#include <stdio.h>

/* A plan, and the workloads that it refers to. */
struct planned {
    struct catalog catalog;
    struct plan *plan;
};

/* Makes the plan of the configs, the built-in plan, or a plan of --executor and --workload.
 * Release it whatever this returned. */
int planned_make(
    const struct options *options, struct planned *ret_planned, struct diag *diag) PCONC_CHECKED;
void planned_release(struct planned *planned);

/* For --dry-run: prints sections, case ids, and how much would be measured. */
void plan_print(FILE *out, const struct plan *plan);

#endif
