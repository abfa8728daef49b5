/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "procedure_parts.h"
#include "warnings.h"

enum verdict procedure_pair(const struct procedure *procedure, size_t pair, bool *ret_suspected) {
    *ret_suspected = procedure->pairs[pair].suspected;
    return procedure->pairs[pair].verdict;
}

/* The smallest threshold of all pairs. */
static double control_threshold(const struct procedure *procedure) {
    double least = INFINITY;

    for (size_t i = 0; i < procedure->pair_count; i++)
        least = fmin(least, procedure->pairs[i].threshold);
    return least;
}

static enum verdict control_verdict(const struct procedure *procedure) {
    struct interval interval =
        series_interval(procedure, &procedure->control, procedure->levels.control);

    return verdict_of(interval, interval, log1p(control_threshold(procedure)));
}

bool procedure_control_failed(const struct procedure *procedure) {
    enum verdict verdict = control_verdict(procedure);

    return procedure->control_failed || verdict == VERDICT_REGRESSED || verdict == VERDICT_IMPROVED;
}

enum verdict procedure_session(const struct procedure *procedure) {
    enum verdict verdict = VERDICT_EQUIVALENT;

    if (procedure_control_failed(procedure))
        return VERDICT_INCONCLUSIVE;
    for (size_t i = 0; i < procedure->pair_count; i++)
        verdict = verdict_worse(verdict, procedure->pairs[i].verdict);
    return verdict;
}

static struct estimate ratio_of(
    const struct procedure *procedure, const struct series *series, double level) {
    return estimate_exp(
        (struct estimate){procedure->rule->centre(series->logs, series->count, procedure->scratch),
            series_interval(procedure, series, level)});
}

/* A spread of fewer rounds means nothing. */
static double detectable_of(
    const struct procedure *procedure, const struct power_question *question, size_t rounds_made) {
    int rounds = procedure->rounds, first = power_first_rounds(rounds);

    if (isnan(question->spread) || rounds_made < INTERVAL_ROUNDS_MIN)
        return NAN;
    if (question->spread <= 0)
        return expm1(question->edge);
    return expm1(power_detectable(question, procedure->settings.power, first, rounds - first));
}

/* The rounds in all whose interval is narrower than the distance from the centre to the nearest
 * edge. */
static int rounds_to_settle(const struct procedure *procedure, const struct pair *pair,
    const struct power_question *question) {
    double at =
        fabs(procedure->rule->centre(pair->ratios.logs, pair->ratios.count, procedure->scratch));
    struct power_question distance = *question;
    int least = (int)pair->ratios.count * 3 / 2, rounds;

    distance.edge = 0;
    if (at < question->edge)
        distance.level = question->equal_level;
    if (!(question->spread > 0))
        return ROUNDS_NEVER;
    rounds = power_rounds(
        &distance, fabs(at - question->edge), procedure->settings.power, SETTLE_ROUNDS_MAX);
    if (rounds == 0)
        return ROUNDS_NEVER;
    return rounds > least ? rounds : least;
}

static void judge_pair(
    const struct procedure *procedure, const struct pair *pair, struct pair_verdict *verdict) {
    struct power_question question = pair_question(procedure, pair);
    bool equal = pair->verdict == VERDICT_EQUIVALENT;

    verdict->verdict = pair->verdict;
    verdict->threshold = pair->threshold;
    verdict->level = equal ? pair->levels.equal : pair->levels.alarm;
    verdict->ratio = ratio_of(procedure, &pair->ratios, verdict->level);
    verdict->rounds = (int)pair->ratios.count;
    verdict->second_rounds = pair->second ? (int)(pair->ratios.count - pair->first_ratios) : 0;
    verdict->unconfirmed = pair->second && pair->verdict != VERDICT_REGRESSED;
    verdict->spread = question.spread;
    verdict->detectable = detectable_of(procedure, &question, pair->ratios.count);
    verdict->rounds_to_settle =
        pair->verdict == VERDICT_INCONCLUSIVE ? rounds_to_settle(procedure, pair, &question) : 0;
}

static void describe_control(const struct procedure *procedure, struct gate_verdict *verdict) {
    struct pair_verdict *control = &verdict->control;

    verdict->has_control = procedure->control.count > 0;
    verdict->control_failed = procedure_control_failed(procedure);
    control->verdict = control_verdict(procedure);
    control->threshold = control_threshold(procedure);
    control->level = procedure->levels.control;
    control->ratio = ratio_of(procedure, &procedure->control, control->level);
    control->rounds = (int)procedure->control.count;
    control->spread = series_spread(procedure, &procedure->control);
    control->detectable = NAN;
    verdict->noise_floor = (control->ratio.interval.high - control->ratio.interval.low) / 2;
}

void procedure_judge(const struct procedure *procedure, struct gate_verdict *verdict) {
    verdict->settings = procedure->settings;
    verdict->rounds_planned = procedure->rounds;
    verdict->verdict = procedure_session(procedure);
    verdict->pair_count = procedure->pair_count;
    verdict->detectable = NAN;
    for (size_t i = 0; i < procedure->pair_count; i++) {
        judge_pair(procedure, &procedure->pairs[i], &verdict->pairs[i]);
        verdict->detectable = fmax(verdict->detectable, verdict->pairs[i].detectable);
    }
    describe_control(procedure, verdict);
}
