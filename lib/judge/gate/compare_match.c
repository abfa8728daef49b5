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
    const char *names[2]; /* of the two sessions */
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
    match_text(found, "compiler of pconc", a->compiler, b->compiler);
    match_text(found, "build flags of pconc", a->flags, b->flags);
}

/* Each file has tables in memory of its own, so names and types are compared. */
static bool same_table(const struct param *a, const struct param *b) {
    size_t count = params_count(a);

    if (count != params_count(b))
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(a[i].name, b[i].name) != 0 || a[i].type != b[i].type)
            return false;
    return true;
}

static bool same_parameters(const struct bench_case *a, const struct bench_case *b) {
    return a->jobs == b->jobs && a->workers == b->workers
        && same_table(a->workload->params, b->workload->params)
        && params_equal(a->workload->params, a->params, b->params)
        && same_table(a->executor->params, b->executor->params)
        && params_equal(a->executor->params, a->pool, b->pool);
}

static const char *command(const char *text) {
    return text ? text : "none";
}

/* Of two cases with one id. Their plug-ins may be two builds: to compare those is the purpose. */
static void match_case(struct mismatches *found, const struct bench_case *first,
    const struct bench_case *second, int64_t first_passes, int64_t second_passes) {
    const char *id = first->id;

    match_text(found, arena_printf(found->arena, "workload of '%s'", id), first->workload->name,
        second->workload->name);
    if (!same_parameters(first, second))
        found->texts[found->count++] = arena_printf(found->arena,
            "parameters of '%s': not the same in %s and %s", id, found->names[0], found->names[1]);
    match_text(found, arena_printf(found->arena, "prepare of '%s'", id), command(first->prepare),
        command(second->prepare));
    match_text(found, arena_printf(found->arena, "cleanup of '%s'", id), command(first->cleanup),
        command(second->cleanup));
    if (first_passes != second_passes)
        differ(found,
            arena_printf(found->arena, "passes of '%s' (bench --baseline takes them over)", id),
            arena_printf(found->arena, "%" PRId64, first_passes),
            arena_printf(found->arena, "%" PRId64, second_passes));
}

/* Recording costs time, so both sides must do it or none. Only samples of saved sessions show it.
 */
static bool recorded_latency(const struct session *session) {
    if (session->plan->latency)
        return true;
    for (size_t i = 0; i < session->plan->case_count; i++)
        for (size_t j = 0; j < session->results[i].sample_count; j++)
            if (session->results[i].samples[j].latency.jobs > 0)
                return true;
    return false;
}

static const char *warmup_text(struct arena *arena, int runs) {
    return runs == WARMUP_AUTO ? "auto" : arena_printf(arena, "%d", runs);
}

static void match_settings(
    struct mismatches *found, const struct session *first, const struct session *second) {
    const struct plan *a = first->plan, *b = second->plan;

    match_text(found, "warm-up runs", warmup_text(found->arena, a->warmup),
        warmup_text(found->arena, b->warmup));
    match_number(found, "--slow-task, in ns", (double)a->slow_ns, (double)b->slow_ns);
    match_number(found, "--rate, in jobs per second", a->rate, b->rate);
    match_number(found, "lowest --rate", a->rate_low, b->rate_low);
    match_number(
        found, "--latency-limit, in ns", (double)a->latency_limit_ns, (double)b->latency_limit_ns);
    match_text(found, "--arrivals", a->arrivals ? a->arrivals : "none",
        b->arrivals ? b->arrivals : "none");
    match_text(found, "--latency", recorded_latency(first) ? "on" : "off",
        recorded_latency(second) ? "on" : "off");
}

/* Of the cases that both sessions have, up to the first that differs. */
static void match_cases(
    struct mismatches *found, const struct session *first, const struct session *second) {
    const struct plan *a = first->plan;
    size_t before = found->count;

    for (size_t i = 0; i < a->case_count && found->count == before; i++) {
        ptrdiff_t at = plan_find_case(second->plan, a->cases[i].id);

        if (at >= 0)
            match_case(found, &a->cases[i], &second->plan->cases[at], first->results[i].passes,
                second->results[at].passes);
    }
}

/* More differences than one session can add. */
#define MISMATCHES_MAX 32

const char *const *compare_mismatches(const struct session *const *sessions,
    const char *const *names, size_t count, struct arena *arena) {
    struct mismatches found = {
        .arena = arena, .texts = arena_array(arena, const char *, count *MISMATCHES_MAX + 1)};

    for (size_t i = 1; i < count; i++) {
        found.names[0] = names[0];
        found.names[1] = names[i];
        match_environment(&found, &sessions[0]->environment, &sessions[i]->environment);
        match_settings(&found, sessions[0], sessions[i]);
        match_cases(&found, sessions[0], sessions[i]);
    }
    return found.count > 0 ? found.texts : NULL;
}

bool compare_seeds_differ(const struct session *const *sessions, size_t count) {
    for (size_t i = 1; i < count; i++)
        if (sessions[i]->plan->seed != sessions[0]->plan->seed)
            return true;
    return false;
}

static bool same_samples(const struct case_result *a, const struct case_result *b) {
    if (a->sample_count != b->sample_count)
        return false;
    for (size_t i = 0; i < a->sample_count; i++) {
        const struct sample *first = &a->samples[i], *second = &b->samples[i];

        if (first->round != second->round || first->startup_ns != second->startup_ns
            || first->run_ns != second->run_ns || first->elapsed_ns != second->elapsed_ns)
            return false;
    }
    return true;
}

/* Two sessions may begin in the same second, but their samples differ. */
static bool same_session(const struct session *a, const struct session *b) {
    if (strcmp(a->environment.started, b->environment.started) != 0
        || a->plan->case_count != b->plan->case_count)
        return false;
    for (size_t i = 0; i < a->plan->case_count; i++)
        if (!same_samples(&a->results[i], &b->results[i]))
            return false;
    return true;
}

bool compare_repeats(const struct session *const *sessions, size_t count, size_t ret_pair[2]) {
    for (size_t i = 1; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (!same_session(sessions[j], sessions[i]))
                continue;
            ret_pair[0] = j;
            ret_pair[1] = i;
            return true;
        }
    }
    return false;
}
