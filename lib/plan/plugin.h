/* SPDX-License-Identifier: MIT */
#ifndef PLAN_PLUGIN_H
#define PLAN_PLUGIN_H

#include <pconc/plugin.h>

#include "arena.h"

/*
 * Plug-ins, for the tool and for its sample processes. The tool never loads one. A child process
 * loads it, copies the tables into shared memory and ends; if a constructor crashes or hangs, or a
 * table has a bad pointer, the tool reports it and goes on. Each sample process loads the file
 * itself and checks that it is the file that the tool saw.
 */

#define PLUGINS_MAX 64 /* of a command */
#define PLUGIN_WORKLOADS_MAX 64
#define PLUGIN_RESULT_MAX ((size_t)64 << 20) /* bytes of one result */
#define PLUGIN_READ_TIMEOUT_NS (INT64_C(10) * 1000000000)

/* Of a file; a linker that writes the file anew changes it. */
struct plugin_identity {
    uint64_t device, inode;
    int64_t size;        /* bytes */
    int64_t modified_ns; /* since the epoch */
};

struct plugin {
    const char *path; /* as it was given, for sentences */
    const char *file; /* absolute, without symbolic links */
    struct plugin_identity identity;
    /* Ended by NULL. Copies of the tables: the functions in them are NULL. */
    const struct workload *const *workloads;
};

/* Reads the tables of the plug-in at `path` in a child process, for at most `timeout_ns`; checks
 * all that can be checked without running a job. Everything lives in `arena`. Returns 0 or a
 * negative errno. The caller must be single-threaded. */
int plugin_read(const char *path, int64_t timeout_ns, struct arena *arena,
    const struct plugin **ret_plugin, struct diag *diag) PCONC_CHECKED;

/* For sample processes: loads `file`, which must still have that identity, and finds its workload
 * `name`. The file is never unloaded. */
int plugin_load(const char *file, const struct plugin_identity *identity, const char *name,
    const struct workload **ret_workload, struct diag *diag) PCONC_CHECKED;

/* The one of `plugins` (ended by NULL; NULL: none) whose table this is, or NULL. */
const struct plugin *plugin_of(
    const struct plugin *const *plugins, const struct workload *workload);

#endif
