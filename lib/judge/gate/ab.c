/* SPDX-License-Identifier: MIT */
#include "ab.h"

#include <math.h>
#include <pconc/workload.h>

#include "ab_notes.h"
#include "ab_time.h"
#include "clock.h"
#include "rounds.h"
#include "sides.h"
#include "unpaired.h"

struct ab {
    const struct plan *plan;
    struct procedure *procedure;
    size_t unpaired_count;        /* of the settings */
    enum metric metrics[METRICS]; /* each is a pair of the procedure */
    size_t metric_count;
    size_t side_samples; /* of each side in a round */
    size_t *cursors;     /* the first sample of each case that was not fed yet */
    size_t *order;       /* of the pairs in a round */
    int fed;             /* rounds that the procedure has got */
    struct ab_time time;
    const struct ab_options *options; /* NULL: judged again */
    struct arena *arena;
};

/* The pairs of the procedure are those of the plan, each with all metrics. */
static int ab_new(const struct plan *plan, const struct gate_settings *settings,
    struct arena *arena, struct ab *ret_ab, struct diag *diag) {
    double *thresholds = arena_array(arena, double, plan->section_count *METRICS);
    size_t count = 0;

    *ret_ab = (struct ab){
        .plan = plan,
        .unpaired_count = settings->unpaired_count,
        .cursors = arena_array(arena, size_t, plan->case_count),
        .order = arena_array(arena, size_t, plan->section_count),
    };
    ret_ab->side_samples =
        settings->side_samples > 0 ? (size_t)settings->side_samples : SIDE_SAMPLES;
    ret_ab->metric_count = metrics_list(&settings->metrics, ret_ab->metrics);
    for (size_t i = 0; i < plan->section_count; i++)
        for (size_t j = 0; j < ret_ab->metric_count; j++)
            thresholds[count++] = metrics_threshold(&settings->metrics, ret_ab->metrics[j],
                plan->cases[plan->sections[i].first + SIDE_A].threshold);
    return procedure_new(settings, thresholds, count, &ret_ab->procedure, diag);
}

/* The samples of a case in a round; false if one is missing or failed. */
static bool collect(struct ab *ab, const struct session *session, size_t index, int round,
    const struct sample **ret_samples) {
    const struct case_result *result = &session->results[index];
    size_t *at = &ab->cursors[index], count = 0;
    bool whole = true;

    for (; *at < result->sample_count && result->samples[*at].round <= round; ++*at) {
        const struct sample *sample = &result->samples[*at];

        if (sample->round < round || count == ab->side_samples)
            continue;
        whole = whole && !sample->failure;
        ret_samples[count++] = sample;
    }
    return whole && count == ab->side_samples;
}

/* What a section gave in a round. */
struct measured {
    const struct case_result *results[SIDES];
    const struct sample *samples[SIDES][SIDE_SAMPLES];
    bool whole[SIDES];
};

/* The ratio of `side` to A. NaN: a sample does not have the metric. */
static double ratio_to_a(
    const struct ab *ab, const struct measured *measured, enum metric metric, enum side side) {
    double values[SIDES][SIDE_SAMPLES];

    for (size_t i = 0; i < ab->side_samples; i++) {
        values[SIDE_A][i] =
            metric_value(metric, measured->results[SIDE_A], measured->samples[SIDE_A][i]);
        values[side][i] = metric_value(metric, measured->results[side], measured->samples[side][i]);
    }
    return round_log_ratio(values[side], values[SIDE_A], ab->side_samples);
}

static bool given_up(const struct session *session, const struct section *pair) {
    return session->results[pair->first + SIDE_A].given_up
        || session->results[pair->first + SIDE_B].given_up;
}

static void feed_section(struct ab *ab, const struct session *session, size_t index) {
    const struct section *section = &ab->plan->sections[index];
    struct measured measured;

    for (size_t side = 0; side < SIDES; side++) {
        measured.results[side] = &session->results[section->first + side];
        measured.whole[side] =
            collect(ab, session, section->first + side, ab->fed, measured.samples[side]);
    }
    for (size_t i = 0; measured.whole[SIDE_A] && measured.whole[SIDE_B] && i < ab->metric_count;
         i++)
        procedure_feed(ab->procedure, index * ab->metric_count + i,
            ratio_to_a(ab, &measured, ab->metrics[i], SIDE_B));
    if (measured.whole[SIDE_A] && measured.whole[SIDE_TWIN])
        procedure_feed_control(ab->procedure, ratio_to_a(ab, &measured, ab->metrics[0], SIDE_TWIN));
}

/* Feeds one recorded round. */
static void feed(struct ab *ab, const struct session *session) {
    for (size_t i = 0; i < ab->plan->section_count; i++)
        feed_section(ab, session, i);
    procedure_end_round(ab->procedure);
    ab->fed++;
}

/* Whether a section is measured in the next round: one of its metrics is not settled.
 * *ret_mirrored: one of them is in its second stage, which mirrors the round *ret_round. */
static bool wants(const struct ab *ab, size_t section, bool *ret_mirrored, int *ret_round) {
    bool wanted = false;

    *ret_mirrored = false;
    *ret_round = ab->fed;
    for (size_t i = 0; i < ab->metric_count; i++) {
        size_t pair = section * ab->metric_count + i;

        if (!procedure_wants(ab->procedure, pair))
            continue;
        wanted = true;
        if (!*ret_mirrored)
            *ret_mirrored = procedure_mirrors(ab->procedure, pair, ret_round);
    }
    return wanted;
}

/* Before the first round: takes fewer samples in a round if there is no time for enough rounds, and
 * says so if that is not enough. */
static void fit_rounds(struct ab *ab, const struct session *session) {
    int rounds = procedure_rounds_least(ab->procedure);
    int64_t now_ns = clock_now_ns();
    const char *sentence;

    if (!ab->options)
        return;
    ab->side_samples = ab_time_samples(&ab->time, session, rounds, now_ns);
    sentence = ab_time_too_short(&ab->time, session, ab->side_samples, rounds, now_ns, ab->arena);
    if (sentence && ab->options->say)
        ab->options->say(ab->options->say_context, sentence);
}

/* The pairs of a round in a drawn order. */
static void draw_pairs(struct ab *ab) {
    struct rng rng = rng_make(ab->plan->seed, (uint64_t)ab->fed << 32);
    size_t count = ab->plan->section_count;

    for (size_t i = 0; i < count; i++) {
        size_t other = (size_t)rng_between(&rng, 0, (int64_t)i);

        ab->order[i] = ab->order[other];
        ab->order[other] = i;
    }
}

static size_t next_round(void *context, const struct session *session, size_t *ret_cases) {
    struct ab *ab = context;
    size_t count = 0;

    if (session->rounds_done > ab->fed)
        feed(ab, session);
    if (procedure_done(ab->procedure) || !ab_time_allows(&ab->time, ab->fed, ab->procedure))
        return 0;
    if (ab->fed == 0)
        fit_rounds(ab, session);
    draw_pairs(ab);
    for (size_t i = 0; i < ab->plan->section_count; i++) {
        size_t pair = ab->order[i], samples;
        enum side layout[ROUND_SAMPLES_MAX];
        int round;
        bool mirrored;

        if (!wants(ab, pair, &mirrored, &round) || given_up(session, &ab->plan->sections[pair]))
            continue;
        samples = round_layout(ab->plan->seed, pair, round,
            pair == procedure_control_pair(ab->procedure) / ab->metric_count, mirrored,
            ab->side_samples, layout);
        for (size_t j = 0; j < samples; j++)
            ret_cases[count++] = ab->plan->sections[pair].first + (size_t)layout[j];
    }
    return count;
}

static int rounds_planned(const void *context) {
    const struct ab *ab = context;

    return procedure_rounds_planned(ab->procedure);
}

static void describe_pair(const struct session *session, const struct section *section,
    enum metric metric, struct pair_verdict *pair, struct arena *arena) {
    const struct case_result *a = &session->results[section->first + SIDE_A];
    const struct case_result *b = &session->results[section->first + SIDE_B];

    pair->metric = metric;
    pair->id = ab_pair_id(session->plan, section, metric, arena);
    pair->a = (ptrdiff_t)section->first + SIDE_A;
    pair->b = (ptrdiff_t)section->first + SIDE_B;
    pair->twin = (ptrdiff_t)section->first + SIDE_TWIN;
    pair_set_medians(pair, metric_median(metric, a, arena), metric_median(metric, b, arena));
    pair->note = ab_pair_note(pair, arena);
    ab_judge_failures(session, section, pair, arena);
}

static const char *method_text(int rounds, int samples, struct arena *arena) {
    return arena_printf(arena, "%d round%s, each of %d sample%s of A and %d of B in turns", rounds,
        rounds == 1 ? "" : "s", samples, samples == 1 ? "" : "s", samples);
}

static struct gate_verdict *judge(
    const struct ab *ab, const struct session *session, struct arena *arena) {
    const struct plan *plan = ab->plan;
    struct gate_verdict *verdict = arena_array(arena, struct gate_verdict, 1);

    verdict->pairs = arena_array(
        arena, struct pair_verdict, plan->section_count * ab->metric_count + ab->unpaired_count);
    procedure_judge(ab->procedure, verdict);
    verdict->settings.side_samples =
        ab->side_samples < SIDE_SAMPLES ? (int64_t)ab->side_samples : 0;
    verdict->control.id = "control";
    verdict->control.metric = ab->metrics[0];
    verdict->control.a = verdict->control.b = verdict->control.twin = -1;
    pair_set_medians(&verdict->control, NAN, NAN);
    for (size_t i = 0; i < verdict->pair_count; i++) {
        describe_pair(session, &plan->sections[i / ab->metric_count],
            ab->metrics[i % ab->metric_count], &verdict->pairs[i], arena);
        if (verdict->pairs[i].verdict == VERDICT_FAILED)
            verdict->verdict = VERDICT_FAILED;
    }
    unpaired_judge(verdict);
    for (size_t i = 0; i < 2; i++)
        verdict->sides[i] = side_text(plan, (enum side)i, arena);
    verdict->method = method_text(session->rounds_done, (int)ab->side_samples, arena);
    verdict->advice = ab_advice(verdict,
        procedure_rounds(ab->procedure) < procedure_rounds_least(ab->procedure)
            ? procedure_rounds_least(ab->procedure)
            : 0,
        arena);
    return verdict;
}

/* Feeds the rounds that are left, without one that was cut short. */
static void finish(struct ab *ab, const struct session *session) {
    while (ab->fed < session->rounds_done)
        feed(ab, session);
    procedure_stop(ab->procedure);
}

int ab_check(const struct plan *plan, const struct ab_options *options, struct diag *diag) {
    struct arena *arena = arena_new();
    struct ab ab;
    int code = ab_new(plan, &options->settings, arena, &ab, diag);

    if (code == 0)
        procedure_free(ab.procedure);
    arena_free(arena);
    return code;
}

int ab_run(const struct plan *plan, const struct ab_options *options, struct session **ret_session,
    struct gate_verdict **ret_verdict, struct diag *diag) {
    struct session_options session_options = options->session;
    struct arena *arena = arena_new();
    struct session *session;
    struct ab ab;
    int code = ab_new(plan, &options->settings, arena, &ab, diag);

    if (code < 0)
        goto out;
    ab.options = options;
    ab.arena = arena;
    ab.time = ab_time_start(options->max_time_ns);
    session_options.deadline_ns = ab.time.end_ns;
    session_options.schedule = &(struct session_schedule){
        .next_round = next_round,
        .rounds = rounds_planned,
        .context = &ab,
        .round_samples = (SIDES - 1) * SIDE_SAMPLES * plan->section_count + SIDE_SAMPLES,
        .case_samples = SIDE_SAMPLES,
    };
    code = session_run(plan, &session_options, &session, diag);
    if (code == 0) {
        finish(&ab, session);
        *ret_verdict = judge(&ab, session, session->arena);
        *ret_session = session;
    }
    procedure_free(ab.procedure);
out:
    arena_free(arena);
    return code;
}

int ab_judge(const struct session *session, const struct gate_settings *settings,
    struct arena *arena, struct gate_verdict **ret_verdict, struct diag *diag) {
    struct ab ab;
    int code = ab_new(session->plan, settings, arena, &ab, diag);

    if (code < 0)
        return code;
    finish(&ab, session);
    *ret_verdict = judge(&ab, session, arena);
    procedure_free(ab.procedure);
    return 0;
}
