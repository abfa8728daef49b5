/* SPDX-License-Identifier: MIT */
#include "answers.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "columns.h"

/* At most this many cases are named in a line. */
#define NAMED_MAX 6

/* The model without what the makers put there for their lawyers. */
static const char *short_model(struct arena *arena, const char *model) {
    static const char *const noise[] = {"(R)", "(r)", "(TM)", "(tm)", " CPU", " Processor"};
    char *text = arena_strdup(arena, model[0] ? model : "unknown CPU");

    if (!model[0])
        return text;
    for (size_t i = 0; i < sizeof(noise) / sizeof(noise[0]); i++) {
        for (char *at; (at = strstr(text, noise[i]));)
            memmove(at, at + strlen(noise[i]), strlen(at + strlen(noise[i])) + 1);
    }
    return text;
}

static const char *cpus_text(struct arena *arena, const struct environment *env) {
    const char *quota = "";

    if (env->cpu_quota > 0)
        quota = arena_printf(arena, " (quota %.3g)", env->cpu_quota);
    return arena_printf(arena, "%d of %d CPU%s usable%s", env->usable_cpus, env->online_cpus,
        env->online_cpus == 1 ? "" : "s", quota);
}

const char *environment_line(struct arena *arena, const struct session *session) {
    const struct environment *env = &session->environment;
    int rounds = session->plan->rounds;

    return arena_printf(arena, "%s, %s, %s, governor %s, %d round%s, seed %" PRIu64,
        short_model(arena, env->cpu_model), cpus_text(arena, env),
        env->kernel[0] ? env->kernel : "unknown kernel",
        env->governor[0] ? env->governor : "unknown", rounds, rounds == 1 ? "" : "s",
        session->plan->seed);
}

/* What a case is called under its own table, where the name goes without saying. */
static const char *short_id(
    const struct session *session, const struct section *section, size_t index) {
    const struct bench_case *bench_case = &session->plan->cases[index];
    size_t length = strlen(bench_case->name);

    if (!section_has_names(session, section)
        && strncmp(bench_case->id, bench_case->name, length) == 0 && bench_case->id[length] == '/')
        return bench_case->id + length + 1;
    return bench_case->id;
}

static size_t count_rivals(const struct session *session, const struct session_summary *summary,
    const struct section *section) {
    size_t rivals = 0;

    for (size_t i = section->first; i < section->first + section->count; i++)
        rivals += session->plan->cases[i].twin_of < 0 && summary->cases[i].valid > 0
            && summary->cases[i].failed == 0;
    return rivals - 1;
}

static const char *tied_names(struct arena *arena, const struct session *session,
    const struct section_summary *summary, const struct section *section) {
    const char *names = "";
    size_t named = 0;

    for (size_t i = 0; i < section->count && named < NAMED_MAX; i++) {
        if (summary->tied[i])
            names = arena_printf(arena, "%s%s%s", names, named++ ? ", " : "",
                short_id(session, section, section->first + i));
    }
    if (summary->tied_count > named)
        names = arena_printf(arena, "%s and %zu more", names, summary->tied_count - named);
    return names;
}

static const char *tied_text(struct arena *arena, const struct session *session,
    const struct session_summary *summary, const struct section *section) {
    const struct section_summary *found = &summary->sections[section - session->plan->sections];
    size_t rivals = count_rivals(session, summary, section);

    if (found->tied_count == 0)
        return "";
    if (!interval_known(summary->cases[found->fastest].time_interval))
        return "; too few rounds to tell it from the others";
    if (found->tied_count == rivals && rivals > 2)
        return "; not separable from it: all the others";
    return arena_printf(
        arena, "; not separable from it: %s", tied_names(arena, session, found, section));
}

static const char *speedup_text(struct arena *arena, const struct session *session,
    const struct case_summary *fastest, const struct section *section) {
    char value[SHOWN_MAX], interval[SHOWN_MAX];

    if (isnan(fastest->speedup.value))
        return "";
    show_ratio(fastest->speedup, value, sizeof(value));
    show_ratio_interval(fastest->speedup, interval, sizeof(interval));
    if (!interval_known(fastest->speedup.interval))
        return arena_printf(
            arena, ", %s %s", value, session->plan->cases[section->baseline].executor->name);
    return arena_printf(arena, ", %s %s (%s)", value,
        session->plan->cases[section->baseline].executor->name, interval);
}

const char *fastest_answer(struct arena *arena, const struct session *session,
    const struct session_summary *summary, const struct section *section) {
    const struct section_summary *found = &summary->sections[section - session->plan->sections];
    char time[SHOWN_MAX];

    if (found->fastest < 0 || count_rivals(session, summary, section) == 0)
        return NULL;
    const struct case_summary *fastest = &summary->cases[found->fastest];
    show_time(fastest->time_ns, fastest->time_interval, time, sizeof(time));
    return arena_printf(arena, "%s at %s%s%s", short_id(session, section, (size_t)found->fastest),
        time,
        found->fastest == section->baseline ? "" : speedup_text(arena, session, fastest, section),
        tied_text(arena, session, summary, section));
}

const char *control_answer(struct arena *arena, const struct session *session,
    const struct session_summary *summary, const struct section *section) {
    if (section->control < 0)
        return NULL;
    struct ratio ratio = summary->sections[section - session->plan->sections].control;
    struct interval interval = ratio.interval;
    const char *id =
        short_id(session, section, (size_t)session->plan->cases[section->control].twin_of);

    if (isnan(ratio.value))
        return arena_printf(arena, "%s and its twin have no valid round in common", id);
    if (!interval_known(interval))
        return arena_printf(arena,
            "%s against its twin %.3f: too few rounds to say what can be told apart", id,
            ratio.value);
    if (interval.low > 1 || interval.high < 1)
        return arena_printf(arena,
            "%s against its twin %.3f (%.3f..%.3f): the same code seems to differ, so differences "
            "of that size mean nothing here",
            id, ratio.value, interval.low, interval.high);
    double noise = fmax(interval.high, 1 / interval.low) - 1;
    return arena_printf(arena,
        "%s against its twin %.3f (%.3f..%.3f): differences below %.1f%% cannot be told apart in "
        "this session",
        id, ratio.value, interval.low, interval.high, 100 * noise);
}

const char *failure_answer(struct arena *arena, const struct session *session,
    const struct session_summary *summary, size_t index) {
    const struct case_summary *figures = &summary->cases[index];

    if (figures->failed == 0)
        return NULL;
    return arena_printf(arena, "%s: %zu of %zu samples%s: %s", session->plan->cases[index].id,
        figures->failed, figures->failed + figures->valid,
        session->results[index].given_up ? ", then given up" : "", figures->first_failure);
}

const char *interruption_answer(struct arena *arena, const struct session *session) {
    const char *name = sigabbrev_np(session->interrupted_by);

    if (!session->interrupted_by)
        return NULL;
    return arena_printf(arena, "by SIG%s: %d of %d rounds are complete", name ? name : "NAL",
        session->rounds_done, session->plan->rounds);
}

bool has_notes(const struct session *session, const struct session_summary *summary) {
    bool any_failed = false;

    for (size_t i = 0; i < session->plan->case_count; i++)
        any_failed = any_failed || summary->cases[i].failed > 0;
    return any_failed || session->interrupted_by || summary->warning_count > 0;
}

/* "chunk=auto spin=20us": what `name`'s cases in the section have in common; "" if nothing. */
static const char *common_pool(struct arena *arena, const struct session *session,
    const struct section *section, const struct executor *executor) {
    const struct bench_case *cases = &session->plan->cases[section->first];
    const char *text = "";

    for (size_t p = 0; p < params_count(executor->params); p++) {
        const struct bench_case *first = NULL;
        bool common = true;

        for (size_t i = 0; i < section->count; i++) {
            if (cases[i].executor != executor)
                continue;
            first = first ? first : &cases[i];
            common = common && param_equal(&executor->params[p], first->pool[p], cases[i].pool[p]);
        }
        if (first && common) {
            char value[128];
            (void)param_format(&executor->params[p], first->pool[p], value, sizeof(value));
            text = arena_printf(
                arena, "%s%s%s=%s", text, text[0] ? " " : "", executor->params[p].name, value);
        }
    }
    return text;
}

const char *pools_answer(
    struct arena *arena, const struct session *session, const struct section *section) {
    const struct bench_case *cases = &session->plan->cases[section->first];
    const char *text = "";

    for (size_t i = 0; i < section->count; i++) {
        const struct executor *executor = cases[i].executor;
        bool told = false;

        for (size_t j = 0; j < i; j++)
            told = told || cases[j].executor == executor;
        const char *pool = told ? "" : common_pool(arena, session, section, executor);
        if (pool[0])
            text =
                arena_printf(arena, "%s%s%s %s", text, text[0] ? "; " : "", executor->name, pool);
    }
    return text[0] ? text : NULL;
}

/* A reason begins with the name of its executor; in a file that somebody wrote it may not. */
static const char *without_name(const char *reason, const char *name) {
    size_t length = strlen(name);

    return strncmp(reason, name, length) == 0 && reason[length] == ' ' ? reason + length + 1
                                                                       : reason;
}

const char *impossible_answer(
    struct arena *arena, const struct session *session, const struct section *section) {
    const struct bench_case *cases = &session->plan->cases[section->first];
    const char *names = "", *why = NULL;

    for (size_t i = 0; i < section->count; i++) {
        bool told = false;

        for (size_t j = 0; j < i; j++)
            told = told || cases[j].executor == cases[i].executor;
        if (told || !cases[i].impossible)
            continue;
        names = arena_printf(arena, "%s%s%s", names, names[0] ? ", " : "", cases[i].executor->name);
        why = without_name(cases[i].impossible, cases[i].executor->name);
    }
    return why ? arena_printf(arena, "%s %s", names, why) : NULL;
}
