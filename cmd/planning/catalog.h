/* SPDX-License-Identifier: MIT */
#ifndef CMD_CATALOG_H
#define CMD_CATALOG_H

#include "plugin.h"
#include "spec.h"

/* All workloads of a command: those compiled in, then those of its plug-ins, in order. */
struct catalog {
    struct arena *arena;                     /* owns the arrays and plug-ins; plans refer to them */
    const struct workload *const *workloads; /* ended by NULL */
    const struct plugin *const *plugins;     /* ended by NULL; each file once */
    size_t built_in;                         /* workloads before those of plug-ins */
};

/* Reads the plug-ins named in `paths`. Errors name the place of the path. Release it whatever this
 * returned. */
int catalog_make(
    const struct spec_list *paths, struct catalog *ret_catalog, struct diag *diag) PCONC_CHECKED;
void catalog_release(struct catalog *catalog);

#endif
