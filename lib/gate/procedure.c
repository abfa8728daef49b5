/* SPDX-License-Identifier: MIT */
#include "procedure_parts.h"

#include <errno.h>
#include <math.h>

/* Makes the deviation from the median of normal values their standard deviation. */
#define MAD_TO_SIGMA 1.4826022185056018

/* So few that a true change is rarely left unconfirmed by chance. */
#define SECOND_ROUNDS_WANTED 12

static double level_of(double alpha, size_t rows, int looks) {
    return alpha / ((double)rows * looks);
}

int procedure_rounds_min(double alpha, size_t rows, int looks) {
    int first = power_fewest(level_of(alpha, rows, looks)), rounds = first;

    while (power_first_rounds(rounds) < first)
        rounds++;
    return rounds;
}

/* The last look leaves room for a second stage. The first comes as early as an interval can be
 * known, but not before a third of the last, the second halfway between. */
static void plan_looks(struct procedure *procedure) {
    int count = procedure->settings.looks;
    int last = power_first_rounds(procedure->rounds);
    int fewest = power_fewest(procedure->level);
    int first = last / 3 > fewest ? last / 3 : fewest;

    for (int i = 0; i < count; i++) {
        int planned = i == count - 1 ? last : first + (last - first) * i / (count - 1);

        if (i >= procedure->looks_taken)
            procedure->look_at[i] = planned;
    }
}

static int check_settings(const struct gate_settings *settings, const double *thresholds,
    size_t rows, struct diag *diag) {
    int fewest = procedure_rounds_min(settings->alpha, rows, settings->looks);

    if (settings->rounds < fewest)
        return diag_set(diag, -EINVAL,
            "%d rounds are too few for a verdict on %zu row%s; allow at least %d", settings->rounds,
            rows, rows == 1 ? "" : "s", fewest);
    for (size_t i = 0; i < rows && settings->detect > 0; i++)
        if (settings->detect <= thresholds[i])
            return diag_set(diag, -EINVAL,
                "a change of %g%% cannot be detected with a threshold of %g%%; detect more than "
                "the threshold",
                100 * settings->detect, 100 * thresholds[i]);
    return 0;
}

int procedure_new(const struct gate_settings *settings, const double *thresholds, size_t rows,
    struct procedure **ret_procedure, struct diag *diag) {
    size_t room = (size_t)settings->rounds;
    struct procedure *procedure;
    struct arena *arena;
    int r = check_settings(settings, thresholds, rows, diag);

    if (r < 0)
        return r;
    arena = arena_new();
    procedure = arena_array(arena, struct procedure, 1);
    *procedure = (struct procedure){
        .arena = arena,
        .settings = *settings,
        .rounds = settings->rounds,
        .level = level_of(settings->alpha, rows, settings->looks),
        .rows = arena_array(arena, struct row, rows),
        .row_count = rows,
        .control.logs = arena_array(arena, double, room),
        .room = room,
        .scratch = arena_array(arena, double, room),
        .deviations = arena_array(arena, double, room),
    };
    for (size_t i = 0; i < rows; i++) {
        procedure->rows[i].change = thresholds[i];
        procedure->rows[i].threshold = log1p(thresholds[i]);
        procedure->rows[i].pairs.logs = arena_array(arena, double, room);
    }
    plan_looks(procedure);
    *ret_procedure = procedure;
    return 0;
}

void procedure_free(struct procedure *procedure) {
    if (procedure)
        arena_free(procedure->arena);
}

void procedure_bound(struct procedure *procedure, int rounds) {
    const struct gate_settings *settings = &procedure->settings;
    int fewest = procedure_rounds_min(settings->alpha, procedure->row_count, settings->looks);

    if (procedure->looks_taken > 0 || rounds >= settings->rounds)
        return;
    procedure->settings.rounds = rounds > fewest ? rounds : fewest;
    procedure->rounds = procedure->settings.rounds;
    plan_looks(procedure);
}

bool procedure_wants(const struct procedure *procedure, size_t row) {
    return procedure->rows[row].stage != STAGE_SETTLED;
}

size_t procedure_control_row(const struct procedure *procedure) {
    size_t count = procedure->row_count, row = (size_t)procedure->rounds_done % count;

    for (size_t i = 0; i < count && !procedure_wants(procedure, row); i++)
        row = (row + 1) % count;
    return row;
}

bool procedure_mirrors(const struct procedure *procedure, size_t row, int *ret_mirrored) {
    const struct row *at = &procedure->rows[row];

    if (at->stage != STAGE_SECOND)
        return false;
    *ret_mirrored = procedure->rounds_done - at->second_start;
    return true;
}

static void series_add(const struct procedure *procedure, struct series *series, double value) {
    if (isfinite(value) && series->count < procedure->room)
        series->logs[series->count++] = value;
}

void procedure_feed(struct procedure *procedure, size_t row, double log_ratio) {
    if (procedure_wants(procedure, row))
        series_add(procedure, &procedure->rows[row].pairs, log_ratio);
}

void procedure_feed_control(struct procedure *procedure, double log_ratio) {
    series_add(procedure, &procedure->control, log_ratio);
}

/* What an interval of log-ratios says. */
static enum verdict call(struct interval interval, double threshold) {
    if (!interval_known(interval))
        return VERDICT_INCONCLUSIVE;
    if (interval.low > threshold)
        return VERDICT_REGRESSED;
    if (interval.high < -threshold)
        return VERDICT_IMPROVED;
    if (interval.low >= -threshold && interval.high <= threshold)
        return VERDICT_EQUIVALENT;
    return VERDICT_INCONCLUSIVE;
}

enum verdict series_call(
    const struct procedure *procedure, const struct series *series, double threshold) {
    return call(
        median_interval(series->logs, series->count, 1 - procedure->level, procedure->scratch),
        threshold);
}

static void settle(struct row *row, enum verdict verdict) {
    row->verdict = verdict;
    row->stage = STAGE_SETTLED;
}

/* Three new rounds for four of those that raised the suspicion, or what is left. */
static void suspect(struct procedure *procedure, struct row *row) {
    int done = procedure->rounds_done, left = procedure->settings.rounds - done;
    int wanted = done * 3 / 4 > SECOND_ROUNDS_WANTED ? done * 3 / 4 : SECOND_ROUNDS_WANTED;

    row->stage = STAGE_SECOND;
    row->suspected = true;
    row->first_pairs = row->pairs.count;
    row->second_start = done;
    row->second_end = done + (wanted < left ? wanted : left);
}

static void confirm(const struct procedure *procedure, struct row *row) {
    struct interval second = median_interval(row->pairs.logs + row->first_pairs,
        row->pairs.count - row->first_pairs, 1 - CONFIRM_LEVEL, procedure->scratch);
    bool confirmed = call(second, row->threshold) == VERDICT_REGRESSED
        && series_call(procedure, &row->pairs, row->threshold) == VERDICT_REGRESSED;

    settle(row, confirmed ? VERDICT_REGRESSED : VERDICT_INCONCLUSIVE);
}

double change_least(const struct procedure *procedure) {
    double least = INFINITY;

    for (size_t i = 0; i < procedure->row_count; i++)
        least = fmin(least, procedure->rows[i].change);
    return least;
}

static void judge_control(struct procedure *procedure) {
    enum verdict verdict =
        series_call(procedure, &procedure->control, log1p(change_least(procedure)));

    if (verdict == VERDICT_REGRESSED || verdict == VERDICT_IMPROVED)
        procedure->control_failed = true;
}

double series_spread(const struct procedure *procedure, const struct series *series) {
    double middle = median(series->logs, series->count, procedure->scratch);

    for (size_t i = 0; i < series->count; i++)
        procedure->deviations[i] = fabs(series->logs[i] - middle);
    return MAD_TO_SIGMA * median(procedure->deviations, series->count, procedure->scratch);
}

struct power_question row_question(const struct procedure *procedure, const struct row *row) {
    return (struct power_question){
        .level = procedure->level,
        .threshold = row->threshold,
        .spread = series_spread(procedure, &row->pairs),
    };
}

/* Rounds in all that a row needs to detect what was asked for, by the spread it has shown. */
static int rounds_needed(const struct procedure *procedure, const struct row *row) {
    const struct gate_settings *settings = &procedure->settings;
    struct power_question question = row_question(procedure, row);
    int rounds = 0;

    if (question.spread > 0)
        rounds =
            power_rounds(&question, log1p(settings->detect), settings->power, settings->rounds);
    return rounds > 0 ? rounds : settings->rounds;
}

/* Plans the rounds again, from what the first look saw: as many as the row needs that needs most,
 * and so many that another look sees half as many more. */
static void plan_rounds(struct procedure *procedure) {
    int first = procedure->rounds_done + (procedure->rounds_done + 1) / 2;
    int rounds = first + power_second_rounds(first);

    for (size_t i = 0; i < procedure->row_count; i++) {
        const struct row *row = &procedure->rows[i];
        int needed = row->stage == STAGE_FIRST ? rounds_needed(procedure, row) : 0;

        if (needed > rounds)
            rounds = needed;
    }
    if (rounds < procedure->rounds)
        procedure->rounds = rounds;
    plan_looks(procedure);
}

static void look(struct procedure *procedure) {
    int last = procedure->settings.looks;

    judge_control(procedure);
    procedure->looks_taken++;
    for (size_t i = 0; i < procedure->row_count; i++) {
        struct row *row = &procedure->rows[i];
        enum verdict verdict;

        if (row->stage != STAGE_FIRST)
            continue;
        verdict = series_call(procedure, &row->pairs, row->threshold);
        if (verdict == VERDICT_REGRESSED)
            suspect(procedure, row);
        else if (verdict != VERDICT_INCONCLUSIVE || procedure->looks_taken == last)
            settle(row, verdict);
    }
    if (procedure->looks_taken == 1 && procedure->settings.detect > 0)
        plan_rounds(procedure);
}

void procedure_end_round(struct procedure *procedure) {
    procedure->rounds_done++;
    for (size_t i = 0; i < procedure->row_count; i++) {
        struct row *row = &procedure->rows[i];

        if (row->stage == STAGE_SECOND && procedure->rounds_done >= row->second_end)
            confirm(procedure, row);
    }
    while (procedure->looks_taken < procedure->settings.looks
        && procedure->rounds_done >= procedure->look_at[procedure->looks_taken])
        look(procedure);
}

void procedure_stop(struct procedure *procedure) {
    if (procedure->looks_taken < procedure->settings.looks && !procedure_done(procedure))
        look(procedure);
    for (size_t i = 0; i < procedure->row_count; i++) {
        struct row *row = &procedure->rows[i];

        if (row->stage == STAGE_SECOND)
            confirm(procedure, row);
        row->stage = STAGE_SETTLED;
    }
}

bool procedure_done(const struct procedure *procedure) {
    for (size_t i = 0; i < procedure->row_count; i++)
        if (procedure->rows[i].stage != STAGE_SETTLED)
            return false;
    return true;
}

int procedure_rounds(const struct procedure *procedure) {
    return procedure->rounds_done;
}
