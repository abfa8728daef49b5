/* SPDX-License-Identifier: MIT */
#ifndef CMD_CONSENT_H
#define CMD_CONSENT_H

#include "catalog.h"

/*
 * To open somebody's config is not to run somebody's code. What a config would load or start is
 * refused, with its place, unless the user says --allow-exec; what stands on the user's own command
 * line is meant. To be asked before the command line's values are put into the spec.
 */

/* -EPERM if the configs name plug-ins: no command loads them then. */
int consent_to_plugins(const struct plan_spec *configs, struct diag *diag) PCONC_CHECKED;

/* -EPERM if they have hooks, or workloads that run commands: whoever only looks need not ask. */
int consent_to_commands(const struct plan_spec *configs, const struct catalog *catalog,
    struct diag *diag) PCONC_CHECKED;

#endif
