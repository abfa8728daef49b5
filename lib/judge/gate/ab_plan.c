/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "ab.h"

static struct bench_case *add_case(
    struct plan *plan, const struct bench_case *from, const char *side, const char *tail) {
    struct bench_case *added = &plan->cases[plan->case_count++];

    *added = *from;
    added->id = arena_printf(plan->arena, "%s:%s%s", side, from->id, tail);
    added->section = plan->section_count;
    added->is_baseline = false;
    added->twin_of = -1;
    return added;
}

static void add_pair(
    struct plan *plan, const struct bench_case *a, const struct bench_case *b, const char *title) {
    struct section *section = &plan->sections[plan->section_count];
    size_t first = plan->case_count;

    add_case(plan, a, "A", "");
    add_case(plan, b, "B", "");
    add_case(plan, a, "A", "/control")->twin_of = (ptrdiff_t)first;
    *section = (struct section){
        .title = arena_strdup(plan->arena, title),
        .first = first,
        .count = 3,
        .baseline = -1,
        .control = (ptrdiff_t)first + 2,
    };
    plan->section_count++;
}

int ab_plan(const struct plan *a, const struct plan *b, struct plan **ret_plan, struct diag *diag) {
    struct plan *plan;

    if (a->case_count != b->case_count)
        return diag_set(diag, -EINVAL,
            "A and B need the same number of cases, not %zu and %zu; "
            "choose --workers and parameters that make as many of both",
            a->case_count, b->case_count);
    struct arena *arena = arena_new();
    plan = arena_array(arena, struct plan, 1);
    *plan = *a;
    plan->arena = arena;
    plan->case_count = plan->section_count = plan->check_count = 0;
    plan->cases = arena_array(arena, struct bench_case, 3 * a->case_count);
    plan->sections = arena_array(arena, struct section, a->case_count);
    for (size_t i = 0; i < a->case_count; i++)
        add_pair(plan, &a->cases[i], &b->cases[i], a->sections[a->cases[i].section].title);
    plan_index(plan);
    *ret_plan = plan;
    return 0;
}
