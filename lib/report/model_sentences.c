/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "model_parts.h"
#include "numbers.h"
#include "place.h"
#include "pool.h"

/* The sentences of notes. */

/* A sentence names at most this many cases. */
#define NAMED_MAX 6

#define CPUS_TEXT_SIZE 80

/* Recording is mentioned where it takes more than this share of a job's time. */
#define RECORDING_SHARE_MAX 0.05

/* The model without trade marks and needless words. */
static const char *short_model(struct arena *arena, const char *model) {
    static const char *const noise[] = {"(R)", "(r)", "(TM)", "(tm)", " CPU", " Processor"};
    char *text = arena_strdup(arena, model[0] ? model : "unknown CPU");
    if (!model[0])
        return text;
    for (size_t i = 0; i < COUNT(noise); i++)
        for (char *at; (at = strstr(text, noise[i]));)
            memmove(at, at + strlen(noise[i]), strlen(at + strlen(noise[i])) + 1);
    return text;
}

static const char *cpus_text(struct arena *arena, const struct environment *env) {
    const char *quota = "";
    if (env->cpu_quota > 0)
        quota = arena_printf(arena, " (quota %.3g)", env->cpu_quota);
    return arena_printf(arena, "%d of %d CPU%s usable%s", env->usable_cpus, env->online_cpus,
        env->online_cpus == 1 ? "" : "s", quota);
}

const char *environment_sentence(const struct report *report) {
    const struct environment *env = &report->session->environment;
    int rounds = report->session->rounds_done;
    return arena_printf(report->arena, "%s, %s, %s, governor %s, %d round%s, seed %" PRIu64,
        short_model(report->arena, env->cpu_model), cpus_text(report->arena, env),
        env->kernel[0] ? env->kernel : "unknown kernel",
        env->governor[0] ? env->governor : "unknown", rounds, rounds == 1 ? "" : "s",
        report->session->plan->seed);
}

/* The id of a case, without its name where the whole section has the same. */
static const char *short_id(const struct report *report, ptrdiff_t index) {
    const struct bench_case *bench_case = &report->session->plan->cases[index];
    size_t length = strlen(bench_case->name);
    if (!report->has_names[bench_case->section]
        && strncmp(bench_case->id, bench_case->name, length) == 0 && bench_case->id[length] == '/')
        return bench_case->id + length + 1;
    return bench_case->id;
}

static const struct section_summary *summary_of(
    const struct report *report, const struct section *section) {
    return &report->summary->sections[section - report->session->plan->sections];
}

/* The number of cases that the fastest was compared with. */
static size_t count_rivals(const struct report *report, const struct section *section) {
    size_t rivals = 0;
    for (size_t i = section->first; i < section->first + section->count; i++)
        rivals += report->session->plan->cases[i].twin_of < 0 && report->summary->cases[i].valid > 0
            && report->summary->cases[i].failed == 0;
    return rivals - 1;
}

static const char *tied_names(const struct report *report, const struct section *section) {
    const struct section_summary *summary = summary_of(report, section);
    const char *names = "";
    size_t named = 0;
    for (size_t i = 0; i < section->count && named < NAMED_MAX; i++)
        if (summary->tied[i])
            names = arena_printf(report->arena, "%s%s%s", names, named++ ? ", " : "",
                short_id(report, (ptrdiff_t)(section->first + i)));
    if (summary->tied_count > named)
        names = arena_printf(report->arena, "%s and %zu more", names, summary->tied_count - named);
    return names;
}

static const char *tied_text(const struct report *report, const struct section *section) {
    const struct section_summary *summary = summary_of(report, section);
    size_t rivals = count_rivals(report, section);
    if (summary->tied_count == 0)
        return "";
    if (!interval_known(report->summary->cases[summary->fastest].time_interval))
        return "; too few rounds to tell it from the others";
    if (summary->tied_count == rivals && rivals > 2)
        return "; not separable from it: all the others";
    return arena_printf(report->arena, "; not separable from it: %s", tied_names(report, section));
}

static const char *speedup_text(
    const struct report *report, const struct estimate *speedup, ptrdiff_t baseline) {
    if (isnan(speedup->value))
        return "";
    const char *text = arena_printf(report->arena, ", %s %s", ratio_text(report->arena, *speedup),
        report->session->plan->cases[baseline].executor->name);
    if (!interval_known(speedup->interval))
        return text;
    return arena_printf(
        report->arena, "%s (%s)", text, ratio_interval_text(report->arena, *speedup));
}

const char *fastest_sentence(const struct report *report, const struct section *section) {
    ptrdiff_t index = summary_of(report, section)->fastest;
    if (index < 0 || count_rivals(report, section) == 0 || report->session->plan->rate > 0)
        return NULL;
    const struct case_summary *fastest = &report->summary->cases[index];
    return arena_printf(report->arena, "%s at %s%s%s", short_id(report, index),
        time_text(report->arena, fastest->time_ns, fastest->time_interval),
        index == section->baseline ? ""
                                   : speedup_text(report, &fastest->speedup, section->baseline),
        tied_text(report, section));
}

const char *control_sentence(const struct report *report, const struct section *section) {
    if (section->control < 0 || report->session->plan->rate > 0)
        return NULL;
    struct estimate ratio = summary_of(report, section)->control;
    struct interval interval = ratio.interval;
    struct arena *arena = report->arena;
    const char *id = short_id(report, report->session->plan->cases[section->control].twin_of);
    if (isnan(ratio.value))
        return arena_printf(arena, "%s and its twin have no valid round in common", id);
    const char *pair = arena_printf(arena, "%s against its twin %.3f", id, ratio.value);
    if (!interval_known(interval))
        return arena_printf(arena, "%s: too few rounds for an interval", pair);
    pair = arena_printf(arena, "%s (%.3f..%.3f)", pair, interval.low, interval.high);
    if (interval.low > 1 || interval.high < 1)
        return arena_printf(arena,
            "%s: the same code seems to differ, so differences of that size mean nothing here",
            pair);
    double noise = fmax(interval.high, 1 / interval.low) - 1;
    return arena_printf(arena, "%s: differences below %.1f%% cannot be told apart in this session",
        pair, 100 * noise);
}

/* Whether no case of the section before this one has its executor. */
static bool is_first_of_executor(const struct bench_case *cases, size_t index) {
    for (size_t i = 0; i < index; i++)
        if (cases[i].executor == cases[index].executor)
            return false;
    return true;
}

static bool same_cpus(const struct bench_case *a, const struct bench_case *b) {
    return a->cpu_count == b->cpu_count
        && (!a->cpus || memcmp(a->cpus, b->cpus, (size_t)a->cpu_count * sizeof(int)) == 0);
}

/* "CPUs 0,2"; "any CPU". */
static const char *cpus_of(const struct report *report, const struct bench_case *bench_case) {
    char list[CPUS_TEXT_SIZE];
    if (!bench_case->cpus || bench_case->cpus[0] < 0)
        return "any CPU";
    place_format(bench_case->cpus, (size_t)bench_case->cpu_count, list, sizeof(list));
    return arena_printf(report->arena, "CPU%s %s", bench_case->cpu_count == 1 ? "" : "s", list);
}

/* Whether an earlier case would get the same words. */
static bool is_repeated(const struct bench_case *cases, size_t index, size_t pin) {
    for (size_t i = 0; i < index; i++)
        if (cases[i].executor == cases[index].executor && cases[i].workers == cases[index].workers
            && strcmp(cases[i].pool[pin].text, cases[index].pool[pin].text) == 0
            && same_cpus(&cases[i], &cases[index]))
            return true;
    return false;
}

/* "2 on CPUs 0-1, 4 on any CPU", and where `pin` varies "auto/2 on CPUs 0-1, none/2 on any CPU". */
static const char *placements(const struct report *report, const struct section *section,
    const struct bench_case *first, size_t pin, bool varies) {
    const struct bench_case *cases = &report->session->plan->cases[section->first];
    const char *text = "";
    size_t named = 0;
    for (size_t i = 0; i < section->count; i++) {
        if (cases[i].executor != first->executor || is_repeated(cases, i, pin)
            || named++ >= NAMED_MAX)
            continue;
        text = list_text(report->arena, text, ", ",
            arena_printf(report->arena, "%s%s%d on %s", varies ? cases[i].pool[pin].text : "",
                varies ? "/" : "", cases[i].workers, cpus_of(report, &cases[i])));
    }
    return arena_printf(report->arena, " (%s%s)", text, named > NAMED_MAX ? ", ..." : "");
}

/* " (CPUs 0,1)": where the workers of this executor ran; "" if that is clear. */
static const char *placement(const struct report *report, const struct section *section,
    const struct bench_case *first, size_t pin) {
    const struct bench_case *cases = &report->session->plan->cases[section->first];
    if (strcmp(first->pool[pin].text, "none") == 0)
        return "";
    for (size_t i = 0; i < section->count; i++)
        if (cases[i].executor == first->executor && !same_cpus(&cases[i], first))
            return placements(report, section, first, pin, false);
    return arena_printf(report->arena, " (%s)", cpus_of(report, first));
}

/* "chunk=auto spin=20us": the parameters that all cases of the section with this executor share. */
static const char *common_pool(
    const struct report *report, const struct section *section, const struct bench_case *first) {
    const struct bench_case *cases = &report->session->plan->cases[section->first];
    const struct param *params = first->executor->params;
    const char *text = "";
    for (size_t p = 0; p < params_count(params); p++) {
        bool common = true;
        for (size_t i = 0; i < section->count; i++)
            common = common
                && (cases[i].executor != first->executor
                    || param_equal(&params[p], first->pool[p], cases[i].pool[p]));
        bool is_pin = strcmp(params[p].name, POOL_PARAM_PIN) == 0;
        const char *entry = NULL;
        if (common)
            entry = arena_printf(report->arena, "%s%s",
                param_text(report->arena, &params[p], first->pool[p]),
                is_pin ? placement(report, section, first, p) : "");
        else if (is_pin)
            entry =
                arena_printf(report->arena, "pin%s", placements(report, section, first, p, true));
        if (entry)
            text = list_text(report->arena, text, " ", entry);
    }
    return text;
}

/* ", 1 worker: its jobs never block", of the cases with this executor; "": they have as many as
 * were asked for. */
static const char *reduction(
    const struct report *report, const struct section *section, const struct bench_case *first) {
    const struct bench_case *cases = &report->session->plan->cases[section->first];
    for (size_t i = 0; i < section->count; i++)
        if (cases[i].executor == first->executor && cases[i].reduced)
            return arena_printf(report->arena, ", %d worker%s: %s", cases[i].workers,
                cases[i].workers == 1 ? "" : "s", cases[i].reduced);
    return "";
}

const char *pools_sentence(const struct report *report, const struct section *section) {
    const struct bench_case *cases = &report->session->plan->cases[section->first];
    const char *text = "";
    for (size_t i = 0; i < section->count; i++) {
        const char *pool =
            is_first_of_executor(cases, i) ? common_pool(report, section, &cases[i]) : "";
        if (pool[0])
            text = list_text(report->arena, text, "; ",
                arena_printf(report->arena, "%s %s%s", cases[i].executor->name, pool,
                    reduction(report, section, &cases[i])));
    }
    return text[0] ? text : NULL;
}

/* A reason begins with the name of its executor, except in a file of another program. */
static const char *without_name(const char *reason, const char *name) {
    size_t length = strlen(name);
    return strncmp(reason, name, length) == 0 && reason[length] == ' ' ? reason + length + 1
                                                                       : reason;
}

const char *impossible_sentence(const struct report *report, const struct section *section) {
    const struct bench_case *cases = &report->session->plan->cases[section->first];
    const char *names = "", *why = NULL;
    for (size_t i = 0; i < section->count; i++) {
        const char *name = cases[i].executor->name;
        if (!cases[i].impossible || !is_first_of_executor(cases, i))
            continue;
        names = list_text(report->arena, names, ", ", name);
        why = without_name(cases[i].impossible, name);
    }
    return why ? arena_printf(report->arena, "%s %s", names, why) : NULL;
}

const char *recording_sentence(const struct report *report, const struct section *section) {
    double most = 0;
    size_t at = 0;
    for (size_t i = section->first; i < section->first + section->count; i++) {
        double share = report->summary->cases[i].latency.recording_share;
        if (share > most) {
            most = share;
            at = i;
        }
    }
    if (most <= RECORDING_SHARE_MAX)
        return NULL;
    return arena_printf(report->arena,
        "takes up to %.0f%% of a job's time on its worker (%s), and is in all figures of this "
        "section; measure times without --latency",
        100 * fmin(most, 1), report->session->plan->cases[at].id);
}

const char *too_slow_sentence(const struct report *report, size_t index) {
    const struct latency_summary *latency = &report->summary->cases[index].latency;
    if (!latency->too_slow)
        return NULL;
    return arena_printf(report->arena,
        "%s started only %.3g of %.10g jobs a second; %.0f%% started more than 1 ms late, and up "
        "to %.0f were due and waited. Its latencies grow with the number of jobs, so they are not "
        "shown; use a lower rate or more workers",
        report->session->plan->cases[index].id, latency->reached, report->session->plan->rate,
        100 * latency->late_share, latency->backlog);
}

static double missing_jobs(const struct case_result *result) {
    double missing = 0;
    for (size_t i = 0; i < result->sample_count; i++)
        missing += (double)result->samples[i].latency.lost;
    return missing;
}

const char *missing_sentence(const struct report *report, const struct section *section) {
    for (size_t i = section->first; i < section->first + section->count; i++) {
        double missing = missing_jobs(&report->session->results[i]);
        if (missing > 0)
            return arena_printf(report->arena,
                "%.0f jobs of %s were not recorded, because more threads than its workers "
                "ran them; its latencies are those of the other jobs",
                missing, report->session->plan->cases[i].id);
    }
    return NULL;
}

const char *failure_sentence(const struct report *report, size_t index) {
    const struct case_summary *figures = &report->summary->cases[index];
    if (figures->failed == 0)
        return NULL;
    return arena_printf(report->arena, "%s: %zu of %zu samples%s: %s",
        report->session->plan->cases[index].id, figures->failed, figures->failed + figures->valid,
        report->session->results[index].given_up ? ", then given up" : "", figures->first_failure);
}

const char *interruption_sentence(const struct report *report) {
    const struct session *session = report->session;
    const char *name = sigabbrev_np(session->interrupted_by);
    if (!session->interrupted_by)
        return NULL;
    return arena_printf(report->arena, "by SIG%s: %d of %d rounds are complete",
        name ? name : "NAL", session->rounds_done, session->plan->rounds);
}

/* The rounds of one session; false: it measured none. */
static bool find_rounds(const struct session *session, size_t number, int *ret_low, int *ret_high) {
    *ret_low = ROUNDS_MAX;
    *ret_high = -1;
    for (size_t i = 0; i < session->plan->case_count; i++)
        for (size_t j = 0; j < session->results[i].sample_count; j++) {
            const struct sample *sample = &session->results[i].samples[j];
            if (sample->round < 0 || (size_t)sample->session != number)
                continue;
            *ret_low = sample->round < *ret_low ? sample->round : *ret_low;
            *ret_high = sample->round > *ret_high ? sample->round : *ret_high;
        }
    return *ret_high >= 0;
}

const char *resumed_sentence(const struct report *report) {
    const struct session *session = report->session;
    const char *text = "";
    int low, high;
    for (size_t i = 0; i < session->start_count; i++)
        if (find_rounds(session, i, &low, &high))
            text = list_text(report->arena, text, ", ",
                arena_printf(report->arena, "rounds %d to %d by the session of %s", low + 1,
                    high + 1, session->starts[i]));
    return text[0] ? text : NULL;
}
