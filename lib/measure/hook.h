/* SPDX-License-Identifier: MIT */
#ifndef MEASURE_HOOK_H
#define MEASURE_HOOK_H

#include "sample.h"

/* Runs a hook of the order's case, `key` ("prepare") being what it is called and `command` what to
 * run, and waits for it, for as long as for a sample. What it leaves running stays until the
 * caller's children_kill. Returns 0, with *ret_failure (in `arena`) why it failed or NULL, or the
 * number of the signal that ended it. */
int hook_run(const struct sample_order *order, const char *key, const char *command,
    struct arena *arena, const char **ret_failure);

#endif
