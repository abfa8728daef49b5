/* SPDX-License-Identifier: MIT */
#include "procedure_parts.h"

#include <errno.h>
#include <limits.h>
#include <math.h>

/* The share of alpha that a look has / that of the look before it. The first looks settle most
 * sessions: with equal shares, sessions of identical code take 18 rounds instead of 17. With a
 * smaller number, sessions of 12 rows take more rounds. */
#define SHARE_DECAY (5.0 / 6)

/* The standard deviation of normal values / their median absolute deviation. */
#define MAD_TO_SIGMA 1.4826022185056018

static int least(int a, int b) {
    return a < b ? a : b;
}

static int most(int a, int b) {
    return a > b ? a : b;
}

static int first_look(const struct procedure *procedure, int last) {
    if (procedure->rule->early)
        return power_fewest(procedure->rule, procedure->levels.control);
    return most(last / 3, power_fewest(procedure->rule, procedure->levels.alarm));
}

/* The rounds before a look that is the `step`-th of `steps` after `from`. */
static int rounds_between(const struct rule *rule, int from, int last, int step, int steps) {
    if (rule->early && from < last)
        return (int)lround(from * pow((double)last / from, (double)step / steps));
    return from + (last - from) * step / steps;
}

/* The last look but one leaves room for a second stage, and the last one uses all rounds: it can
 * still call pairs equivalent or improved. Earlier rules end with the former. */
static void plan_looks(struct procedure *procedure) {
    int count = procedure->settings.looks, taken = procedure->looks_taken;
    int steps = procedure->rule->early && count > 1 ? count - 1 : count;
    int last = power_first_rounds(procedure->rounds);
    int from = taken > 0 ? procedure->look_at[taken - 1] : first_look(procedure, last);
    int at = taken > 0 ? taken - 1 : 0; /* the look at `from` */

    for (int i = taken; i < count; i++)
        procedure->look_at[i] = i >= steps - 1
            ? last
            : rounds_between(procedure->rule, from, last, i - at, steps - 1 - at);
    if (steps < count)
        procedure->look_at[count - 1] = procedure->rounds;
}

static void plan(struct procedure *procedure) {
    int needed = procedure->rounds_needed, allowed = procedure->settings.rounds;

    procedure->rounds = needed > 0 ? least(needed, allowed) : allowed;
    if (!procedure->settings.replay)
        plan_looks(procedure);
}

static void replay_looks(struct procedure *procedure) {
    for (int i = 0; i < procedure->settings.looks; i++) {
        int at = procedure->settings.looked_at[i];

        procedure->look_at[i] = at > 0 ? at : INT_MAX;
    }
}

/* `equal` is never stricter than `alarm`. */
static void start_levels(struct procedure *procedure) {
    const struct gate_settings *settings = &procedure->settings;
    bool early = procedure->rule->early;
    double decay = early ? SHARE_DECAY : 1;
    size_t pairs = procedure->pair_count;
    struct spending alarm = spending_start(settings->alpha, pairs, decay, settings->looks);
    struct spending equal = spending_start(settings->equal_alpha, 1, decay, settings->looks);

    procedure->spent.alarm = alarm;
    procedure->spent.equal = equal.share > alarm.share ? equal : alarm;
    procedure->spent.control =
        early ? spending_start(settings->alpha, 1, decay, settings->looks) : alarm;
    procedure->levels = (struct levels){
        .alarm = procedure->spent.alarm.share,
        .equal = procedure->spent.equal.share,
        .control = procedure->spent.control.share,
    };
}

/* Without a rule that spends, all looks have the levels of the first. */
static void next_levels(struct procedure *procedure) {
    int rounds = procedure->rounds_done;

    if (!procedure->rule->early)
        return;
    procedure->levels = (struct levels){
        .alarm = spending_look(&procedure->spent.alarm, rounds),
        .equal = spending_look(&procedure->spent.equal, rounds),
        .control = spending_look(&procedure->spent.control, rounds),
    };
}

int procedure_rounds_least(const struct procedure *procedure) {
    int first = power_fewest(procedure->rule, procedure->spent.alarm.share), rounds = first;

    while (power_first_rounds(rounds) < first)
        rounds++;
    return rounds;
}

static int check_settings(const struct procedure *procedure, struct diag *diag) {
    const struct gate_settings *settings = &procedure->settings;
    size_t pairs = procedure->pair_count;
    int fewest = procedure_rounds_least(procedure);

    if (settings->rounds < fewest)
        return diag_set(diag, -EINVAL,
            "%d rounds are too few for a verdict on %zu row%s; allow at least %d", settings->rounds,
            pairs, pairs == 1 ? "" : "s", fewest);
    for (size_t i = 0; i < pairs && settings->detect > 0; i++)
        if (settings->detect <= procedure->pairs[i].threshold)
            return diag_set(diag, -EINVAL,
                "a change of %g%% cannot be detected with a threshold of %g%%; detect a larger one",
                100 * settings->detect, 100 * procedure->pairs[i].threshold);
    return 0;
}

static struct procedure *make(const struct gate_settings *settings, const struct rule *rule,
    const double *thresholds, size_t pairs) {
    size_t room = (size_t)settings->rounds;
    struct arena *arena = arena_new();
    struct procedure *procedure = arena_array(arena, struct procedure, 1);

    *procedure = (struct procedure){
        .arena = arena,
        .settings = *settings,
        .rounds_most = settings->rounds,
        .rule = rule,
        .pairs = arena_array(arena, struct pair, pairs),
        .pair_count = pairs,
        .control.logs = arena_array(arena, double, room),
        .scratch = arena_array(arena, double, room),
        .deviations = arena_array(arena, double, room),
    };
    start_levels(procedure);
    for (size_t i = 0; i < pairs; i++) {
        procedure->pairs[i].threshold = thresholds[i];
        procedure->pairs[i].edge = log1p(thresholds[i]);
        procedure->pairs[i].levels = procedure->levels;
        procedure->pairs[i].ratios.logs = arena_array(arena, double, room);
    }
    return procedure;
}

int procedure_new(const struct gate_settings *settings, const double *thresholds, size_t pairs,
    struct procedure **ret_procedure, struct diag *diag) {
    const struct rule *rule = rule_find(settings->rule);
    struct procedure *procedure;
    int code;

    if (!rule)
        return diag_set(diag, -EINVAL,
            "the rule '%s' is unknown; use the version of pconc that wrote it", settings->rule);
    procedure = make(settings, rule, thresholds, pairs);
    code = check_settings(procedure, diag);
    if (code < 0) {
        procedure_free(procedure);
        return code;
    }
    if (settings->replay)
        replay_looks(procedure);
    plan(procedure);
    *ret_procedure = procedure;
    return 0;
}

void procedure_free(struct procedure *procedure) {
    if (procedure)
        arena_free(procedure->arena);
}

void procedure_bound(struct procedure *procedure, int rounds) {
    struct gate_settings *settings = &procedure->settings;
    int fewest = procedure_rounds_least(procedure);

    settings->rounds = least(most(rounds, fewest), procedure->rounds_most);
    plan(procedure);
}

bool procedure_wants(const struct procedure *procedure, size_t pair) {
    return procedure->pairs[pair].stage != STAGE_SETTLED;
}

size_t procedure_control_pair(const struct procedure *procedure) {
    size_t count = procedure->pair_count, pair = (size_t)procedure->rounds_done % count;

    for (size_t i = 0; i < count && !procedure_wants(procedure, pair); i++)
        pair = (pair + 1) % count;
    return pair;
}

bool procedure_mirrors(const struct procedure *procedure, size_t pair, int *ret_mirrored) {
    const struct pair *at = &procedure->pairs[pair];

    if (at->stage != STAGE_SECOND)
        return false;
    *ret_mirrored = procedure->rounds_done - at->second_start;
    return true;
}

static void series_add(const struct procedure *procedure, struct series *series, double value) {
    if (isfinite(value) && series->count < (size_t)procedure->rounds_most)
        series->logs[series->count++] = value;
}

void procedure_feed(struct procedure *procedure, size_t pair, double log_ratio) {
    if (procedure_wants(procedure, pair))
        series_add(procedure, &procedure->pairs[pair].ratios, log_ratio);
}

void procedure_feed_control(struct procedure *procedure, double log_ratio) {
    series_add(procedure, &procedure->control, log_ratio);
}

struct interval series_interval(
    const struct procedure *procedure, const struct series *series, double level) {
    return procedure->rule->interval(series->logs, series->count, 1 - level, procedure->scratch);
}

static enum verdict pair_verdict(const struct procedure *procedure, const struct pair *pair) {
    return verdict_of(series_interval(procedure, &pair->ratios, pair->levels.alarm),
        series_interval(procedure, &pair->ratios, pair->levels.equal), pair->edge);
}

static void settle(struct pair *pair, enum verdict verdict) {
    pair->verdict = verdict;
    pair->stage = STAGE_SETTLED;
}

static void suspect(struct procedure *procedure, struct pair *pair) {
    pair->stage = STAGE_SECOND;
    pair->suspected = pair->second = true;
    pair->first_ratios = pair->ratios.count;
    pair->second_start = procedure->rounds_done;
}

static bool is_confirmed(const struct procedure *procedure, const struct pair *pair) {
    const struct series second = {
        pair->ratios.logs + pair->first_ratios, pair->ratios.count - pair->first_ratios};
    struct interval alone = series_interval(procedure, &second, CONFIRM_LEVEL);

    return check_of(alone, pair->edge) == CHECK_FAILS
        && pair_verdict(procedure, pair) == VERDICT_REGRESSED;
}

/* Ends the second stages that have this many rounds. A pair that is not confirmed goes back to the
 * first stage, if another look may follow. */
static void confirm(struct procedure *procedure, int rounds, bool look_follows) {
    for (size_t i = 0; i < procedure->pair_count; i++) {
        struct pair *pair = &procedure->pairs[i];

        if (pair->stage != STAGE_SECOND || procedure->rounds_done - pair->second_start < rounds)
            continue;
        if (is_confirmed(procedure, pair)) {
            settle(pair, VERDICT_REGRESSED);
        } else if (!look_follows) {
            settle(pair, VERDICT_INCONCLUSIVE);
        } else {
            pair->stage = STAGE_FIRST;
            pair->second = false;
        }
    }
}

double series_spread(const struct procedure *procedure, const struct series *series) {
    double middle = median(series->logs, series->count, procedure->scratch);

    for (size_t i = 0; i < series->count; i++)
        procedure->deviations[i] = fabs(series->logs[i] - middle);
    return MAD_TO_SIGMA * median(procedure->deviations, series->count, procedure->scratch);
}

struct power_question pair_question(const struct procedure *procedure, const struct pair *pair) {
    return (struct power_question){
        .rule = procedure->rule,
        .level = pair->levels.alarm,
        .equal_level = pair->levels.equal,
        .edge = pair->edge,
        .spread = series_spread(procedure, &pair->ratios),
    };
}

/* The rounds in all that a pair needs, by its spread so far, to detect the change, and to be called
 * equivalent if there is no change. The spread of n ratios is itself wrong by about 1 / sqrt(n). */
static int rounds_needed(const struct procedure *procedure, const struct pair *pair) {
    const struct gate_settings *settings = &procedure->settings;
    struct power_question question = pair_question(procedure, pair);
    int slower, same;

    question.spread *= 1 + 0.5 / sqrt((double)pair->ratios.count);
    if (!(question.spread > 0))
        return isnan(question.spread) ? SETTLE_ROUNDS_MAX : 0;
    slower = power_rounds(&question, log1p(settings->detect), settings->power, SETTLE_ROUNDS_MAX);
    same = power_rounds(&question, 0, settings->power, SETTLE_ROUNDS_MAX);
    return slower > 0 && same > 0 ? most(slower, same) : SETTLE_ROUNDS_MAX;
}

/* Plans as many rounds as the pairs need, after a look. After the first look they are enough for
 * another look at half as many rounds more. Later they do not become fewer: if the spread seemed
 * too small, the last look would be inconclusive. */
static void plan_rounds(struct procedure *procedure) {
    int first = procedure->rounds_done + (procedure->rounds_done + 1) / 2;
    int rounds =
        procedure->looks_taken == 1 ? first + power_second_rounds(first) : procedure->rounds_needed;

    for (size_t i = 0; i < procedure->pair_count; i++)
        if (procedure->pairs[i].stage != STAGE_SETTLED)
            rounds = most(rounds, rounds_needed(procedure, &procedure->pairs[i]));
    procedure->rounds_needed = rounds;
    plan(procedure);
}

static void look(struct procedure *procedure) {
    int last = procedure->settings.looks;

    next_levels(procedure);
    procedure->control_failed = procedure_control_failed(procedure);
    procedure->look_at[procedure->looks_taken++] = procedure->rounds_done;
    for (size_t i = 0; i < procedure->pair_count; i++) {
        struct pair *pair = &procedure->pairs[i];
        enum verdict verdict;

        if (pair->stage != STAGE_FIRST)
            continue;
        pair->levels = procedure->levels;
        verdict = pair_verdict(procedure, pair);
        if (verdict == VERDICT_REGRESSED)
            suspect(procedure, pair);
        else if (verdict != VERDICT_INCONCLUSIVE || procedure->looks_taken == last)
            settle(pair, verdict);
    }
}

static bool look_is_due(const struct procedure *procedure) {
    return procedure->looks_taken < procedure->settings.looks
        && procedure->rounds_done >= procedure->look_at[procedure->looks_taken];
}

void procedure_end_round(struct procedure *procedure) {
    procedure->rounds_done++;
    if (look_is_due(procedure))
        confirm(procedure, SECOND_ROUNDS_MIN, true);
    while (look_is_due(procedure)) {
        look(procedure);
        procedure->settings.looked_at[procedure->looks_taken - 1] = procedure->rounds_done;
        if (procedure->settings.detect > 0 && procedure->looks_taken < procedure->settings.looks)
            plan_rounds(procedure);
    }
    if (procedure->rounds_done >= procedure->rounds)
        procedure_stop(procedure);
}

/* This look is not recorded in looked_at: a replay takes it here again. The rule of earlier
 * versions sends a pair back even if there was a look already. */
void procedure_stop(struct procedure *procedure) {
    bool is_left = procedure->looks_taken < procedure->settings.looks;
    bool looked = procedure->looks_taken > 0
        && procedure->look_at[procedure->looks_taken - 1] == procedure->rounds_done;

    confirm(procedure, 0, is_left && !(looked && procedure->rule->early));
    if (!looked && is_left && !procedure_done(procedure))
        look(procedure);
    for (size_t i = 0; i < procedure->pair_count; i++)
        procedure->pairs[i].stage = STAGE_SETTLED;
}

bool procedure_done(const struct procedure *procedure) {
    for (size_t i = 0; i < procedure->pair_count; i++)
        if (procedure->pairs[i].stage != STAGE_SETTLED)
            return false;
    return true;
}

int procedure_rounds_planned(const struct procedure *procedure) {
    return procedure->rounds;
}

int procedure_rounds(const struct procedure *procedure) {
    return procedure->rounds_done;
}
