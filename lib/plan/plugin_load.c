/* SPDX-License-Identifier: MIT */
#include "plugin_parts.h"

#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "plan.h"

#define REBUILD "; build it again with the headers of this pconc"

int plugin_identify(const char *path, struct plugin_identity *ret_identity, struct diag *diag) {
    struct stat status;
    if (stat(path, &status) != 0 || (S_ISREG(status.st_mode) && access(path, R_OK) != 0)) {
        int error = errno;
        return diag_set(
            diag, -error, "it cannot be read: %s; name the shared library's file", strerror(error));
    }
    if (!S_ISREG(status.st_mode))
        return diag_set(diag, -EINVAL, "it is not a file; name the shared library's file");
    *ret_identity = (struct plugin_identity){
        .device = status.st_dev,
        .inode = status.st_ino,
        .size = status.st_size,
        .modified_ns = status.st_mtim.tv_sec * NS_PER_S + status.st_mtim.tv_nsec,
    };
    return 0;
}

/* Sizes that both sides must agree on. */
static int check_sizes(const struct pconc_plugin *plugin, struct diag *diag) {
    const struct {
        const char *name;
        uint32_t theirs;
        size_t ours;
    } sizes[] = {
        {"struct pconc_plugin", plugin->size, sizeof(struct pconc_plugin)},
        {"struct workload", plugin->workload_size, sizeof(struct workload)},
        {"struct workload_input", plugin->input_size, sizeof(struct workload_input)},
        {"struct outcome", plugin->outcome_size, sizeof(struct outcome)},
        {"struct param", plugin->param_size, sizeof(struct param)},
        {"struct diag", plugin->diag_size, sizeof(struct diag)},
        {"struct rng", plugin->rng_size, sizeof(struct rng)},
    };
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
        if (sizes[i].theirs != sizes[i].ours)
            return diag_set(diag, -EINVAL,
                "it was built with a %s of %" PRIu32 " bytes, and this pconc's has %zu" REBUILD,
                sizes[i].name, sizes[i].theirs, sizes[i].ours);
    return 0;
}

static int check_abi(const struct pconc_plugin *plugin, struct diag *diag) {
    if (plugin->magic != PCONC_PLUGIN_MAGIC)
        return diag_set(diag, -EINVAL,
            "its 'pconc_plugin' is not a table; end the file in PCONC_PLUGIN(&WORKLOAD)");
    if (plugin->abi != PCONC_PLUGIN_ABI)
        return diag_set(diag, -EINVAL,
            "it was built for plug-in ABI %" PRIu32 ", and this pconc takes ABI %d" REBUILD,
            plugin->abi, PCONC_PLUGIN_ABI);
    return check_sizes(plugin, diag);
}

static int refuse_to_load(const char *why, struct diag *diag) {
    bool undefined = why && strstr(why, "undefined symbol");
    return diag_set(diag, -ELIBBAD, "it cannot be loaded: %s; %s", why ? why : "no reason is known",
        undefined
            ? "link it with the library that has this symbol (cc ... mine.c -lz), or define it"
            : "build it with cc -shared -fPIC and the headers of this pconc");
}

int plugin_open(const char *file, const struct pconc_plugin **ret_plugin, struct diag *diag) {
    /* RTLD_NOW: a missing function is an error here, not in the first job that calls it.
     * RTLD_LOCAL: two plug-ins may have functions of the same name. */
    void *handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        return refuse_to_load(dlerror(), diag);
    const struct pconc_plugin *plugin = dlsym(handle, "pconc_plugin");
    if (!plugin)
        return diag_set(diag, -ELIBBAD,
            "it has no symbol 'pconc_plugin'; end the file in PCONC_PLUGIN(&WORKLOAD)");
    int code = check_abi(plugin, diag);
    if (code == 0)
        *ret_plugin = plugin;
    return code;
}

static bool same_identity(const struct plugin_identity *a, const struct plugin_identity *b) {
    return a->device == b->device && a->inode == b->inode && a->size == b->size
        && a->modified_ns == b->modified_ns;
}

/* Asked before the file is loaded and after it. */
static int check_unchanged(
    const char *file, const struct plugin_identity *identity, struct diag *diag) {
    struct plugin_identity now = {0};
    int code = plugin_identify(file, &now, diag);
    if (code == 0 && !same_identity(&now, identity))
        code = diag_set(diag, -ESTALE,
            "it has changed since the session began; do not build it during a session");
    return code;
}

int plugin_load(const char *file, const struct plugin_identity *identity, const char *name,
    const struct workload **ret_workload, struct diag *diag) {
    const struct pconc_plugin *plugin = NULL;
    int code = check_unchanged(file, identity, diag);
    if (code == 0)
        code = plugin_open(file, &plugin, diag);
    if (code == 0)
        code = check_unchanged(file, identity, diag);
    const struct workload *found =
        code == 0 && plugin ? workload_find(plugin->workloads, name) : NULL;
    if (code == 0 && !found)
        code = diag_set(diag, -ESTALE,
            "it no longer has a workload '%s'; its table must be the same in every process", name);
    if (code < 0)
        diag_prefix(diag, "plug-in '%s'", file);
    else
        *ret_workload = found;
    return code;
}

const struct plugin *plugin_of(
    const struct plugin *const *plugins, const struct workload *workload) {
    for (; plugins && *plugins; plugins++)
        for (size_t i = 0; (*plugins)->workloads[i]; i++)
            if ((*plugins)->workloads[i] == workload)
                return *plugins;
    return NULL;
}
