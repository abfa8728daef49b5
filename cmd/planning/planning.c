/* SPDX-License-Identifier: MIT */
#include "planning.h"

#include "conf.h"
#include "controls.h"
#include "cpus.h"
#include "units.h"
#include "words.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define BUILT_IN_NAME "quick.yaml (built in)"

/* configs/quick.yaml, compiled in. */
extern const char quick_yaml[];
extern const size_t quick_yaml_size;

/* All configs as one. */
static int load_configs(
    const struct options *options, struct plan_spec **ret_spec, struct diag *diag) {
    struct plan_spec *one;
    int code = 0;

    *ret_spec = plan_spec_new(); /* the caller frees it in any case */
    for (size_t i = 0; i < options->configs.count && code == 0; i++) {
        code = conf_load_file(options->configs.items[i].text, &one, diag);
        if (code < 0)
            break;
        code = plan_spec_append(*ret_spec, one, diag);
        if (code < 0)
            plan_spec_free(one);
    }
    return code;
}

static bool holds_all(const struct spec_list *list) {
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].text, "all") == 0)
            return true;
    return false;
}

/* The workloads from the `first` on, by names that are unique. */
static struct spec_list every_workload(
    struct arena *arena, const struct catalog *catalog, size_t first) {
    const struct plan_options options = {
        .workloads = catalog->workloads, .plugins = catalog->plugins};
    struct spec_list list = {0};

    for (size_t i = first; catalog->workloads[i]; i++)
        spec_list_add(arena, &list,
            (struct spec_text){.text = workload_label(&options, catalog->workloads[i], arena)});
    return list;
}

/* One run for each workload, with all executors in each. By default these are all executors, and
 * all workloads of the plug-ins, or all workloads if there are no plug-ins. */
static struct plan_spec *spec_of_names(
    const struct options *options, const struct catalog *catalog) {
    struct plan_spec *spec = plan_spec_new();
    struct spec_text all = {.text = "all"};
    struct spec_list under =
        spec_list_split(spec->arena, options->executors.text ? options->executors : all);
    struct spec_list list =
        spec_list_split(spec->arena, options->workloads.text ? options->workloads : all);

    if (!options->workloads.text)
        list = every_workload(spec->arena, catalog, catalog->plugins[0] ? catalog->built_in : 0);
    else if (holds_all(&list))
        list = every_workload(spec->arena, catalog, 0);
    spec->runs = arena_array(spec->arena, struct run_spec, list.count);
    for (size_t i = 0; i < list.count; i++)
        spec->runs[spec->run_count++] = (struct run_spec){.origin = list.items[i].origin,
            .name = options->run.name,
            .workload = list.items[i],
            .executors = under};
    return spec;
}

static void override(struct plan_spec *spec, const struct options *options) {
    struct run_spec run = options->run;
    struct plan_spec over = options->over;

    if (options->workers.text)
        run.workers = spec_list_split(options->arena, options->workers);
    over.runs = &run;
    over.run_count = 1;
    if (options->without_checks)
        spec->check_count = 0;
    plan_spec_override(spec, &over);
}

/* The spec of the configs, or of the built-in plan; NULL if the options make the plan. */
static int load_spec(
    const struct options *options, struct plan_spec **ret_spec, struct diag *diag) {
    *ret_spec = NULL;
    if (options->configs.count > 0)
        return load_configs(options, ret_spec, diag);
    if (options->executors.text || options->workloads.text || options->plugins.count > 0)
        return 0;
    return conf_load_text(BUILT_IN_NAME, quick_yaml, quick_yaml_size, ret_spec, diag);
}

/*
 * Opening a config of another person must not run code of that person. What a config would load or
 * start is refused, with its place, unless the user says --allow-exec. Plug-ins and commands on the
 * command line are the user's own.
 */

static int refuse(
    const struct spec_text *text, const char *before, const char *behind, struct diag *diag) {
    return diag_at(diag, text->origin, -EPERM,
        "this config %s '%s'%s; read the config, and pass --allow-exec if you trust it", before,
        shown(text->text).text, behind);
}

/* -EPERM if the configs name plug-ins. */
static int consent_to_plugins(const struct plan_spec *configs, struct diag *diag) {
    if (configs->plugins.count == 0)
        return 0;
    return refuse(&configs->plugins.items[0], "loads the plug-in", "", diag);
}

/* True if any workload of that name runs commands. An ambiguous name is refused later. */
static bool runs_commands(const struct catalog *catalog, const char *name) {
    const char *colon = strrchr(name, ':');

    for (const struct workload *const *at = catalog->workloads; *at; at++)
        if ((*at)->runs_commands && strcmp((*at)->name, colon ? colon + 1 : name) == 0)
            return true;
    return false;
}

/* -EPERM if they have commands, or workloads that run commands. */
static int consent_to_commands(
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

/* Loads the plug-ins of the command line, then those of the configs. */
static int load_plugins(const struct options *options, const struct plan_spec *spec,
    struct catalog *ret_catalog, struct diag *diag) {
    struct spec_list paths = {0};
    int code = spec && !options->allow_exec ? consent_to_plugins(spec, diag) : 0;

    if (code < 0)
        return code;
    for (size_t i = 0; i < options->plugins.count; i++)
        spec_list_add(options->arena, &paths, options->plugins.items[i]);
    for (size_t i = 0; spec && i < spec->plugins.count; i++)
        spec_list_add(options->arena, &paths, spec->plugins.items[i]);
    code = catalog_make(&paths, ret_catalog, diag);
    if (code == 0 && spec && !options->allow_exec && !options->dry_run)
        code = consent_to_commands(spec, ret_catalog, diag);
    return code;
}

static int build(struct plan_spec *spec, const struct options *options, struct planned *planned,
    struct diag *diag) {
    struct plan_options want = {
        .workloads = planned->catalog.workloads,
        .plugins = planned->catalog.plugins,
        .usable_cpus = usable_cpus(),
        .filter = options->filter,
        .control = options->control,
    };

    if (options->configs.count > 0) {
        want.executors = options->executors;
        want.workload_names = options->workloads;
    }
    override(spec, options);
    return plan_build(spec, &want, &planned->plan, diag);
}

int planned_make(const struct options *options, struct planned *ret_planned, struct diag *diag) {
    struct plan_spec *spec;
    int code;

    *ret_planned = (struct planned){.plan = NULL};
    code = load_spec(options, &spec, diag);
    if (code == 0)
        code = load_plugins(options, spec, &ret_planned->catalog, diag);
    if (code == 0 && !spec)
        spec = spec_of_names(options, &ret_planned->catalog);
    if (code == 0)
        code = build(spec, options, ret_planned, diag);
    plan_spec_free(spec);
    if (code == 0) {
        ret_planned->plan->latency |= options->latency;
        ret_planned->plan->show_output = options->show_output;
    }
    return code;
}

void planned_release(struct planned *planned) {
    plan_free(planned->plan);
    catalog_release(&planned->catalog);
}

/* The same for all cases of a section. */
static void print_hooks(FILE *out, struct arena *arena, const struct bench_case *the) {
    if (the->plugin)
        fprintf(out, "  plug-in: %s\n", controls_escaped(arena, the->plugin->path));
    if (the->prepare)
        fprintf(out, "  prepare: %s\n", controls_escaped(arena, the->prepare));
    if (the->cleanup)
        fprintf(out, "  cleanup: %s\n", controls_escaped(arena, the->cleanup));
}

static const char *warmup_text(const struct plan *plan) {
    if (plan->warmup == WARMUP_AUTO)
        return "warmed up until it is steady";
    return arena_printf(
        plan->arena, "with %d warm-up run%s", plan->warmup, plural((size_t)plan->warmup));
}

void plan_print(FILE *out, const struct plan *plan) {
    size_t samples = 0;
    char timeout[32];

    for (size_t i = 0; i < plan->section_count; i++) {
        const struct section *section = &plan->sections[i];
        fprintf(out, "%s\n", section->title);
        print_hooks(out, plan->arena, &plan->cases[section->first]);
        for (size_t j = 0; j < section->count; j++) {
            const struct bench_case *the = &plan->cases[section->first + j];
            fprintf(out, "  %s%s%s\n", the->id, the->impossible ? ": n/a, " : "",
                the->impossible ? the->impossible : "");
            samples += the->impossible ? 0 : (size_t)plan->rounds;
        }
        fputc('\n', out);
    }
    format_duration(plan->timeout_ns, timeout, sizeof(timeout));
    fprintf(out, "%zu case%s in %zu section%s, %d round%s: %zu sample%s, each %s, for at most %s\n",
        plan->case_count, plural(plan->case_count), plan->section_count,
        plural(plan->section_count), plan->rounds, plural((size_t)plan->rounds), samples,
        plural(samples), warmup_text(plan), timeout);
    fprintf(out, "seed %" PRIu64 "; nothing was measured\n", plan->seed);
}
