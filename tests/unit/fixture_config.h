/* SPDX-License-Identifier: MIT */
#ifndef FIXTURE_CONFIG_H
#define FIXTURE_CONFIG_H

#include "plan.h"

#include <pconc/workload.h>

#include <stddef.h>

/* Configs from tests/data/conf, and tables to hold them against. */

/* sleep, gcd and noop, with jobs that do nothing; ended by NULL. */
extern const struct workload *const fixture_workloads[];

/* Every NAME.yaml in tests/data/conf/FOLDER must make `load` fail with the sentence in NAME.err.
 * With UPDATE_GOLDEN set in the environment the sentences are written instead. */
void fixture_check_refusals(const char *folder, size_t at_least,
    int (*load)(const char *name, const char *text, size_t size, struct diag *diag));

/* A whole file, which must be there, with a '\0' behind it. Free it. */
char *fixture_read(const char *path, size_t *ret_size);

/* A config's text -> a plan over the fixture's workloads. `options` NULL: two CPUs, no more. */
int fixture_plan(const char *name, const char *text, size_t size,
    const struct plan_options *options, struct plan **ret_plan, struct diag *diag) PCONC_CHECKED;

/* A config that uses all there is. */
extern const char fixture_config[];

/* `size` bytes in memory of their own, so that sanitizers see a read past them. Free it. */
char *fixture_exact(const char *text, size_t size);

#endif
