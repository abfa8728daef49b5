/* SPDX-License-Identifier: MIT */
#ifndef CMD_BENCH_PLAN_H
#define CMD_BENCH_PLAN_H

#include "bench_options.h"
#include "catalog.h"
#include "plan.h"

/* The plan that the options of `pconc bench` stand for: the configs', the built-in one, or one made
 * of --executor and --workload. plan_free() it, and then catalog_release() what it refers to, the
 * latter whatever this returned. */
int bench_plan_make(const struct bench_options *options, struct catalog *ret_catalog,
    struct plan **ret_plan, struct diag *diag) PCONC_CHECKED;

/* Prints sections, case ids, and how much would be measured. */
void bench_plan_print(FILE *out, const struct plan *plan);

#endif
