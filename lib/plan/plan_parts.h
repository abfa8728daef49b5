/* SPDX-License-Identifier: MIT */
#ifndef PLAN_PLAN_PARTS_H
#define PLAN_PLAN_PARTS_H

#include "place.h"
#include "plan.h"
#include "words.h"

/* For the plan_*.c files only. */

/* A set of executors or workloads, in the order in which they were named. */
struct executor_set {
    const struct executor **items;
    size_t count;
};
struct workload_set {
    const struct workload **items;
    size_t count;
};
bool executor_in(const struct executor_set *set, const struct executor *executor);
bool workload_in(const struct workload_set *set, const struct workload *workload);

/* An entry of `runs:` whose names have been looked up. */
struct draft_run {
    const struct run_spec *spec;
    const char *name;
    const struct workload *workload;
    const char *prepare, *cleanup; /* in the plan's arena; NULL: none */
    double threshold;
    struct executor_set executors;
};

/* A case on its way into the plan, and the entry of `runs:` that it comes from. */
struct draft_case {
    struct bench_case bench_case;
    struct origin origin;
    size_t number; /* in the order of making */
    bool selected;
};

struct draft_section {
    struct draft_case *cases;
    size_t count, room;
};

struct builder {
    const struct plan_spec *spec;
    const struct plan_options *options;
    struct diag *diag;
    struct plan *plan;     /* texts go into its arena */
    struct arena *scratch; /* freed when the plan is built */
    struct executor_set wanted_executors;
    struct workload_set wanted_workloads;
    struct draft_run *runs; /* one per run of the spec */
    struct draft_section *sections;
    size_t section_count, section_room;
    size_t case_count;    /* in all sections */
    struct places places; /* read for the first case */
};

/* plan_workloads.c: the one workload of that name. */
int workload_resolve(struct builder *builder, struct spec_text name,
    const struct workload **ret_workload) PCONC_CHECKED;

/* The name of runs that give none: the workload's, with the file name of its plug-in before it
 * where several workloads have the same name. */
const char *workload_title(
    const struct plan_options *options, const struct workload *workload, struct arena *arena);

/* plan_rate.c: the settings of an open loop, and after the cases are made, whether a sample of one
 * would take longer than it may. */
int open_loop_parse(struct builder *builder) PCONC_CHECKED;
int open_loop_check(const struct builder *builder) PCONC_CHECKED;
/* " at 500/s (poisson)"; "": none. */
const char *open_loop_title(const struct plan *plan);

/* plan.c: a duration above 0. */
int time_parse(struct diag *diag, const char *name, struct spec_text text, const char *example,
    int64_t *ret) PCONC_CHECKED;

/* plan_names.c: looks up every workload and executor, and checks the names of parameters against
 * their tables. */
int names_resolve(struct builder *builder) PCONC_CHECKED;

/* plan_expand.c: makes the cases of all runs, each once, in sections. */
int runs_expand(struct builder *builder) PCONC_CHECKED;

/* plan_select.c: marks the cases that the options want; -EINVAL if that leaves none, or if two
 * cases have the same id. */
int cases_select(struct builder *builder) PCONC_CHECKED;

/* plan_checks.c: finds the cases of the checks. The plan has its cases already. Leaves out a check
 * whose case a selection has left out. */
int checks_build(struct builder *builder) PCONC_CHECKED;

/* From here on in plan_values.c. "FILE:LINE:COL: WHAT 'TEXT' WRONG"; returns -EINVAL. */
int text_refuse(struct diag *diag, const char *what, struct spec_text text, const char *wrong);

/* A whole number from `min` to `max`. */
int number_between(struct diag *diag, const char *what, struct spec_text text, int64_t min,
    int64_t max, int64_t *ret) PCONC_CHECKED;

/* A number of workers: "4"; "all", the usable CPUs; "2x", so many times the usable CPUs. */
int workers_parse(struct builder *builder, struct spec_text text, int64_t *ret) PCONC_CHECKED;

/* "NAME=VALUE" */
const char *setting_text(struct arena *arena, const struct param *param, union param_value value);

/* The values of each entry of a parameter table: one, or those of a matrix. */
struct axes {
    const struct param *table;
    size_t count;
    struct axis {
        union param_value *values;
        size_t count;
        bool varied;
    } at[PARAMS_MAX];
};

/* Fills `axes` with the values that `given` has for the entries of `table`, else with their
 * defaults. Ignores names that are not in the table. */
int axes_make(struct builder *builder, const struct param *table, const struct spec_params *given,
    struct axes *axes) PCONC_CHECKED;

/* The number of combinations, or limit + 1 if it is above `limit`. */
size_t axes_product(const struct axes *axes, size_t limit);

/* One of the combinations. Starts as zeroes; the last entry of the table changes first. */
struct pick {
    size_t at[PARAMS_MAX];
};
bool pick_next(const struct axes *axes, struct pick *pick); /* false: that was the last one */
void pick_values(const struct axes *axes, const struct pick *pick, union param_value *ret_values);

/* Where the value of entry `at` was written; nowhere if it is the default. */
struct origin pick_origin(
    const struct axes *axes, const struct pick *pick, const struct spec_params *given, size_t at);

/* Checks the values of a pick against each other; the axes were made of `given`. */
int pick_check(struct builder *builder, const struct axes *axes, const struct pick *pick,
    const struct spec_params *given) PCONC_CHECKED;

/* plan_place.c: finds the CPUs of a case's workers. `pool`, `pick` and `given` are where its
 * parameters come from. */
int case_place(struct builder *builder, struct bench_case *bench_case, const struct axes *pool,
    const struct pick *pick, const struct spec_params *given) PCONC_CHECKED;

#endif
