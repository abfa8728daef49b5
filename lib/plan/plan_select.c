/* SPDX-License-Identifier: MIT */
#include "plan_parts.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IDS_SHOWN 6

/* All cases, in the order in which the sections hold them. */
static struct draft_case **list_cases(const struct builder *builder, size_t *ret_count) {
    size_t count = 0;
    struct draft_case **cases =
        arena_array(builder->scratch, struct draft_case *, builder->case_count);

    for (size_t i = 0; i < builder->section_count; i++)
        for (size_t j = 0; j < builder->sections[i].count; j++)
            cases[count++] = &builder->sections[i].cases[j];
    *ret_count = count;
    return cases;
}

static int by_id(const void *a, const void *b) {
    const struct draft_case *const *left = a, *const *right = b;
    int order = strcmp((*left)->bench_case.id, (*right)->bench_case.id);

    return order != 0 ? order : (*left)->number < (*right)->number ? -1 : 1;
}

/* Equal cases were added once, so two equal ids are of different cases. */
static int check_ids(struct builder *builder) {
    size_t count;
    struct draft_case **cases = list_cases(builder, &count);

    if (count > 0)
        qsort(cases, count, sizeof(struct draft_case *), by_id);
    for (size_t i = 1; i < count; i++) {
        const struct draft_case *a = cases[i - 1], *b = cases[i];
        if (strcmp(a->bench_case.id, b->bench_case.id) != 0)
            continue;
        return diag_at(builder->diag, b->origin, -EINVAL,
            "'%s' also names a different case, of %s; give one of the two runs a new 'name:'",
            b->bench_case.id, place(a->origin).text);
    }
    return 0;
}

static bool wanted(const struct builder *builder, const struct bench_case *bench_case) {
    const char *filter = builder->options->filter.text;

    return executor_in(&builder->wanted_executors, bench_case->executor)
        && workload_in(&builder->wanted_workloads, bench_case->workload)
        && (!filter || fnmatch(filter, bench_case->id, FNM_LEADING_DIR) == 0);
}

static int nothing_left(struct builder *builder, struct draft_case **cases, size_t count) {
    const struct plan_options *options = builder->options;
    struct origin origin = options->filter.text ? options->filter.origin
        : options->workload_names.text          ? options->workload_names.origin
                                                : options->executors.origin;
    char ids[512];
    size_t used = 0, shown_count = 0;

    for (; shown_count < count && shown_count < IDS_SHOWN; shown_count++)
        used += (size_t)snprintf(ids + used, sizeof(ids) - used, "%s'%s'",
            shown_count > 0 ? ", " : "", shown(cases[shown_count]->bench_case.id).text);
    if (shown_count < count)
        snprintf(ids + used, sizeof(ids) - used, " and %zu more", count - shown_count);
    return diag_at(
        builder->diag, origin, -EINVAL, "this selection leaves no case; select among %s", ids);
}

/* None of the selected cases can be measured: names the first, and the executors that can. */
static int nothing_possible(struct builder *builder, const struct bench_case *bench_case) {
    const struct plan_options *options = builder->options;
    const char *able = "";

    for (const struct executor *const *at = executors(); *at; at++)
        if (!executor_lacks(*at, bench_case->workload))
            able = arena_printf(builder->scratch, "%s%s%s", able, able[0] ? ", " : "", (*at)->name);
    return diag_at(builder->diag, options->executors.origin, -EINVAL,
        "'%s' cannot be measured: %s; use an executor that can (%s)", bench_case->id,
        bench_case->impossible, able);
}

int cases_select(struct builder *builder) {
    const struct draft_case *impossible = NULL;
    size_t count, left = 0, possible = 0;
    struct draft_case **cases;
    int code = check_ids(builder);

    if (code < 0)
        return code;
    cases = list_cases(builder, &count);
    for (size_t i = 0; i < count; i++) {
        cases[i]->selected = wanted(builder, &cases[i]->bench_case);
        left += cases[i]->selected;
        possible += cases[i]->selected && !cases[i]->bench_case.impossible;
        if (cases[i]->selected && !impossible)
            impossible = cases[i];
    }
    if (left == 0)
        return nothing_left(builder, cases, count);
    return possible > 0 ? 0 : nothing_possible(builder, &impossible->bench_case);
}
