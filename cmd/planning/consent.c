/* SPDX-License-Identifier: MIT */
#include "consent.h"

#include <errno.h>
#include <string.h>

#include "words.h"

static int refuse(
    const struct spec_text *text, const char *before, const char *behind, struct diag *diag) {
    return diag_at(diag, text->origin, -EPERM,
        "this config %s '%s'%s; read the config, and pass --allow-exec if you trust it", before,
        shown(text->text).text, behind);
}

int consent_to_plugins(const struct plan_spec *configs, struct diag *diag) {
    if (configs->plugins.count == 0)
        return 0;
    return refuse(&configs->plugins.items[0], "loads the plug-in", "", diag);
}

/* By any workload of that name: the name may be one of several, which is refused later. */
static bool runs_commands(const struct catalog *catalog, const char *name) {
    const char *colon = strrchr(name, ':');

    for (const struct workload *const *at = catalog->workloads; *at; at++)
        if ((*at)->runs_commands && strcmp((*at)->name, colon ? colon + 1 : name) == 0)
            return true;
    return false;
}

int consent_to_commands(
    const struct plan_spec *configs, const struct catalog *catalog, struct diag *diag) {
    for (size_t i = 0; i < configs->run_count; i++) {
        const struct run_spec *run = &configs->runs[i];
        if (run->prepare.text)
            return refuse(&run->prepare, "runs the command", "", diag);
        if (run->cleanup.text)
            return refuse(&run->cleanup, "runs the command", "", diag);
        if (run->workload.text && runs_commands(catalog, run->workload.text))
            return refuse(&run->workload, "uses the workload", ", which runs commands", diag);
    }
    return 0;
}
