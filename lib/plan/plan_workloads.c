/* SPDX-License-Identifier: MIT */
#include "plan_parts.h"

#include <errno.h>
#include <string.h>

/*
 * Workloads by name. A name may have its source before it, and must where several workloads have
 * the same: 'libmine.so:sleep' or './build/libmine.so:sleep' of a plug-in, 'pconc:sleep' built in.
 */

enum label { LABEL_NAME, LABEL_FILE, LABEL_PATH, LABELS };

const struct workload *workload_find(const struct workload *const *workloads, const char *name) {
    for (; *workloads; workloads++)
        if (strcmp((*workloads)->name, name) == 0)
            return *workloads;
    return NULL;
}

static const char *label_of(const struct plan_options *options, const struct workload *workload,
    enum label label, struct arena *arena) {
    const struct plugin *plugin = plugin_of(options->plugins, workload);
    const char *from = plugin ? plugin->path : "pconc";
    const char *slash = strrchr(from, '/');

    if (label == LABEL_NAME)
        return workload->name;
    if (label == LABEL_FILE && slash)
        from = slash + 1;
    return arena_printf(arena, "%s:%s", from, workload->name);
}

/* The number of workloads that a text can mean; *ret is the first. */
static size_t find_labelled(const struct plan_options *options, const char *text,
    struct arena *arena, const struct workload **ret) {
    const struct workload *const *at = options->workloads;
    size_t count = 0;

    for (; *at; at++) {
        bool meant = false;
        for (int label = 0; label < LABELS && !meant; label++)
            meant = strcmp(text, label_of(options, *at, (enum label)label, arena)) == 0;
        if (meant && count++ == 0)
            *ret = *at;
    }
    return count;
}

/* The shortest label, at most `most`, that means only this workload; else the one at `most`. */
static const char *shortest_label(const struct plan_options *options,
    const struct workload *workload, enum label most, struct arena *arena) {
    const struct workload *found;
    const char *text = workload->name;

    for (int label = 0; label <= (int)most; label++) {
        text = label_of(options, workload, (enum label)label, arena);
        if (find_labelled(options, text, arena, &found) == 1)
            break;
    }
    return text;
}

const char *workload_title(
    const struct plan_options *options, const struct workload *workload, struct arena *arena) {
    return shortest_label(options, workload, LABEL_FILE, arena);
}

const char *workload_label(
    const struct plan_options *options, const struct workload *workload, struct arena *arena) {
    return shortest_label(options, workload, LABEL_PATH, arena);
}

static int unknown_workload(struct builder *builder, struct spec_text name) {
    const struct workload *const *all = builder->options->workloads;
    size_t count = 0;
    const char **names;

    while (all[count])
        count++;
    names = arena_array(builder->scratch, const char *, count);
    for (size_t i = 0; i < count; i++)
        names[i] = workload_label(builder->options, all[i], builder->scratch);
    return unknown_word(
        builder->diag, name.origin, "there is no workload", name.text, names, count);
}

static int ambiguous_workload(struct builder *builder, struct spec_text name) {
    const struct workload *const *all = builder->options->workloads;
    const char *labels = NULL;

    for (size_t i = 0; all[i]; i++) {
        const struct workload *found;
        const char *label = workload_label(builder->options, all[i], builder->scratch);
        const struct workload *const alone[] = {all[i], NULL};
        const struct plan_options one = {.workloads = alone, .plugins = builder->options->plugins};
        if (find_labelled(&one, name.text, builder->scratch, &found) > 0)
            labels = labels ? arena_printf(builder->scratch, "%s or '%s'", labels, label)
                            : arena_printf(builder->scratch, "'%s'", label);
    }
    return diag_at(builder->diag, name.origin, -EINVAL,
        "'%s' is the name of several workloads; write %s", shown(name.text).text, labels);
}

int workload_resolve(
    struct builder *builder, struct spec_text name, const struct workload **ret_workload) {
    const struct workload *found = NULL;
    size_t count = find_labelled(builder->options, name.text, builder->scratch, &found);

    if (count == 0)
        return unknown_workload(builder, name);
    if (count > 1)
        return ambiguous_workload(builder, name);
    *ret_workload = found;
    return 0;
}
