/* SPDX-License-Identifier: MIT */
#include "warnings.h"

#include <math.h>
#include <string.h>

#include "clock.h"
#include "steady.h"

/* A warning names this many cases, and says how many more there are. */
#define NAMED_MAX 3

/* Sessions that are this many times longer are no advice: the machine is the problem. */
#define ROUNDS_FACTOR_MAX 10

/* A list of names that grows. */
struct listing {
    const char *text;
    size_t count;
};

static void list_case(struct arena *arena, struct listing *listing, const char *item) {
    if (listing->count++ == 0)
        listing->text = item;
    else if (listing->count <= NAMED_MAX)
        listing->text = arena_printf(arena, "%s, %s", listing->text, item);
}

static const char *list_end(struct arena *arena, const struct listing *listing) {
    if (listing->count <= NAMED_MAX)
        return listing->text;
    return arena_printf(arena, "%s and %zu more", listing->text, listing->count - NAMED_MAX);
}

/* warn(summary, format, ...) */
#define warn(summary, ...) add_warning(summary, arena_printf((summary)->arena, __VA_ARGS__))

static void add_warning(struct session_summary *summary, const char *text) {
    summary->warnings[summary->warning_count++] = text;
}

static void warn_steal(const struct session *session, struct session_summary *summary) {
    double share = session->interference.steal_share;

    if (share > STEAL_SHARE_MAX)
        warn(summary,
            "the hypervisor gave %.1f%% of the CPU time to other machines; measure again when the "
            "host is quieter, or on a dedicated machine",
            100 * share);
}

static void warn_throttled(const struct session *session, struct session_summary *summary) {
    int64_t periods = session->interference.throttled_periods;

    if (periods > 0)
        warn(summary,
            "the cgroup's CPU quota ran out in %lld period%s; raise the quota or use fewer workers",
            (long long)periods, periods == 1 ? "" : "s");
}

static void warn_load(const struct session *session, struct session_summary *summary) {
    const struct environment *env = &session->environment;

    if (env->load_before >= LOAD_MIN && env->load_before > LOAD_SHARE_MAX * env->usable_cpus)
        warn(summary,
            "the load average was %.1f on %d usable CPU%s before the first sample; stop other "
            "programs, or wait a minute if they have just ended, and measure again",
            env->load_before, env->usable_cpus, env->usable_cpus == 1 ? "" : "s");
}

static void warn_governor(const struct session *session, struct session_summary *summary) {
    const char *governor = session->environment.governor;

    if (governor[0] && strcmp(governor, "performance") != 0)
        warn(summary,
            "the CPU frequency governor is '%s', so the speed follows the load; switch to "
            "'performance' (as root: cpupower frequency-set -g performance)",
            governor);
}

/* An interrupted session says itself how many rounds it has. */
static void warn_rounds(const struct session *session, struct session_summary *summary) {
    if (session->plan->rounds < INTERVAL_ROUNDS_MIN && !session->interrupted_by)
        warn(summary, "intervals need at least %d rounds; use --rounds=%d", INTERVAL_ROUNDS_MIN,
            DEFAULT_ROUNDS);
}

/* NaN: unknown. */
static double spread(const struct case_summary *summary) {
    return (summary->time_interval.high - summary->time_interval.low) / 2 / summary->time_ns;
}

static bool too_wide(const struct case_summary *summary) {
    return spread(summary) > SPREAD_MAX;
}

/* An interval narrows with the square root of the rounds. Rounded up to tens. */
static int rounds_for(int rounds, double widest) {
    double factor = fmin(pow(widest / SPREAD_MAX, 2), ROUNDS_FACTOR_MAX);
    int wanted = (int)ceil(rounds * factor / 10) * 10;

    return wanted < ROUNDS_MAX ? wanted : ROUNDS_MAX;
}

/* The widest of the spreads that are too wide and not named yet; -1: there is none. */
static ptrdiff_t next_widest(
    const struct plan *plan, const struct session_summary *summary, const bool *named) {
    ptrdiff_t widest = -1;

    for (size_t i = 0; i < plan->case_count; i++) {
        if (named[i] || !too_wide(&summary->cases[i]))
            continue;
        if (widest < 0 || spread(&summary->cases[i]) > spread(&summary->cases[widest]))
            widest = (ptrdiff_t)i;
    }
    return widest;
}

static void warn_spread(const struct session *session, struct session_summary *summary) {
    const struct plan *plan = session->plan;
    bool *named = arena_array(summary->arena, bool, plan->case_count);
    struct listing wide = {NULL, 0};
    double widest = 0;

    for (ptrdiff_t i; wide.count < NAMED_MAX && (i = next_widest(plan, summary, named)) >= 0;) {
        double share = spread(&summary->cases[i]);

        list_case(summary->arena, &wide,
            arena_printf(summary->arena, "%s (+-%.0f%%)", plan->cases[i].id, 100 * share));
        named[i] = true;
        widest = fmax(widest, share);
    }
    if (wide.count == 0)
        return;
    for (size_t i = 0; i < plan->case_count; i++)
        wide.count += !named[i] && too_wide(&summary->cases[i]);
    warn(summary,
        "times spread too widely for %d rounds: %s; use more (--rounds=%d) or a quieter machine",
        plan->rounds, list_end(summary->arena, &wide), rounds_for(plan->rounds, widest));
}

static void warn_control(
    const struct session *session, size_t section, struct session_summary *summary) {
    const struct bench_case *cases = session->plan->cases;
    const struct bench_case *control = &cases[session->plan->sections[section].control];
    struct interval interval = summary->sections[section].control.interval;

    if (interval.low > 1 || interval.high < 1)
        warn(summary,
            "%s and its twin are the same code but seem to differ (%.3f..%.3f); do not trust "
            "differences of that size, and measure again with more rounds or on a quieter machine",
            cases[control->twin_of].id, interval.low, interval.high);
}

/* The names of the cases that a warning applies to; NULL: none. */
static const char *list_cases(const struct session *session, struct arena *arena,
    bool (*applies)(const struct bench_case *bench_case, const struct case_result *result)) {
    struct listing listing = {NULL, 0};

    for (size_t i = 0; i < session->plan->case_count; i++)
        if (applies(&session->plan->cases[i], &session->results[i]))
            list_case(arena, &listing, session->plan->cases[i].id);
    return list_end(arena, &listing);
}

static bool is_given_up(const struct bench_case *bench_case, const struct case_result *result) {
    (void)bench_case;
    return result->given_up;
}

static void warn_given_up(const struct session *session, struct session_summary *summary) {
    const char *ids = list_cases(session, summary->arena, is_given_up);

    if (ids)
        warn(summary,
            "given up after too many failures in a row: %s; fix what made the first sample fail, "
            "or leave these cases out",
            ids);
}

/* In most of its samples. */
static bool is_unsteady(const struct bench_case *bench_case, const struct case_result *result) {
    size_t unsteady = 0;

    (void)bench_case;
    for (size_t i = 0; i < result->sample_count; i++)
        unsteady += result->samples[i].unsteady;
    return 2 * unsteady > result->sample_count;
}

/* Twice as many as any sample of these cases made. */
static int64_t warmup_for(const struct session *session) {
    int64_t runs = 0;

    for (size_t i = 0; i < session->plan->case_count; i++) {
        const struct case_result *result = &session->results[i];

        for (size_t j = 0; is_unsteady(NULL, result) && j < result->sample_count; j++)
            if (result->samples[j].warmup_runs > runs)
                runs = result->samples[j].warmup_runs;
    }
    return runs < WARMUP_MAX / 2 ? 2 * runs : WARMUP_MAX;
}

static void warn_unsteady(const struct session *session, struct session_summary *summary) {
    const char *ids = list_cases(session, summary->arena, is_unsteady);

    if (ids)
        warn(summary,
            "runs were still becoming faster after %d ms of warm-up: %s; measure these cases alone "
            "with more untimed runs, such as --warmup=%lld",
            (int)(STEADY_BOUND_NS / NS_PER_MS), ids, (long long)warmup_for(session));
}

/* The samples in which tasks held their loop for too long, and what the first of them says. */
static size_t slow_samples(const struct case_result *result, const char **ret_text) {
    size_t count = 0;

    for (size_t i = 0; i < result->sample_count; i++)
        if (result->samples[i].slow_tasks && count++ == 0)
            *ret_text = result->samples[i].slow_tasks;
    return count;
}

static void warn_slow_tasks(const struct session *session, struct session_summary *summary) {
    for (size_t i = 0; i < session->plan->case_count; i++) {
        const struct case_result *result = &session->results[i];
        const char *text = NULL;
        size_t count = slow_samples(result, &text);

        if (count > 0)
            warn(summary,
                "%s: %s (in %zu of %zu samples, this was the first); no other task of the loop ran "
                "meanwhile; let jobs yield, or block through task_block under offload",
                session->plan->cases[i].id, text, count, result->sample_count);
    }
}

/* Whether a case's loops mostly neither waited for tasks nor computed, and gave up the CPU
 * themselves. On a busy machine other programs take it from them. */
static bool loops_blocked(const struct bench_case *bench_case, const struct case_result *result) {
    double busy_ns = 0, cpu_ns = 0, elapsed_ns = 0;
    int64_t given_minus_taken = 0;

    for (size_t i = 0; i < result->sample_count; i++) {
        const struct sample *sample = &result->samples[i];

        if (sample->failure)
            continue;
        busy_ns += (double)sample->loop_busy_ns;
        cpu_ns += (double)(sample->user_ns + sample->system_ns);
        elapsed_ns += (double)sample->elapsed_ns;
        given_minus_taken += sample->voluntary_switches - sample->involuntary_switches;
    }
    return given_minus_taken > 0 && busy_ns > HELD_SHARE_MIN * elapsed_ns * bench_case->workers
        && cpu_ns < HELD_CPU_SHARE_MAX * busy_ns;
}

static void warn_blocked_loops(const struct session *session, struct session_summary *summary) {
    const char *ids = list_cases(session, summary->arena, loops_blocked);

    if (ids)
        warn(summary,
            "jobs blocked in the kernel and held up all others of their event loop: %s; find them "
            "with --slow-task, or let threads make such calls with executor offload",
            ids);
}

void warnings_find(const struct session *session, struct session_summary *summary) {
    static void (*const finders[])(const struct session *, struct session_summary *) = {
        warn_given_up,
        warn_steal,
        warn_throttled,
        warn_load,
        warn_governor,
        warn_rounds,
        warn_unsteady,
        warn_spread,
        warn_blocked_loops,
    };
    const size_t count = sizeof(finders) / sizeof(finders[0]);

    summary->warnings = arena_array(summary->arena, const char *,
        count + session->plan->section_count + session->plan->case_count);
    for (size_t i = 0; i < count; i++)
        finders[i](session, summary);
    warn_slow_tasks(session, summary);
    for (size_t i = 0; i < session->plan->section_count; i++)
        if (session->plan->sections[i].control >= 0)
            warn_control(session, i, summary);
}
