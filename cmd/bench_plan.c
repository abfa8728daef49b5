/* SPDX-License-Identifier: MIT */
#include "bench_plan.h"

#include "conf.h"
#include "cpus.h"
#include "units.h"
#include "workloads.h"

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

static struct spec_list every_workload(struct arena *arena) {
    struct spec_list list = {0};

    while (workloads[list.count])
        list.count++;
    list.items = arena_array(arena, struct spec_text, list.count);
    for (size_t i = 0; i < list.count; i++)
        list.items[i].text = workloads[i]->name;
    return list;
}

/* One run for each workload, all executors in each; the ones not named: all. */
static struct plan_spec *spec_of_names(
    struct spec_text executor_list, struct spec_text workload_list) {
    struct plan_spec *spec = plan_spec_new();
    struct spec_text all = {.text = "all"};
    struct spec_list under = list_split(spec->arena, executor_list.text ? executor_list : all);
    struct spec_list list = list_split(spec->arena, workload_list.text ? workload_list : all);

    if (holds_all(&list))
        list = every_workload(spec->arena);
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

int bench_plan_make(
    const struct bench_options *options, struct plan **ret_plan, struct diag *diag) {
    struct plan_options want = {
        .workloads = workloads,
        .usable_cpus = usable_cpus(),
        .filter = options->filter,
        .control = options->control,
    };
    struct plan_spec *spec;
    int r = 0;

    if (options->config_count > 0) {
        want.executors = options->executors;
        want.workload_names = options->workloads;
        r = load_configs(options, &spec, diag);
    } else if (options->executors.text || options->workloads.text) {
        spec = spec_of_names(options->executors, options->workloads);
    } else {
        r = conf_load_text(BUILT_IN_NAME, quick_yaml, quick_yaml_size, &spec, diag);
    }
    if (r < 0)
        return r;
    override_workers(options);
    plan_spec_override(spec, options->over);
    r = plan_build(spec, &want, ret_plan, diag);
    plan_spec_free(spec);
    return r;
}

static const char *plural(size_t n) {
    return n == 1 ? "" : "s";
}

void bench_plan_print(FILE *out, const struct plan *plan) {
    size_t samples = 0;
    char timeout[32];

    for (size_t i = 0; i < plan->section_count; i++) {
        const struct section *section = &plan->sections[i];
        fprintf(out, "%s\n", section->title);
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
