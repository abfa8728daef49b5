/* SPDX-License-Identifier: MIT */
#include "ab.h"

#include <math.h>
#include <pconc/workload.h>
#include <string.h>

#include "clock.h"
#include "rounds.h"
#include "sides.h"
#include "unpaired.h"

/* Time that is left unplanned: a round may take longer than those before, and results are written
 * after the rounds. */
#define MARGIN_PART 20
#define MARGIN_MAX_NS NS_PER_S

struct ab {
    const struct plan *plan;
    struct procedure *procedure;
    size_t unpaired_count;                /* of the settings */
    size_t *cursors;                      /* the first sample of each case that was not fed yet */
    size_t *order;                        /* of the pairs in a round */
    int fed;                              /* rounds that the procedure has got */
    int timed;                            /* rounds whose time is known */
    int64_t deadline_ns;                  /* of the last round; 0: none */
    int64_t round_start_ns;               /* of the round under way */
    int64_t last_round_ns, mean_round_ns; /* late rounds weigh more in the mean */
};

static int ab_new(const struct plan *plan, const struct gate_settings *settings,
    struct arena *arena, struct ab *ret_ab, struct diag *diag) {
    double *thresholds = arena_array(arena, double, plan->section_count);

    for (size_t i = 0; i < plan->section_count; i++)
        thresholds[i] = plan->cases[plan->sections[i].first + SIDE_A].threshold;
    *ret_ab = (struct ab){
        .plan = plan,
        .unpaired_count = settings->unpaired_count,
        .cursors = arena_array(arena, size_t, plan->case_count),
        .order = arena_array(arena, size_t, plan->section_count),
    };
    return procedure_new(settings, thresholds, plan->section_count, &ret_ab->procedure, diag);
}

/* The times of a case in a round; false if one is missing. */
static bool collect(
    struct ab *ab, const struct session *session, size_t index, int round, double *ret_times) {
    const struct case_result *result = &session->results[index];
    size_t *at = &ab->cursors[index], count = 0;
    bool whole = true;

    for (; *at < result->sample_count && result->samples[*at].round <= round; ++*at) {
        const struct sample *sample = &result->samples[*at];

        if (sample->round < round || count == SIDE_SAMPLES)
            continue;
        whole = whole && !sample->failure;
        ret_times[count++] = sample_time_ns(sample);
    }
    return whole && count == SIDE_SAMPLES;
}

static bool given_up(const struct session *session, const struct section *pair) {
    return session->results[pair->first + SIDE_A].given_up
        || session->results[pair->first + SIDE_B].given_up;
}

/* Feeds one recorded round. */
static void feed(struct ab *ab, const struct session *session) {
    for (size_t pair = 0; pair < ab->plan->section_count; pair++) {
        const struct section *section = &ab->plan->sections[pair];
        double times[SIDES][SIDE_SAMPLES];
        bool whole[SIDES];

        for (size_t side = 0; side < SIDES; side++)
            whole[side] = collect(ab, session, section->first + side, ab->fed, times[side]);
        if (whole[SIDE_A] && whole[SIDE_B])
            procedure_feed(ab->procedure, pair, round_log_ratio(times[SIDE_B], times[SIDE_A]));
        if (whole[SIDE_A] && whole[SIDE_TWIN])
            procedure_feed_control(ab->procedure, round_log_ratio(times[SIDE_TWIN], times[SIDE_A]));
    }
    procedure_end_round(ab->procedure);
    ab->fed++;
}

static int64_t deadline_of(int64_t max_time_ns) {
    int64_t margin_ns = max_time_ns / MARGIN_PART;

    if (max_time_ns == 0)
        return 0;
    return clock_now_ns() + max_time_ns - (margin_ns < MARGIN_MAX_NS ? margin_ns : MARGIN_MAX_NS);
}

/* What a round costs changes: the machine becomes slower or faster, and pairs are settled. */
static void time_round(struct ab *ab, int64_t now_ns) {
    if (ab->timed < ab->fed) {
        ab->last_round_ns = now_ns - ab->round_start_ns;
        if (ab->timed == 0)
            ab->mean_round_ns = ab->last_round_ns;
        ab->mean_round_ns += (ab->last_round_ns - ab->mean_round_ns) / 4;
        ab->timed = ab->fed;
    }
    ab->round_start_ns = now_ns;
}

/* Whether there is time for another round. Tells the procedure how many there can be. */
static bool has_time(struct ab *ab) {
    int64_t now_ns = clock_now_ns(), left_ns = ab->deadline_ns - now_ns;

    time_round(ab, now_ns);
    if (ab->deadline_ns == 0 || ab->fed == 0)
        return true;
    if (left_ns < ab->mean_round_ns || left_ns < ab->last_round_ns)
        return false;
    if (ab->mean_round_ns > 0) {
        int64_t rounds = ab->fed + left_ns / ab->mean_round_ns;

        procedure_bound(ab->procedure, rounds < ROUNDS_MAX ? (int)rounds : ROUNDS_MAX);
    }
    return true;
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
    if (procedure_done(ab->procedure) || !has_time(ab))
        return 0;
    draw_pairs(ab);
    for (size_t i = 0; i < ab->plan->section_count; i++) {
        size_t pair = ab->order[i], samples;
        enum side layout[ROUND_SAMPLES_MAX];
        int round = ab->fed;
        bool mirrored;

        if (!procedure_wants(ab->procedure, pair) || given_up(session, &ab->plan->sections[pair]))
            continue;
        mirrored = procedure_mirrors(ab->procedure, pair, &round);
        samples = round_layout(ab->plan->seed, pair, round,
            pair == procedure_control_pair(ab->procedure), mirrored, layout);
        for (size_t j = 0; j < samples; j++)
            ret_cases[count++] = ab->plan->sections[pair].first + (size_t)layout[j];
    }
    return count;
}

static int rounds_planned(const void *context) {
    const struct ab *ab = context;

    return procedure_rounds_planned(ab->procedure);
}

static double median_time(const struct session *session, size_t index, struct arena *arena) {
    const struct case_result *result = &session->results[index];
    double *times = arena_array(arena, double, 2 * result->sample_count + 1);
    size_t count = valid_values(result, sample_time_ns, times);

    return median(times, count, times + count);
}

/* "gcd/threads/2"; if the sides differ, "gcd/threads/2 vs gcd/processes/2". */
static const char *pair_id(
    const struct plan *plan, const struct section *pair, struct arena *arena) {
    const char *a = plan->cases[pair->first + SIDE_A].id + strlen("A:");
    const char *b = plan->cases[pair->first + SIDE_B].id + strlen("B:");

    if (strcmp(a, b) == 0)
        return arena_strdup(arena, a);
    return arena_printf(arena, "%s vs %s", a, b);
}

static const char *pair_note(const struct pair_verdict *pair, struct arena *arena) {
    if (pair->verdict != VERDICT_INCONCLUSIVE)
        return NULL;
    if (!interval_known(pair->ratio.interval))
        return arena_printf(arena, "%d round%s no interval; allow more time or rounds",
            pair->rounds, pair->rounds == 1 ? " gives" : "s give");
    if (pair->unconfirmed)
        return "slower at first, but the second stage did not confirm it; measure again";
    if (pair->rounds_to_settle == ROUNDS_NEVER)
        return "too close to the threshold to decide; choose another threshold";
    return arena_printf(arena, "about %d rounds would settle it", pair->rounds_to_settle);
}

static const char *advice(const struct gate_verdict *verdict, struct arena *arena) {
    int most = 0;

    for (size_t i = 0; i < verdict->pair_count; i++)
        if (verdict->pairs[i].rounds_to_settle > most)
            most = verdict->pairs[i].rounds_to_settle;
    if (verdict->verdict == VERDICT_FAILED)
        return "a side that fails cannot be compared; fix what its message says, then measure "
               "again";
    if (verdict->control_failed)
        return "A differs from its own twin, so a difference from B means nothing; find what "
               "disturbs the machine, and measure again";
    if (verdict->verdict == VERDICT_REGRESSED)
        return "B is slower in the rows marked regressed, and a second stage confirmed it; look "
               "for what changed there";
    if (verdict->verdict == VERDICT_MISSING)
        return "put the rows marked missing back in B, or pass --allow-missing";
    if (verdict->verdict == VERDICT_IMPROVED)
        return "nothing; B is faster in the rows marked improved, and slower in none";
    if (verdict->verdict == VERDICT_EQUIVALENT)
        return "nothing; no row changed by more than its threshold";
    if (most > verdict->rounds_planned)
        return arena_printf(arena,
            "allow --rounds=%d and the time for them, use a quieter machine, or raise --threshold",
            most);
    return "measure again on a quieter machine, with more time, or with another --threshold";
}

/* Any failed sample: a side whose results are wrong once is not right in the other samples. */
static void judge_failures(const struct session *session, const struct section *section,
    struct pair_verdict *pair, struct arena *arena) {
    const char *failure = side_failure(session, section, arena);

    if (!failure)
        return;
    pair->verdict = VERDICT_FAILED;
    pair->ratio = (struct estimate){NAN, {NAN, NAN}};
    pair->detectable = NAN;
    pair->rounds_to_settle = 0;
    pair->unconfirmed = false;
    pair->note = failure;
}

static struct gate_verdict *judge(
    const struct ab *ab, const struct session *session, struct arena *arena) {
    const struct plan *plan = ab->plan;
    struct gate_verdict *verdict = arena_array(arena, struct gate_verdict, 1);

    verdict->pairs =
        arena_array(arena, struct pair_verdict, plan->section_count + ab->unpaired_count);
    procedure_judge(ab->procedure, verdict);
    verdict->control.id = "control";
    verdict->control.a = verdict->control.b = verdict->control.twin = -1;
    verdict->control.a_ns = verdict->control.b_ns = NAN;
    for (size_t i = 0; i < plan->section_count; i++) {
        struct pair_verdict *pair = &verdict->pairs[i];
        const struct section *section = &plan->sections[i];

        pair->id = pair_id(plan, section, arena);
        pair->a = (ptrdiff_t)section->first + SIDE_A;
        pair->b = (ptrdiff_t)section->first + SIDE_B;
        pair->twin = (ptrdiff_t)section->first + SIDE_TWIN;
        pair->a_ns = median_time(session, section->first + SIDE_A, arena);
        pair->b_ns = median_time(session, section->first + SIDE_B, arena);
        pair->note = pair_note(pair, arena);
        judge_failures(session, section, pair, arena);
        if (pair->verdict == VERDICT_FAILED)
            verdict->verdict = VERDICT_FAILED;
    }
    unpaired_judge(verdict);
    for (size_t i = 0; i < 2; i++)
        verdict->sides[i] = side_text(plan, (enum side)i, arena);
    verdict->method =
        arena_printf(arena, "%d round%s, each of %d samples of A and %d of B in turns",
            session->rounds_done, session->rounds_done == 1 ? "" : "s", SIDE_SAMPLES, SIDE_SAMPLES);
    verdict->advice = advice(verdict, arena);
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
    ab.deadline_ns = deadline_of(options->max_time_ns);
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
