/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "ab.h"
#include "unpaired.h"

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

/* The ids of `from` that `other` does not have. */
static struct ids without(const struct plan *from, const struct plan *other, struct arena *arena) {
    struct ids ids = {arena_array(arena, const char *, from->case_count), 0};

    for (size_t i = 0; i < from->case_count; i++)
        if (plan_find_case(other, from->cases[i].id) < 0)
            ids.items[ids.count++] = arena_strdup(arena, from->cases[i].id);
    return ids;
}

static int refuse_strangers(
    const struct plan *a, const struct plan *b, struct arena *arena, struct diag *diag) {
    const struct ids added = without(b, a, arena);
    const char *id = a->cases[0].id, *likely = unpaired_likely(id, &added, arena);

    return diag_set(diag, -EINVAL,
        "no case is in both A and B: A has '%s', and B has '%s'%s; give the same workload the same "
        "name in both",
        id, likely ? likely : b->cases[0].id, likely ? ", which may be the same" : "");
}

static int pair_up(
    const struct plan *a, const struct plan *b, bool by_id, struct plan *plan, struct diag *diag) {
    for (size_t i = 0; i < a->case_count; i++) {
        ptrdiff_t at = by_id ? plan_find_case(b, a->cases[i].id) : (ptrdiff_t)i;

        if (at >= 0)
            add_pair(plan, &a->cases[i], &b->cases[at], a->sections[a->cases[i].section].title);
    }
    return plan->section_count > 0 ? 0 : refuse_strangers(a, b, plan->arena, diag);
}

int ab_plan(const struct plan *a, const struct plan *b, struct gate_settings *unpaired,
    struct plan **ret_plan, struct diag *diag) {
    struct plan *plan;
    int code;

    if (!unpaired && a->case_count != b->case_count)
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
    code = pair_up(a, b, unpaired != NULL, plan, diag);
    if (code < 0) {
        arena_free(arena);
        return code;
    }
    if (unpaired) {
        const struct ids missing = without(a, b, arena), added = without(b, a, arena);

        unpaired_set(unpaired, &missing, &added, arena);
    }
    plan_index(plan);
    *ret_plan = plan;
    return 0;
}
