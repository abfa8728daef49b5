/* SPDX-License-Identifier: MIT */
#include "procedure.h"
#include "warnings.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#define PAIRS_MAX 4

static const struct gate_settings usual = {.rule = DEFAULT_RULE,
    .alpha = DEFAULT_ALPHA,
    .equal_alpha = DEFAULT_EQUAL_ALPHA,
    .looks = LOOKS_MAX,
    .rounds = DEFAULT_GATE_ROUNDS,
    .power = DEFAULT_POWER};

static struct procedure *start(const struct gate_settings *settings, size_t pairs) {
    const double thresholds[PAIRS_MAX] = {0.02, 0.02, 0.02, 0.02};
    struct procedure *procedure = NULL;
    struct diag diag = {0};

    cr_assert_eq(procedure_new(settings, thresholds, pairs, &procedure, &diag), 0, "%s", diag.text);
    return procedure;
}

/* A small difference from round to round, for a spread; its median over many rounds is 0. */
static double wobble(int round) {
    return 0.001 * ((round * 7) % 11 - 5);
}

/* The ratios of a pair by stage, and of the control. */
struct trial {
    double first, second, control; /* ratios */
    enum verdict pair, session;
    int rounds, second_rounds;
    bool unconfirmed;
};

static void measure_round(
    struct procedure *procedure, size_t pairs, double first, double second, double control) {
    int round = procedure_rounds(procedure), mirrored;

    for (size_t pair = 0; pair < pairs; pair++) {
        double ratio = procedure_mirrors(procedure, pair, &mirrored) ? second : first;

        procedure_feed(procedure, pair, log(ratio) + wobble(round));
    }
    procedure_feed_control(procedure, log(control) + wobble(round + 3));
    procedure_end_round(procedure);
}

static void check_trial(const struct trial *trial) {
    struct procedure *procedure = start(&usual, 1);
    struct pair_verdict pair = {0};
    struct gate_verdict verdict = {.pairs = &pair};

    while (!procedure_done(procedure))
        measure_round(procedure, 1, trial->first, trial->second, trial->control);
    procedure_judge(procedure, &verdict);
    cr_expect_eq(pair.verdict, trial->pair, "%s", verdict_name(pair.verdict));
    cr_expect_eq(verdict.verdict, trial->session, "%s", verdict_name(verdict.verdict));
    cr_expect_eq(pair.rounds, trial->rounds, "%d", pair.rounds);
    cr_expect_eq(pair.second_rounds, trial->second_rounds, "%d", pair.second_rounds);
    cr_expect_eq(pair.unconfirmed, trial->unconfirmed);
    cr_expect_eq(verdict.control_failed, trial->control > 1.02 || trial->control < 1 / 1.02);
    procedure_free(procedure);
}

/* Looks after 10, 12, 13, 16, 18, 21, 24, 28, 32, 37, 43, 50 and 60 rounds. A second stage lasts
 * until the first look that is seven rounds later, or the end. */
Test(procedure, gives_the_verdict_of_the_ratios) {
    static const struct trial trials[] = {
        {1, 0, 1, VERDICT_EQUIVALENT, VERDICT_EQUIVALENT, 10, 0, false},
        {0.9, 0, 1, VERDICT_IMPROVED, VERDICT_IMPROVED, 10, 0, false},
        {1.1, 1.1, 1, VERDICT_REGRESSED, VERDICT_REGRESSED, 18, 8, false},
        {1.02, 0, 1, VERDICT_INCONCLUSIVE, VERDICT_INCONCLUSIVE, 60, 0, false},
        {1.1, 1.1, 1.1, VERDICT_REGRESSED, VERDICT_INCONCLUSIVE, 18, 8, false},
        {1, 0, 0.9, VERDICT_EQUIVALENT, VERDICT_INCONCLUSIVE, 10, 0, false},
    };

    for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]); i++)
        check_trial(&trials[i]);
}

/* The ratios of the rounds up to the first look, up to the end of a second stage that begins there,
 * up to the last look, and after it. */
static struct pair_verdict judge_stages(const double ratios[4], struct gate_verdict *ret_verdict) {
    struct procedure *procedure = start(&usual, 1);
    struct pair_verdict pair = {0};

    ret_verdict->pairs = &pair;
    while (!procedure_done(procedure)) {
        int round = procedure_rounds(procedure);
        int stage = round < 10 ? 0 : round < 18 ? 1 : round < 50 ? 2 : 3;

        procedure_feed(procedure, 0, log(ratios[stage]) + wobble(round));
        procedure_feed_control(procedure, wobble(round + 3));
        procedure_end_round(procedure);
    }
    procedure_judge(procedure, ret_verdict);
    procedure_free(procedure);
    return pair;
}

Test(procedure, an_unconfirmed_regression_is_evaluated_again) {
    static const struct {
        double ratios[4];
        enum verdict verdict;
        int rounds, second_rounds;
        bool unconfirmed;
    } pairs[] = {
        {{1.1, 1, 1, 1}, VERDICT_INCONCLUSIVE, 60, 0, false},
        {{1.1, 1, 0.9, 1}, VERDICT_INCONCLUSIVE, 60, 0, false},
        {{1.018, 1.1, 1.1, 1}, VERDICT_REGRESSED, 32, 8, false},
        {{1.018, 1.018, 1.1, 1.1}, VERDICT_REGRESSED, 50, 13, false},
        /* The new rounds of each stage must show it alone, without the old ones. */
        {{1.3, 1.021, 1.021, 1.021}, VERDICT_INCONCLUSIVE, 60, 0, true},
        {{1.3, 1.021, 1.1, 0}, VERDICT_REGRESSED, 28, 10, false},
    };

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct gate_verdict verdict;
        struct pair_verdict pair = judge_stages(pairs[i].ratios, &verdict);

        cr_expect_eq(pair.verdict, pairs[i].verdict, "pair %zu: %s", i, verdict_name(pair.verdict));
        cr_expect_eq(pair.rounds, pairs[i].rounds, "pair %zu: %d", i, pair.rounds);
        cr_expect_eq(
            pair.second_rounds, pairs[i].second_rounds, "pair %zu: %d", i, pair.second_rounds);
        cr_expect_eq(pair.unconfirmed, pairs[i].unconfirmed, "pair %zu", i);
    }
}

Test(procedure, a_session_is_as_bad_as_its_worst_row) {
    static const struct {
        double ratios[3];
        enum verdict expected;
    } sessions[] = {
        {{1, 1, 1}, VERDICT_EQUIVALENT},
        {{1, 0.8, 1}, VERDICT_IMPROVED},
        {{0.8, 1.02, 1}, VERDICT_INCONCLUSIVE},
        {{0.8, 1.02, 1.2}, VERDICT_REGRESSED},
    };

    for (size_t i = 0; i < sizeof(sessions) / sizeof(sessions[0]); i++) {
        struct procedure *procedure = start(&usual, 3);

        while (!procedure_done(procedure)) {
            for (size_t pair = 0; pair < 3; pair++)
                procedure_feed(procedure, pair,
                    log(sessions[i].ratios[pair]) + wobble(procedure_rounds(procedure)));
            procedure_end_round(procedure);
        }
        cr_expect_eq(procedure_session(procedure), sessions[i].expected, "session %zu", i);
        procedure_free(procedure);
    }
}

Test(procedure, a_settled_row_is_left_alone_and_the_control_moves_on) {
    struct procedure *procedure = start(&usual, 2);

    for (int round = 0; round < 10; round++) {
        cr_expect_eq(procedure_control_pair(procedure), round % 2 ? 1u : 0u);
        procedure_feed(procedure, 0, log(1.02) + 5 * wobble(round));
        procedure_feed(procedure, 1, wobble(round));
        procedure_end_round(procedure);
    }
    cr_expect(procedure_wants(procedure, 0));
    cr_expect(!procedure_wants(procedure, 1), "equivalent at the first look");
    for (int round = 10; round < 20; round++) {
        cr_expect_eq(procedure_control_pair(procedure), 0u);
        procedure_feed(procedure, 1, log(9));
        procedure_end_round(procedure);
    }
    cr_expect_eq(procedure_pair(procedure, 1, &(bool){false}), VERDICT_EQUIVALENT);
    procedure_free(procedure);
}

Test(procedure, refuses_settings_without_a_possible_verdict) {
    const double thresholds[2] = {0.02, 0.05};
    struct gate_settings few = usual, small = usual;
    struct procedure *procedure;
    struct diag diag = {0};

    few.rounds = 17;
    cr_expect_eq(procedure_new(&few, thresholds, 2, &procedure, &diag), -EINVAL);
    cr_expect_str_eq(diag.text, "17 rounds are too few for a verdict on 2 rows; allow at least 18",
        "%s", diag.text);
    small.detect = 0.05;
    diag = (struct diag){0};
    cr_expect_eq(procedure_new(&small, thresholds, 2, &procedure, &diag), -EINVAL);
    cr_expect_str_eq(
        diag.text, "a change of 5% cannot be detected with a threshold of 5%; detect a larger one");
}

/* A session that plans its number of rounds again in every round. */
struct timing {
    int bounds[DEFAULT_GATE_ROUNDS]; /* before each round; 0: as before */
    double ratio;
};

static struct gate_verdict judge_timed(const struct gate_settings *settings,
    const struct timing *timing, struct pair_verdict *ret_row) {
    struct procedure *procedure = start(settings, 1);
    struct gate_verdict verdict = {.pairs = ret_row};
    int bound = DEFAULT_GATE_ROUNDS;

    for (;;) {
        int round = procedure_rounds(procedure);

        if (procedure_done(procedure) || bound <= round)
            break;
        if (timing->bounds[round] > 0) {
            bound = timing->bounds[round];
            procedure_bound(procedure, bound);
        }
        measure_round(procedure, 1, timing->ratio, timing->ratio, 1);
    }
    procedure_stop(procedure);
    procedure_judge(procedure, &verdict);
    procedure_free(procedure);
    return verdict;
}

#define USUAL_LOOKS                                                                                \
    { 10, 12, 13, 16, 18, 21, 24, 28, 32, 37, 43, 50, 60 }

Test(procedure, time_moves_the_looks_and_leaves_room_for_the_second_stage) {
    static const struct {
        struct timing timing;
        int looked_at[LOOKS_MAX], rounds;
    } cases[] = {
        {{{[1] = 100}, 1.02}, USUAL_LOOKS, 60},
        {{{[1] = 40}, 1.02}, {10, 11, 12, 14, 15, 17, 19, 21, 24, 27, 30, 33, 40}, 40},
        {{{[1] = 3, [2] = 20, [5] = 60}, 1.02}, USUAL_LOOKS, 60}, /* slow at first */
        {{{[1] = 60, [20] = 40}, 1.02}, {10, 12, 13, 16, 18, 21, 21, 23, 25, 28, 30, 33, 40},
            40}, /* later */
        {{{[1] = 60, [20] = 40}, 1.1}, {10, 12, 13, 16, 18}, 18},
        {{{[1] = 40, [35] = 60}, 1.1}, {10, 11, 12, 14, 15, 17}, 17},
        {{{[1] = 60, [32] = 33}, 1.02}, {10, 12, 13, 16, 18, 21, 24, 28, 32, 33, 33, 33, 33}, 33},
        {{{[1] = 60, [12] = 13}, 1.02}, {10, 12, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13}, 13},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pair_verdict pair = {0};
        struct gate_verdict verdict = judge_timed(&usual, &cases[i].timing, &pair);

        cr_expect_eq(pair.rounds, cases[i].rounds, "case %zu: %d", i, pair.rounds);
        for (int j = 0; j < LOOKS_MAX; j++)
            cr_expect_eq(verdict.settings.looked_at[j], cases[i].looked_at[j],
                "case %zu, look %d: %d", i, j, verdict.settings.looked_at[j]);
    }
}

/* However the time goes, the ratios and the final settings alone give the same verdict. */
Test(procedure, a_replayed_session_has_the_same_verdict) {
    struct rng rng = rng_make(7, 0);

    for (int i = 0; i < 2000; i++) {
        struct gate_settings settings = usual;
        struct pair_verdict live = {0}, again = {0};
        struct gate_verdict verdict, replayed = {.pairs = &again};
        struct procedure *procedure;
        struct timing timing = {.ratio = (double)rng_between(&rng, 990, 1060) / 1000};

        settings.detect = i % 2 ? 0.05 : 0;
        for (int round = 1; round < DEFAULT_GATE_ROUNDS; round++)
            if (rng_between(&rng, 0, 3) == 0)
                timing.bounds[round] = (int)rng_between(&rng, round + 1, round + 30);
        verdict = judge_timed(&settings, &timing, &live);
        settings = verdict.settings;
        settings.replay = true;
        procedure = start(&settings, 1);
        while (procedure_rounds(procedure) < live.rounds)
            measure_round(procedure, 1, timing.ratio, timing.ratio, 1);
        procedure_stop(procedure);
        procedure_judge(procedure, &replayed);
        procedure_free(procedure);
        cr_assert_eq(again.verdict, live.verdict, "session %d", i);
        cr_assert_eq(again.rounds, live.rounds, "session %d", i);
        cr_assert_eq(again.second_rounds, live.second_rounds, "session %d", i);
        cr_assert_eq(again.unconfirmed, live.unconfirmed, "session %d", i);
        cr_assert_eq(isnan(live.detectable), live.rounds < INTERVAL_ROUNDS_MIN, "session %d", i);
        cr_assert(
            isnan(live.detectable) ? isnan(again.detectable) : again.detectable == live.detectable,
            "session %d", i);
        cr_assert_eq(replayed.rounds_planned, verdict.rounds_planned, "session %d", i);
        cr_assert_arr_eq(replayed.settings.looked_at, verdict.settings.looked_at,
            sizeof(verdict.settings.looked_at), "session %d", i);
    }
}

/* The verdict after so many rounds in which B takes a tenth more time. */
static struct pair_verdict stop_after(int rounds) {
    struct procedure *procedure = start(&usual, 1);
    struct pair_verdict pair = {0};
    struct gate_verdict verdict = {.pairs = &pair};

    for (int i = 0; i < rounds; i++)
        measure_round(procedure, 1, 1.1, 1.1, 1);
    procedure_stop(procedure);
    cr_expect(procedure_done(procedure));
    procedure_judge(procedure, &verdict);
    procedure_free(procedure);
    return pair;
}

Test(procedure, stopping_early_takes_the_next_look_at_once) {
    cr_expect_eq(stop_after(0).verdict, VERDICT_INCONCLUSIVE);
    cr_expect(!stop_after(9).unconfirmed, "nine rounds have no interval at this level");
    cr_expect(stop_after(10).unconfirmed, "suspected, with no rounds left to confirm it");
    cr_expect(stop_after(13).unconfirmed, "three rounds confirm nothing");
    cr_expect_eq(stop_after(14).verdict, VERDICT_REGRESSED, "four rounds that agree do");
}

Test(procedure, lost_pairs_only_make_a_row_less_certain) {
    struct procedure *procedure = start(&usual, 2);
    struct pair_verdict pairs[2] = {{0}};
    struct gate_verdict verdict = {.pairs = pairs};

    while (!procedure_done(procedure)) {
        int round = procedure_rounds(procedure);

        procedure_feed(procedure, 0, round % 2 ? wobble(round) : NAN);
        procedure_feed(procedure, 1, round < 3 ? wobble(round) : NAN);
        procedure_end_round(procedure);
    }
    procedure_judge(procedure, &verdict);
    cr_expect_eq(pairs[0].verdict, VERDICT_EQUIVALENT);
    cr_expect_eq(pairs[0].rounds, 8, "%d", pairs[0].rounds);
    cr_expect_eq(pairs[1].verdict, VERDICT_INCONCLUSIVE);
    cr_expect_eq(pairs[1].rounds, 3);
    procedure_free(procedure);
}

Test(procedure, rounds_are_planned_from_the_spread) {
    struct gate_settings settings = usual;
    int rounds[2];

    settings.rounds = 400;
    settings.detect = 0.05;
    for (int noisy = 0; noisy < 2; noisy++) {
        struct pair_verdict pair = {0};
        struct gate_verdict verdict = {.pairs = &pair};
        struct procedure *procedure = start(&settings, 1);

        while (!procedure_done(procedure)) {
            procedure_feed(
                procedure, 0, log(1.021) + (noisy ? 40 : 1) * wobble(procedure_rounds(procedure)));
            procedure_end_round(procedure);
        }
        procedure_judge(procedure, &verdict);
        rounds[noisy] = verdict.rounds_planned;
        cr_expect_eq(verdict.settings.rounds, 400);
        cr_expect_neq(pair.rounds_to_settle, 0);
        procedure_free(procedure);
    }
    cr_expect_lt(rounds[0], 250, "%d", rounds[0]);
    cr_expect_eq(rounds[1], 400, "%d", rounds[1]);
}
