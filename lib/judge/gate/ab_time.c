/* SPDX-License-Identifier: MIT */
#include "ab_time.h"

#include "clock.h"
#include "rounds.h"
#include "units.h"

/* Time that is left unplanned: a round may take longer than those before, and results are written
 * after the rounds. */
#define MARGIN_PART 20
#define MARGIN_MAX_NS NS_PER_S

/* The time that rounds get / that they are expected to take: not all of them count. */
#define SLACK 1.5

static int64_t margin_of(int64_t max_time_ns) {
    int64_t margin_ns = max_time_ns / MARGIN_PART;

    return margin_ns < MARGIN_MAX_NS ? margin_ns : MARGIN_MAX_NS;
}

struct ab_time ab_time_start(int64_t max_time_ns) {
    struct ab_time time = {.start_ns = clock_now_ns()};
    int64_t margin_ns = margin_of(max_time_ns);

    if (max_time_ns > 0) {
        time.deadline_ns = time.start_ns + max_time_ns - margin_ns;
        time.end_ns = time.deadline_ns + margin_ns / 2;
    }
    return time;
}

/* What a round costs changes: the machine becomes slower or faster, and pairs are settled. */
static void time_round(struct ab_time *time, int rounds, int64_t now_ns) {
    if (time->timed < rounds) {
        time->last_round_ns = now_ns - time->round_start_ns;
        if (time->timed == 0)
            time->mean_round_ns = time->last_round_ns;
        time->mean_round_ns += (time->last_round_ns - time->mean_round_ns) / 4;
        time->timed = rounds;
    }
    time->round_start_ns = now_ns;
}

bool ab_time_allows(struct ab_time *time, int rounds, struct procedure *procedure) {
    int64_t now_ns = clock_now_ns(), left_ns = time->deadline_ns - now_ns;

    time_round(time, rounds, now_ns);
    if (time->deadline_ns == 0 || rounds == 0)
        return true;
    if (left_ns < time->mean_round_ns || left_ns < time->last_round_ns)
        return false;
    if (time->mean_round_ns > 0) {
        int64_t possible = rounds + left_ns / time->mean_round_ns;

        procedure_bound(procedure, possible < ROUNDS_MAX ? (int)possible : ROUNDS_MAX);
    }
    return true;
}

/* What a round of all sections takes, in which the first one measures the control; -1: unknown. */
static int64_t round_estimate_ns(const struct session *session, size_t side_samples) {
    int64_t sum_ns = 0;

    for (size_t i = 0; i < session->plan->section_count; i++) {
        const int64_t *wall_ns = &session->wall_ns[session->plan->sections[i].first];

        if (wall_ns[SIDE_A] == 0 || wall_ns[SIDE_B] == 0)
            return -1;
        sum_ns += (int64_t)side_samples * (wall_ns[SIDE_A] * (i == 0 ? 2 : 1) + wall_ns[SIDE_B]);
    }
    return sum_ns;
}

/* The most jobs of a case. */
static int64_t most_jobs(const struct plan *plan) {
    int64_t most = 1;

    for (size_t i = 0; i < plan->case_count; i++)
        if (plan->cases[i].jobs > most)
            most = plan->cases[i].jobs;
    return most;
}

/* ", or --jobs=3": a time that fits if all of it is that of jobs; "" if no number would. */
static const char *fewer_jobs(const struct plan *plan, double share, struct arena *arena) {
    int64_t jobs = (int64_t)((double)most_jobs(plan) * share);

    return jobs < 1
        ? ""
        : arena_printf(arena, ", or give a sample fewer jobs (--jobs=%lld)", (long long)jobs);
}

size_t ab_time_samples(
    const struct ab_time *time, const struct session *session, int rounds, int64_t now_ns) {
    double left_ns = (double)(time->deadline_ns - now_ns) / SLACK;
    size_t samples = SIDE_SAMPLES;

    while (time->deadline_ns != 0 && samples > 1
        && (double)round_estimate_ns(session, samples) * rounds > left_ns)
        samples /= 2;
    return samples;
}

const char *ab_time_too_short(const struct ab_time *time, const struct session *session,
    size_t side_samples, int rounds, int64_t now_ns, struct arena *arena) {
    int64_t round_ns = round_estimate_ns(session, side_samples),
            left_ns = time->deadline_ns - now_ns;
    char each[32], left[32];
    int64_t wanted_ns;

    if (time->deadline_ns == 0 || round_ns <= 0 || left_ns / rounds >= round_ns)
        return NULL;
    (void)show_duration((double)round_ns, each, sizeof(each));
    (void)show_duration((double)(left_ns > 0 ? left_ns : 0), left, sizeof(left));
    wanted_ns = now_ns - time->start_ns + round_ns * rounds;
    wanted_ns += wanted_ns / MARGIN_PART + NS_PER_S;
    return arena_printf(arena,
        "a round takes about %s, and %s %s left, so %s; a verdict needs at least %d rounds: allow "
        "--max-time=%llds%s",
        each, left, "are",
        left_ns < round_ns ? "not one round fits"
                           : arena_printf(arena, "only %d fit", (int)(left_ns / round_ns)),
        rounds, (long long)((wanted_ns + NS_PER_S - 1) / NS_PER_S),
        fewer_jobs(session->plan, (double)left_ns / (double)round_ns / rounds, arena));
}
