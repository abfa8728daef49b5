/* SPDX-License-Identifier: MIT */
#ifndef JUDGE_UNPAIRED_H
#define JUDGE_UNPAIRED_H

#include "arena.h"
#include "verdict.h"

/* Cases that only one side has. A change that adds a workload makes new ones, one that removes or
 * renames a workload makes missing ones. */

/* A list of ids. */
struct ids {
    const char **items;
    size_t count;
};

/* Sets the unpaired cases of the settings, missing ones first, with their notes. All in `arena`,
 * but the ids, which are borrowed. */
void unpaired_set(struct gate_settings *settings, const struct ids *missing,
    const struct ids *added, struct arena *arena);

/* Puts a row for each unpaired case behind the pairs, which have room for them, and adds their
 * verdicts to that of the whole. */
void unpaired_judge(struct gate_verdict *verdict);

/* The one of `others` that `id` is probably called there: the same executor and workers, and if
 * several have these, the nearest name. NULL: none. */
const char *unpaired_likely(const char *id, const struct ids *others, struct arena *arena);

#endif
