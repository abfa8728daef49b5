/* SPDX-License-Identifier: MIT */
#include "bench_plan.h"

#include "conf.h"
#include "consent.h"
#include "controls.h"
#include "cpus.h"
#include "units.h"

#include <inttypes.h>
#include <string.h>

#define BUILT_IN_NAME "quick.yaml (built in)"

/* configs/quick.yaml, compiled in. */
extern const char quick_yaml[];
extern const size_t quick_yaml_size;

static int load_configs(
    const struct bench_options *options, struct plan_spec **ret_spec, struct diag *diag) {
    struct plan_spec *all, *one;
    int r = conf_load_file(options->configs[0], &all, diag);

    for (size_t i = 1; i < options->config_count && r >= 0; i++) {
        r = conf_load_file(options->configs[i], &one, diag);
        if (r >= 0) {
            r = plan_spec_append(all, one, diag);
            if (r < 0)
                plan_spec_free(one);
        }
        if (r < 0)
            plan_spec_free(all);
    }
    if (r >= 0)
        *ret_spec = all;
    return r;
}

static bool holds_all(const struct spec_list *list) {
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].text, "all") == 0)
            return true;
    return false;
}

/* The workloads from the `first` on, by names that mean them alone. */
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

/* One run for each workload, all executors in each. The ones not named: all executors, and the
 * workloads of the plug-ins, or where there is none all workloads. */
static struct plan_spec *spec_of_names(
    const struct bench_options *options, const struct catalog *catalog) {
    struct plan_spec *spec = plan_spec_new();
    struct spec_text all = {.text = "all"};
    struct spec_list under =
        list_split(spec->arena, options->executors.text ? options->executors : all);
    struct spec_list list =
        list_split(spec->arena, options->workloads.text ? options->workloads : all);

    if (!options->workloads.text)
        list = every_workload(spec->arena, catalog, catalog->plugins[0] ? catalog->built_in : 0);
    else if (holds_all(&list))
        list = every_workload(spec->arena, catalog, 0);
    spec->runs = arena_array(spec->arena, struct run_spec, list.count);
    for (size_t i = 0; i < list.count; i++)
        spec->runs[spec->run_count++] = (struct run_spec){
            .origin = list.items[i].origin, .workload = list.items[i], .executors = under};
    return spec;
}

/* Puts --workers into what overrides; "all" is as many as there are usable CPUs. */
static void override_workers(const struct bench_options *options) {
    struct arena *arena = options->over->arena;
    struct spec_list *workers = &options->over->runs[0].workers;

    if (!options->workers.text)
        return;
    *workers = list_split(arena, options->workers);
    for (size_t i = 0; i < workers->count; i++)
        if (strcmp(workers->items[i].text, "all") == 0)
            workers->items[i].text = arena_printf(arena, "%d", usable_cpus());
}

/* What the configs ask for, or the built-in plan; *ret_spec is NULL where options make the plan. */
static int load_spec(
    const struct bench_options *options, struct plan_spec **ret_spec, struct diag *diag) {
    *ret_spec = NULL;
    if (options->config_count > 0)
        return load_configs(options, ret_spec, diag);
    if (options->executors.text || options->workloads.text || options->plugins.count > 0)
        return 0;
    return conf_load_text(BUILT_IN_NAME, quick_yaml, quick_yaml_size, ret_spec, diag);
}

/* The plug-ins of both, if they may be loaded; those of the command line first. */
static int load_plugins(const struct bench_options *options, const struct plan_spec *spec,
    struct catalog *ret_catalog, struct diag *diag) {
    struct arena *arena = options->over->arena;
    struct spec_list paths = {0};
    int r = spec && !options->allow_exec ? consent_to_plugins(spec, diag) : 0;

    if (r < 0)
        return r;
    for (size_t i = 0; i < options->plugins.count; i++)
        spec_list_add(arena, &paths, options->plugins.items[i]);
    for (size_t i = 0; spec && i < spec->plugins.count; i++)
        spec_list_add(arena, &paths, spec->plugins.items[i]);
    r = catalog_make(&paths, ret_catalog, diag);
    if (r == 0 && spec && !options->allow_exec && !options->dry_run)
        r = consent_to_commands(spec, ret_catalog, diag);
    return r;
}

int bench_plan_make(const struct bench_options *options, struct catalog *ret_catalog,
    struct plan **ret_plan, struct diag *diag) {
    struct plan_spec *spec;
    int r;

    *ret_catalog = (struct catalog){0};
    r = load_spec(options, &spec, diag);
    if (r == 0)
        r = load_plugins(options, spec, ret_catalog, diag);
    if (r == 0) {
        struct plan_options want = {
            .workloads = ret_catalog->workloads,
            .plugins = ret_catalog->plugins,
            .usable_cpus = usable_cpus(),
            .filter = options->filter,
            .control = options->control,
        };
        if (options->config_count > 0) {
            want.executors = options->executors;
            want.workload_names = options->workloads;
        }
        if (!spec)
            spec = spec_of_names(options, ret_catalog);
        if (options->without_checks)
            spec->check_count = 0;
        override_workers(options);
        plan_spec_override(spec, options->over);
        r = plan_build(spec, &want, ret_plan, diag);
    }
    plan_spec_free(spec);
    return r;
}

static const char *plural(size_t n) {
    return n == 1 ? "" : "s";
}

/* The cases of a section share them. */
static void print_hooks(FILE *out, struct arena *arena, const struct bench_case *the) {
    if (the->plugin)
        fprintf(out, "  plug-in: %s\n", controls_escaped(arena, the->plugin->path));
    if (the->prepare)
        fprintf(out, "  prepare: %s\n", controls_escaped(arena, the->prepare));
    if (the->cleanup)
        fprintf(out, "  cleanup: %s\n", controls_escaped(arena, the->cleanup));
}

void bench_plan_print(FILE *out, const struct plan *plan) {
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
    fprintf(out,
        "%zu case%s in %zu section%s, %d round%s: %zu sample%s, each with %d warm-up run%s, for "
        "at most %s\n",
        plan->case_count, plural(plan->case_count), plan->section_count,
        plural(plan->section_count), plan->rounds, plural((size_t)plan->rounds), samples,
        plural(samples), plan->warmup, plural((size_t)plan->warmup), timeout);
    fprintf(out, "seed %" PRIu64 "; nothing was measured\n", plan->seed);
}
