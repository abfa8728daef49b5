/* SPDX-License-Identifier: MIT */
#include "compare.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "checks.h"
#include "hodges_lehmann.h"
#include "unpaired.h"

/* A side names this many sessions. */
#define NAMES_MAX 3

/* One side of a pair. */
struct medians {
    double *logs; /* of each session's median */
    size_t count;
    double low, high; /* of the logarithms of all sessions' own intervals; NaN: one is unknown */
    double middle;    /* the median of the medians */
};

static struct medians collect(const struct case_result *const *results, size_t sessions,
    enum metric metric, double level, struct arena *arena) {
    struct medians medians = {
        .logs = arena_array(arena, double, sessions), .low = INFINITY, .high = -INFINITY};

    for (size_t i = 0; i < sessions; i++) {
        const struct case_result *result = results[i];
        double *values = arena_array(arena, double, 2 * result->sample_count + 1);
        size_t count = metric_values(metric, result, values);
        struct estimate own = median_estimate(values, count, 1 - level, values + count);

        if (count == 0)
            continue;
        medians.logs[medians.count++] = log(own.value);
        /* A comparison with NaN is false, so an unknown end stays unknown. */
        medians.low = log(own.interval.low) > medians.low ? medians.low : log(own.interval.low);
        medians.high =
            log(own.interval.high) < medians.high ? medians.high : log(own.interval.high);
        if (!interval_known(own.interval))
            medians.low = medians.high = NAN;
    }
    medians.middle = median(medians.logs, medians.count, arena_array(arena, double, sessions));
    return medians;
}

static bool enough(const struct medians *a, const struct medians *b) {
    return a->count >= COMPARE_SESSIONS_MIN && b->count >= COMPARE_SESSIONS_MIN;
}

/* The fewest sessions on each side whose interval at the level is known. */
static size_t sessions_needed(double level) {
    const double nothing[HODGES_LEHMANN_EXACT_MAX] = {0};
    size_t count = COMPARE_SESSIONS_MIN;

    while (count < HODGES_LEHMANN_EXACT_MAX - 1
        && !interval_known(hodges_lehmann(nothing, count, nothing, count, 1 - level).interval))
        count++;
    return count;
}

/* What is the same for all pairs. */
struct comparison {
    const struct compared *compared;
    const struct metrics *metrics;
    double level, equal_level;
    size_t needed; /* sessions on each side */
    struct arena *arena;
};

/* A pair at one level. */
struct judged {
    struct medians base, new;
    struct estimate shift; /* logarithm of new / base */
};

/* `results`: of the case in each session, the base's first. Each side's own interval has half the
 * level, so that together they have the level. */
static struct judged judge_at(const struct comparison *comparison,
    const struct case_result *const *results, enum metric metric, double level) {
    const struct compared *compared = comparison->compared;
    size_t base_count = compared->base_count, new_count = compared->count - base_count;
    struct medians base = collect(results, base_count, metric, level / 2, comparison->arena);
    struct medians new =
        collect(results + base_count, new_count, metric, level / 2, comparison->arena);
    struct estimate shift = hodges_lehmann(new.logs, new.count, base.logs, base.count, 1 - level);
    double drift = log1p(compared->drift);

    if (!enough(&base, &new)) {
        shift.interval = (struct interval){NAN, NAN};
        if (compared->drift > 0 && base.count > 0 && new.count > 0)
            shift.interval = (struct interval){new.low - base.high, new.high - base.low};
    }
    shift.interval.low -= drift;
    shift.interval.high += drift;
    if (!interval_known(shift.interval) || isnan(shift.interval.high))
        shift.interval = (struct interval){NAN, NAN};
    return (struct judged){base, new, shift};
}

static const char *note_of(const struct comparison *comparison, const struct pair_verdict *pair,
    const struct medians *base, const struct medians *new) {
    if (pair->verdict != VERDICT_INCONCLUSIVE)
        return NULL;
    if ((base->count == 0 || new->count == 0) && pair->metric == METRIC_P99)
        return "latencies were not recorded; measure both sides with --latency";
    if (base->count == 0 || new->count == 0)
        return "a side has no valid sample of it; measure both sides to the end";
    if (!enough(base, new) && comparison->compared->drift <= 0)
        return arena_printf(comparison->arena,
            "%zu and %zu sessions cannot separate a change from drift between sessions; save at "
            "least %zu a side, or allow for drift with --drift=10%%",
            base->count, new->count, comparison->needed);
    if (!interval_known(pair->ratio.interval))
        return arena_printf(comparison->arena,
            "too few for an interval at this level; save at least %zu sessions a side%s",
            comparison->needed, enough(base, new) ? "" : ", with 20 rounds each");
    return "save more sessions on each side";
}

/* Of the metric, else of all pairs, else of the case in the first new session. */
static double threshold_of(
    const struct comparison *comparison, enum metric metric, const struct case_result *first_new) {
    const struct compared *compared = comparison->compared;
    const struct session *session = compared->sessions[compared->base_count];

    return metrics_threshold(comparison->metrics, metric,
        isnan(compared->threshold) ? session->plan->cases[first_new - session->results].threshold
                                   : compared->threshold);
}

/* The first message of a case that failed in one of the sessions; NULL: in none. Failures that a
 * check of errors allows do not count. */
static const char *failure_of(
    const struct comparison *comparison, const struct case_result *const *results) {
    const struct compared *compared = comparison->compared;

    for (size_t i = compared->count; i-- > 0;) {
        const struct session *session = compared->sessions[i];
        const struct case_result *result = results[i];
        const char *first = NULL;

        for (size_t j = 0; j < result->sample_count && !first; j++)
            first = result->samples[j].failure;
        if (first
            && !checks_cover(session, checks_judge(session, comparison->arena),
                (size_t)(result - session->results)))
            return arena_printf(comparison->arena, "%s failed in %s: %s",
                i < compared->base_count ? "A" : "B", compared->names[i], first);
    }
    return NULL;
}

static struct pair_verdict failed_pair(const struct comparison *comparison, const char *id,
    enum metric metric, double threshold, const char *failure) {
    struct pair_verdict pair = {
        .id = row_id(id, metric, comparison->arena),
        .case_id = id,
        .metric = metric,
        .verdict = VERDICT_FAILED,
        .threshold = threshold,
        .ratio = {NAN, {NAN, NAN}},
        .level = comparison->level,
        .spread = NAN,
        .detectable = NAN,
        .a = -1,
        .b = -1,
        .twin = -1,
        .note = failure,
    };

    pair_set_medians(&pair, NAN, NAN);
    return pair;
}

static struct pair_verdict judge_pair(const struct comparison *comparison, const char *id,
    enum metric metric, const struct case_result *const *results) {
    struct judged alarm = judge_at(comparison, results, metric, comparison->level);
    struct judged equal = judge_at(comparison, results, metric, comparison->equal_level);
    double threshold = threshold_of(comparison, metric, results[comparison->compared->base_count]);
    const char *failure = failure_of(comparison, results);
    enum verdict verdict = verdict_of(alarm.shift.interval, equal.shift.interval, log1p(threshold));
    bool is_equal = verdict == VERDICT_EQUIVALENT;
    size_t base_count = alarm.base.count, new_count = alarm.new.count;
    struct pair_verdict pair = {
        .id = row_id(id, metric, comparison->arena),
        .case_id = id,
        .metric = metric,
        .verdict = verdict,
        .threshold = threshold,
        .ratio = estimate_exp(is_equal ? equal.shift : alarm.shift),
        .level = is_equal ? comparison->equal_level : comparison->level,
        .rounds = (int)(base_count < new_count ? base_count : new_count),
        .spread = NAN,
        .detectable = NAN,
        .a = -1,
        .b = -1,
        .twin = -1,
    };

    if (failure)
        return failed_pair(comparison, id, metric, threshold, failure);
    pair_set_medians(&pair, exp(alarm.base.middle), exp(alarm.new.middle));
    pair.note = note_of(comparison, &pair, &alarm.base, &alarm.new);
    return pair;
}

/* The names of the sessions of one side: "a.json, b.json and 3 more". */
static const char *side_names(
    const struct compared *compared, size_t first, size_t end, struct arena *arena) {
    const char *text = compared->names[first];

    for (size_t i = first + 1; i < end && i < first + NAMES_MAX; i++)
        text = arena_printf(arena, "%s, %s", text, compared->names[i]);
    if (end - first > NAMES_MAX)
        text = arena_printf(arena, "%s and %zu more", text, end - first - NAMES_MAX);
    return text;
}

/* What reports say above the table. */
static void describe(struct gate_verdict *verdict, struct arena *arena) {
    const struct compared *compared = verdict->compared;
    size_t base_count = compared->base_count, new_count = compared->count - base_count;

    verdict->sides[0] = side_names(compared, 0, base_count, arena);
    verdict->sides[1] = side_names(compared, base_count, compared->count, arena);
    verdict->method = arena_printf(arena, "%zu saved session%s of A and %zu of B", base_count,
        base_count == 1 ? "" : "s", new_count);
}

/* The results of a case in the sessions from `first` on; the number of sessions that have it and
 * can measure it. */
static size_t find_results(const struct compared *compared, const char *id, size_t first,
    size_t end, const struct case_result **ret_results) {
    size_t found = 0;

    for (size_t i = first; i < end; i++) {
        const struct session *session = compared->sessions[i];
        ptrdiff_t at = plan_find_case(session->plan, id);

        if (at < 0 || session->plan->cases[at].impossible)
            continue;
        ret_results[i] = &session->results[at];
        found++;
    }
    return found;
}

/* The cases of both sides. */
struct matched {
    const struct compared *compared;
    struct arena *arena;
    struct ids pairs, missing, added;
    const struct case_result **results; /* of the pairs, in each session */
};

/* A case is on a side if all its sessions have it. */
static void match(struct matched *matched, const char *id) {
    const struct compared *compared = matched->compared;
    size_t base = compared->base_count, count = compared->count;
    const struct case_result **results = &matched->results[matched->pairs.count * count];
    bool in_base = find_results(compared, id, 0, base, results) == base;
    bool in_new = find_results(compared, id, base, count, results) == count - base;
    struct ids *list = in_base && in_new ? &matched->pairs
        : in_base                        ? &matched->missing
                                         : &matched->added;

    if (in_base || in_new)
        list->items[list->count++] = arena_strdup(matched->arena, id);
}

/* In the order of the first base; cases that it does not have in that of the first new session. */
static struct matched match_cases(const struct compared *compared, struct arena *arena) {
    const struct plan *base = compared->sessions[0]->plan;
    const struct plan *new = compared->sessions[compared->base_count]->plan;
    size_t room = base->case_count + new->case_count;
    struct matched matched = {
        .compared = compared,
        .arena = arena,
        .pairs.items = arena_array(arena, const char *, room),
        .missing.items = arena_array(arena, const char *, room),
        .added.items = arena_array(arena, const char *, room),
        .results = arena_array(arena, const struct case_result *, (room + 1) * compared->count),
    };

    for (size_t i = 0; i < base->case_count; i++)
        if (base->cases[i].twin_of < 0)
            match(&matched, base->cases[i].id);
    for (size_t i = 0; i < new->case_count; i++)
        if (new->cases[i].twin_of < 0 && plan_find_case(base, new->cases[i].id) < 0)
            match(&matched, new->cases[i].id);
    return matched;
}

static const char *advice_of(const struct gate_verdict *verdict) {
    switch (verdict->verdict) {
    case VERDICT_FAILED:
        return "a side that fails cannot be compared; fix what its message says, then measure it "
               "again";
    case VERDICT_MISSING:
        return "put the rows marked missing back in B, or pass --allow-missing";
    case VERDICT_REGRESSED:
    case VERDICT_INCONCLUSIVE:
        return "measure both sides in one session, without drift between them: pconc ab";
    default:
        return NULL;
    }
}

int compare_sessions(const struct compared *compared, const struct gate_settings *settings,
    struct arena *arena, struct gate_verdict **ret_verdict, struct diag *diag) {
    const struct matched matched = match_cases(compared, arena);
    size_t sessions = compared->count, pairs = matched.pairs.count;
    struct gate_verdict *verdict = arena_array(arena, struct gate_verdict, 1);

    if (pairs == 0)
        return diag_set(
            diag, -EINVAL, "no case is in all of the files; compare sessions of one plan");
    enum metric metrics[METRICS];
    size_t metric_count = metrics_list(&settings->metrics, metrics), rows = pairs * metric_count;
    const double level = settings->alpha / (double)rows;
    const struct comparison comparison = {compared, &settings->metrics, level,
        fmax(level, settings->equal_alpha), sessions_needed(level), arena};
    *verdict = (struct gate_verdict){
        .settings = {.alpha = settings->alpha,
            .equal_alpha = settings->equal_alpha,
            .looks = 1,
            .metrics = settings->metrics,
            .allow_missing = settings->allow_missing},
        .compared = compared,
        .verdict = VERDICT_EQUIVALENT,
        .pair_count = rows,
        .noise_floor = NAN,
        .detectable = NAN,
    };
    unpaired_set(&verdict->settings, &matched.missing, &matched.added, arena);
    verdict->pairs =
        arena_array(arena, struct pair_verdict, rows + verdict->settings.unpaired_count);
    for (size_t i = 0; i < rows; i++) {
        size_t pair = i / metric_count;

        verdict->pairs[i] = judge_pair(&comparison, matched.pairs.items[pair],
            metrics[i % metric_count], &matched.results[pair * sessions]);
        verdict->verdict = verdict_worse(verdict->verdict, verdict->pairs[i].verdict);
    }
    unpaired_judge(verdict);
    describe(verdict, arena);
    verdict->advice = advice_of(verdict);
    *ret_verdict = verdict;
    return 0;
}
