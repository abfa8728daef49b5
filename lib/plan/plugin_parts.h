/* SPDX-License-Identifier: MIT */
#ifndef PLAN_PLUGIN_PARTS_H
#define PLAN_PLUGIN_PARTS_H

#include "plugin.h"

/* For the plugin_*.c files only. */

/* plugin_load.c. -errno with a sentence where `path` is no file that can be read. */
int plugin_identify(
    const char *path, struct plugin_identity *ret_identity, struct diag *diag) PCONC_CHECKED;

/* plugin_load.c: loads it into this process and checks that it was built for this pconc. The caller
 * puts the plug-in's name before the sentence. */
int plugin_open(
    const char *file, const struct pconc_plugin **ret_plugin, struct diag *diag) PCONC_CHECKED;

/* plugin_tables.c: a plug-in's tables as flat bytes, in memory that two processes share. */
struct flat_param {
    char name[64], default_text[256], test_text[256], zero_word[32], not_above[64], help[256];
    int has_test_text, has_zero_word, has_not_above;
    int type;
    int64_t min, max;
};

struct flat_workload {
    char name[64], summary[256];
    int64_t default_jobs;
    uint64_t result_size;
    uint32_t param_count;
    unsigned needs;
    int runs_commands;
    char blocks[64];
    int has_blocks;
    struct flat_param params[PARAMS_MAX];
};

struct flat_tables {
    uint32_t count;
    struct flat_workload workloads[PLUGIN_WORKLOADS_MAX];
};

/* Checks the tables and flattens them. Follows their pointers, so it may crash. */
int tables_flatten(const struct workload *const *workloads, struct flat_tables *flat,
    struct diag *diag) PCONC_CHECKED;

/* The reverse. Checks what it reads. */
int tables_restore(struct flat_tables *flat, struct arena *arena,
    const struct workload *const **ret_workloads, struct diag *diag) PCONC_CHECKED;

#endif
