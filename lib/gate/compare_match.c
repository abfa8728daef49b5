/* SPDX-License-Identifier: MIT */
/* What saved sessions must have in common before their times can be compared. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "compare.h"

struct mismatches {
    struct arena *arena;
    const char **texts;
    size_t count;
    const char *names[2]; /* of the sessions that are held against each other */
};

static void differ(
    struct mismatches *found, const char *what, const char *first, const char *second) {
    found->texts[found->count++] = arena_printf(found->arena, "%s: '%s' in %s, '%s' in %s", what,
        first, found->names[0], second, found->names[1]);
}

static void match_text(
    struct mismatches *found, const char *what, const char *first, const char *second) {
    if (strcmp(first, second) != 0)
        differ(found, what, first, second);
}

static void match_number(struct mismatches *found, const char *what, double first, double second) {
    if (fabs(first - second) > 1e-9 * fabs(first))
        differ(found, what, arena_printf(found->arena, "%.6g", first),
            arena_printf(found->arena, "%.6g", second));
}

static void match_environment(
    struct mismatches *found, const struct environment *a, const struct environment *b) {
    match_text(found, "CPU", a->cpu_model, b->cpu_model);
    match_text(found, "machine", a->machine, b->machine);
    match_text(found, "kernel", a->kernel, b->kernel);
    match_number(found, "CPUs online", a->online_cpus, b->online_cpus);
    match_number(found, "usable CPUs", a->usable_cpus, b->usable_cpus);
    match_number(found, "CPU quota", a->cpu_quota, b->cpu_quota);
    match_text(found, "governor", a->governor, b->governor);
    match_text(found, "pconc", a->version, b->version);
}

static bool same_values(
    const struct param *table, const union param_value *a, const union param_value *b) {
    size_t count = params_count(table);

    for (size_t i = 0; i < count; i++)
        if (!param_equal(&table[i], a[i], b[i]))
            return false;
    return true;
}

/* Tables are compared by what they say: each file brings its own. */
static bool same_table(const struct param *a, const struct param *b) {
    size_t count = params_count(a);

    if (count != params_count(b))
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(a[i].name, b[i].name) != 0 || a[i].type != b[i].type)
            return false;
    return true;
}

static bool same_case(const struct bench_case *a, const struct bench_case *b) {
    return strcmp(a->id, b->id) == 0 && a->jobs == b->jobs && a->workers == b->workers
        && same_table(a->workload->params, b->workload->params)
        && same_values(a->workload->params, a->params, b->params)
        && same_table(a->executor->params, b->executor->params)
        && same_values(a->executor->params, a->pool, b->pool);
}

static void match_plan(struct mismatches *found, const struct plan *a, const struct plan *b) {
    match_number(found, "warm-up runs", a->warmup, b->warmup);
    if (a->seed != b->seed)
        differ(found, "seed, and so the input", arena_printf(found->arena, "%" PRIu64, a->seed),
            arena_printf(found->arena, "%" PRIu64, b->seed));
    match_number(found, "cases", (double)a->case_count, (double)b->case_count);
    for (size_t i = 0; i < a->case_count && i < b->case_count; i++) {
        if (same_case(&a->cases[i], &b->cases[i]))
            continue;
        if (strcmp(a->cases[i].id, b->cases[i].id) != 0)
            differ(found, "case", a->cases[i].id, b->cases[i].id);
        else
            found->texts[found->count++] =
                arena_printf(found->arena, "parameters of '%s': other in %s than in %s",
                    a->cases[i].id, found->names[0], found->names[1]);
        return;
    }
}

/* Differences that one session can add. */
#define MISMATCHES_MAX 16

const char *const *compare_mismatches(const struct session *const *sessions,
    const char *const *names, size_t count, struct arena *arena) {
    struct mismatches found = {
        .arena = arena, .texts = arena_array(arena, const char *, count *MISMATCHES_MAX + 1)};

    for (size_t i = 1; i < count; i++) {
        found.names[0] = names[0];
        found.names[1] = names[i];
        match_environment(&found, &sessions[0]->environment, &sessions[i]->environment);
        match_plan(&found, sessions[0]->plan, sessions[i]->plan);
    }
    return found.count > 0 ? found.texts : NULL;
}
