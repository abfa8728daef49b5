/* SPDX-License-Identifier: MIT */
#include "catalog.h"

#include "words.h"
#include "workloads.h"

#include <errno.h>
#include <string.h>

static size_t count_workloads(const struct workload *const *list) {
    size_t count = 0;

    while (list[count])
        count++;
    return count;
}

static bool is_listed(const struct plugin *const *plugins, const struct plugin *plugin) {
    for (; *plugins; plugins++)
        if (strcmp((*plugins)->file, plugin->file) == 0)
            return true;
    return false;
}

static int read_plugins(struct arena *arena, const struct spec_list *paths,
    const struct plugin **plugins, struct diag *diag) {
    size_t count = 0;

    if (paths->count > PLUGINS_MAX)
        return diag_at(diag, paths->items[PLUGINS_MAX].origin, -E2BIG,
            "more than %d plug-ins; leave some out, or put several workloads into one",
            PLUGINS_MAX);
    for (size_t i = 0; i < paths->count; i++) {
        struct spec_text path = paths->items[i];
        const struct plugin *plugin;
        if (plugin_read(path.text, PLUGIN_READ_TIMEOUT_NS, arena, &plugin, diag) < 0)
            return diag_place(diag, path.origin);
        if (!is_listed(plugins, plugin))
            plugins[count++] = plugin;
    }
    return 0;
}

static const struct workload *const *list_workloads(
    struct arena *arena, const struct plugin *const *plugins) {
    size_t count = count_workloads(workloads), at = 0;
    const struct workload **all;

    for (size_t i = 0; plugins[i]; i++)
        count += count_workloads(plugins[i]->workloads);
    all = arena_array(arena, const struct workload *, count + 1);
    for (size_t i = 0; workloads[i]; i++)
        all[at++] = workloads[i];
    for (size_t i = 0; plugins[i]; i++)
        for (size_t j = 0; plugins[i]->workloads[j]; j++)
            all[at++] = plugins[i]->workloads[j];
    return all;
}

int catalog_make(const struct spec_list *paths, struct catalog *ret_catalog, struct diag *diag) {
    struct arena *arena = arena_new();
    const struct plugin **plugins = arena_array(arena, const struct plugin *, paths->count + 1);
    int code;

    *ret_catalog = (struct catalog){.arena = arena, .built_in = count_workloads(workloads)};
    code = read_plugins(arena, paths, plugins, diag);
    if (code < 0)
        return code;
    ret_catalog->plugins = plugins;
    ret_catalog->workloads = list_workloads(arena, plugins);
    return 0;
}

void catalog_release(struct catalog *catalog) {
    arena_free(catalog->arena);
}
