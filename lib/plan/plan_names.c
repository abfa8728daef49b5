/* SPDX-License-Identifier: MIT */
#include "plan_parts.h"

#include "controls.h"

#include <pconc/command.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LENGTH 64

bool executor_in(const struct executor_set *set, const struct executor *executor) {
    for (size_t i = 0; i < set->count; i++)
        if (set->items[i] == executor)
            return true;
    return false;
}

bool workload_in(const struct workload_set *set, const struct workload *workload) {
    for (size_t i = 0; i < set->count; i++)
        if (set->items[i] == workload)
            return true;
    return false;
}

static size_t executors_count(void) {
    size_t count = 0;

    while (executors()[count])
        count++;
    return count;
}

static size_t workloads_count(const struct builder *builder) {
    size_t count = 0;

    while (builder->options->workloads[count])
        count++;
    return count;
}

/* Adds the executor of that name, or for "all" those that the set lacks. */
static int add_executor(struct builder *builder, struct executor_set *set, struct spec_text name) {
    const struct executor *found = executor_find(name.text);
    size_t all = executors_count();
    const char **names;

    if (!set->items)
        set->items = arena_array(builder->scratch, const struct executor *, all);
    for (size_t i = 0; i < all; i++) {
        const struct executor *executor = executors()[i];
        bool meant = executor == found || strcmp(name.text, "all") == 0;
        if (meant && !executor_in(set, executor))
            set->items[set->count++] = executor;
    }
    if (found || strcmp(name.text, "all") == 0)
        return 0;
    names = arena_array(builder->scratch, const char *, all);
    for (size_t i = 0; i < all; i++)
        names[i] = executors()[i]->name;
    return unknown_word(builder->diag, name.origin, "there is no executor", name.text, names, all);
}

static int add_workload(struct builder *builder, struct workload_set *set, struct spec_text name) {
    const struct workload *found = NULL;
    bool every = strcmp(name.text, "all") == 0;
    size_t all = workloads_count(builder);
    int code = every ? 0 : workload_resolve(builder, name, &found);

    if (!set->items)
        set->items = arena_array(builder->scratch, const struct workload *, all);
    for (size_t i = 0; i < all; i++) {
        const struct workload *workload = builder->options->workloads[i];
        if ((every || workload == found) && !workload_in(set, workload))
            set->items[set->count++] = workload;
    }
    return code;
}

/* The executors and workloads that the options select: all unless they say. */
static int resolve_wanted(struct builder *builder) {
    const struct plan_options *options = builder->options;
    const struct spec_text all = {.text = "all"};
    struct spec_list executors =
        spec_list_split(builder->scratch, options->executors.text ? options->executors : all);
    struct spec_list workloads = spec_list_split(
        builder->scratch, options->workload_names.text ? options->workload_names : all);
    int code = 0;

    for (size_t i = 0; i < executors.count && code == 0; i++)
        code = add_executor(builder, &builder->wanted_executors, executors.items[i]);
    for (size_t i = 0; i < workloads.count && code == 0; i++)
        code = add_workload(builder, &builder->wanted_workloads, workloads.items[i]);
    return code;
}

static int check_name(struct diag *diag, struct spec_text name) {
    if (name.text[0] == '\0' || strlen(name.text) > NAME_MAX_LENGTH || strchr(name.text, '/')
        || controls_in(name.text))
        return diag_at(diag, name.origin, -EINVAL,
            "'%s' cannot be a run's name; write 1 to %d bytes, no '/', no control characters",
            shown(name.text).text, NAME_MAX_LENGTH);
    return 0;
}

/* Checks the command, and that its program exists; it is split again each time it runs. */
static int resolve_hook(
    struct builder *builder, const char *key, struct spec_text given, const char **ret_command) {
    char **words = NULL;
    int code;

    if (!given.text)
        return 0;
    code = command_split(given.text, &words, builder->diag);
    if (code == 0)
        code = command_find(words[0], builder->diag);
    free(words);
    if (code < 0) {
        diag_prefix(builder->diag, "%s '%s'", key, shown(given.text).text);
        return diag_place(builder->diag, given.origin);
    }
    *ret_command = arena_strdup(builder->plan->arena, given.text);
    return 0;
}

static int resolve_run(
    struct builder *builder, const struct run_spec *spec, struct draft_run *run) {
    int code = 0;

    run->spec = spec;
    if (!spec->workload.text)
        return diag_at(builder->diag, spec->origin, -EINVAL,
            "this run has no workload; name one, as in 'workload: sleep'");
    code = workload_resolve(builder, spec->workload, &run->workload);
    if (code < 0)
        return code;
    run->name = arena_strdup(builder->plan->arena,
        spec->name.text ? spec->name.text
                        : workload_title(builder->options, run->workload, builder->scratch));
    if (spec->name.text)
        code = check_name(builder->diag, spec->name);
    if (code == 0)
        code = resolve_hook(builder, "prepare", spec->prepare, &run->prepare);
    if (code == 0)
        code = resolve_hook(builder, "cleanup", spec->cleanup, &run->cleanup);
    run->threshold = DEFAULT_THRESHOLD;
    if (code == 0 && spec->threshold.text)
        code = threshold_parse(builder->diag, spec->threshold, &run->threshold);
    if (code == 0 && spec->executors.count == 0)
        code = add_executor(builder, &run->executors, (struct spec_text){.text = "all"});
    for (size_t i = 0; code == 0 && i < spec->executors.count; i++)
        code = add_executor(builder, &run->executors, spec->executors.items[i]);
    return code;
}

/* The parameter names of some tables, each once. */
struct name_set {
    const char **items;
    size_t count;
};

static bool name_in(const struct name_set *set, const char *name) {
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->items[i], name) == 0)
            return true;
    return false;
}

static void add_names(struct name_set *set, const struct param *table) {
    size_t count = params_count(table);

    for (size_t i = 0; i < count; i++)
        if (!name_in(set, table[i].name))
            set->items[set->count++] = table[i].name;
}

static struct name_set name_set_new(struct arena *arena, size_t tables) {
    return (struct name_set){.items = arena_array(arena, const char *, tables *PARAMS_MAX)};
}

static struct name_set pool_names(struct builder *builder, const struct executor_set *from) {
    struct name_set set = name_set_new(builder->scratch, from->count);

    for (size_t i = 0; i < from->count; i++)
        add_names(&set, from->items[i]->params);
    return set;
}

/* The names that a parameter of the command line may have: those of all that is selected. */
struct selected_names {
    struct name_set params, pool;
};

static struct selected_names selected_names_make(struct builder *builder) {
    struct selected_names names = {
        .params = name_set_new(builder->scratch, workloads_count(builder)),
        .pool = name_set_new(builder->scratch, executors_count()),
    };

    for (size_t i = 0; i < builder->spec->run_count; i++) {
        const struct draft_run *run = &builder->runs[i];
        if (!workload_in(&builder->wanted_workloads, run->workload))
            continue;
        add_names(&names.params, run->workload->params);
        for (size_t j = 0; j < run->executors.count; j++)
            if (executor_in(&builder->wanted_executors, run->executors.items[j]))
                add_names(&names.pool, run->executors.items[j]->params);
    }
    return names;
}

static int check_params(
    struct builder *builder, const struct draft_run *run, const struct name_set *selected) {
    const struct spec_params *given = &run->spec->params;
    struct name_set own = name_set_new(builder->scratch, 1);
    char what[128];
    int code = 0;

    add_names(&own, run->workload->params);
    snprintf(what, sizeof(what), "workload '%s' has no parameter", run->workload->name);
    for (size_t i = 0; code == 0 && i < given->count; i++) {
        const struct spec_param *param = &given->items[i];
        const struct name_set *set = param->anywhere ? selected : &own;
        if (!name_in(&own, param->name.text) && !name_in(set, param->name.text))
            code = unknown_word(builder->diag, param->name.origin,
                param->anywhere ? "no workload here has a parameter" : what, param->name.text,
                set->items, set->count);
    }
    return code;
}

/* A pool parameter that no executor of its run has. */
static int refuse_pool_name(
    struct builder *builder, const struct spec_param *param, const struct name_set *set) {
    const char *name = param->name.text;

    for (size_t i = 0; i < executors_count(); i++)
        if (params_find(executors()[i]->params, name) >= 0)
            return diag_at(builder->diag, param->name.origin, -EINVAL,
                "'%s' is a parameter of '%s', which this run lacks; remove it or add the executor",
                name, executors()[i]->name);
    return unknown_word(builder->diag, param->name.origin, "no executor here has a parameter", name,
        set->items, set->count);
}

static int check_pool(
    struct builder *builder, const struct draft_run *run, const struct name_set *selected) {
    const struct spec_params *given = &run->spec->pool;
    struct name_set own = pool_names(builder, &run->executors);
    int code = 0;

    for (size_t i = 0; code == 0 && i < given->count; i++) {
        const struct spec_param *param = &given->items[i];
        const struct name_set *set = param->anywhere ? selected : &own;
        if (!name_in(set, param->name.text))
            code = refuse_pool_name(builder, param, set);
    }
    return code;
}

int names_resolve(struct builder *builder) {
    size_t count = builder->spec->run_count;
    struct selected_names selected;
    int code = resolve_wanted(builder);

    builder->runs = arena_array(builder->scratch, struct draft_run, count);
    for (size_t i = 0; code == 0 && i < count; i++)
        code = resolve_run(builder, &builder->spec->runs[i], &builder->runs[i]);
    if (code < 0)
        return code;
    selected = selected_names_make(builder);
    for (size_t i = 0; code == 0 && i < count; i++) {
        code = check_params(builder, &builder->runs[i], &selected.params);
        if (code == 0)
            code = check_pool(builder, &builder->runs[i], &selected.pool);
    }
    return code;
}
