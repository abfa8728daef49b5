/* SPDX-License-Identifier: MIT */
#include "warnings.h"

#include <math.h>
#include <string.h>

#include "clock.h"
#include "steady.h"
#include "warnings_parts.h"

/* Sessions that are this many times longer are no advice: the machine is the problem. */
#define ROUNDS_FACTOR_MAX 10

void list_case(struct arena *arena, struct listing *listing, const char *item) {
    if (listing->count++ == 0)
        listing->text = item;
    else if (listing->count <= NAMED_MAX)
        listing->text = arena_printf(arena, "%s, %s", listing->text, item);
}

const char *list_end(struct arena *arena, const struct listing *listing) {
    if (listing->count <= NAMED_MAX)
        return listing->text;
    return arena_printf(arena, "%s and %zu more", listing->text, listing->count - NAMED_MAX);
}

void add_warning(struct session_summary *summary, const char *text) {
    summary->warnings[summary->warning_count++] = text;
}

static int64_t steal_of(const struct timed *timed) {
    return timed->steal_ns;
}

static int64_t throttled_of(const struct timed *timed) {
    return timed->throttled_periods;
}

static double sum_of(const struct case_result *result, int64_t (*get)(const struct timed *)) {
    double sum = 0;

    for (size_t i = 0; i < result->sample_count; i++)
        sum += fmax(0, (double)get(&result->samples[i].timed));
    return sum;
}

/* ", most of it during ID, ID": the cases that nearly all of a disturbance fell on, if they are few
 * of many; otherwise "". */
static const char *most_during(const struct session *session, struct arena *arena, const char *what,
    int64_t (*get)(const struct timed *)) {
    size_t count = session->plan->case_count;
    double *sums = arena_array(arena, double, count), all = 0, named = 0;
    struct listing listing = {NULL, 0};

    for (size_t i = 0; i < count; i++)
        all += sums[i] = sum_of(&session->results[i], get);
    while (all > 0 && named < STRUCK_SHARE * all) {
        size_t most = 0;
        for (size_t i = 1; i < count; i++)
            most = sums[i] > sums[most] ? i : most;
        list_case(arena, &listing, session->plan->cases[most].id);
        named += sums[most];
        sums[most] = 0;
    }
    if (listing.count == 0 || listing.count > NAMED_MAX || 2 * listing.count > count)
        return "";
    return arena_printf(arena, ", most of %s during %s", what, listing.text);
}

static void warn_steal(const struct session *session, struct session_summary *summary) {
    double share = session->interference.steal_share;

    if (share > STEAL_SHARE_MAX)
        warn(summary,
            "the hypervisor gave %.1f%% of the CPU time to other machines%s; measure again when "
            "the host is quieter, or on a dedicated machine",
            100 * share, most_during(session, summary->arena, "it", steal_of));
}

static void warn_throttled(const struct session *session, struct session_summary *summary) {
    int64_t periods = session->interference.throttled_periods;

    if (periods > 0)
        warn(summary,
            "the cgroup's CPU quota ran out in %lld period%s%s; raise the quota or use fewer "
            "workers",
            (long long)periods, periods == 1 ? "" : "s",
            most_during(session, summary->arena, "them", throttled_of));
}

/* The case with this cause whose workers waited most, and the names of the others; -1: there is
 * none. */
static ptrdiff_t find_waiting(const struct plan *plan, const struct session_summary *summary,
    enum wait_cause cause, const char **ret_others) {
    struct listing others = {NULL, 0};
    ptrdiff_t worst = -1;

    for (size_t i = 0; i < plan->case_count; i++) {
        const struct waiting *waiting = &summary->cases[i].no_cpu;

        if (waiting->cause == cause && plan->cases[i].twin_of < 0
            && (worst < 0 || waiting->share > summary->cases[worst].no_cpu.share))
            worst = (ptrdiff_t)i;
    }
    for (size_t i = 0; i < plan->case_count; i++) {
        const struct waiting *waiting = &summary->cases[i].no_cpu;

        if (waiting->cause == cause && plan->cases[i].twin_of < 0 && (ptrdiff_t)i != worst)
            list_case(summary->arena, &others,
                arena_printf(summary->arena, "%s %.0f%%", plan->cases[i].id, 100 * waiting->share));
    }
    *ret_others = others.count == 0
        ? ""
        : arena_printf(summary->arena, " (also %s)", list_end(summary->arena, &others));
    return worst;
}

static void warn_placement(const struct session *session, struct session_summary *summary) {
    const char *others;
    ptrdiff_t at = find_waiting(session->plan, summary, WAIT_PLACEMENT, &others);

    if (at >= 0)
        warn(summary,
            "%s: its workers waited for a CPU %.0f%% of the time while another CPU was idle%s; use "
            "--pool=pin=spread",
            session->plan->cases[at].id, 100 * summary->cases[at].no_cpu.share, others);
}

/* Of a case that had to wait for other programs, or of the whole session. */
static void warn_others(const struct session *session, struct session_summary *summary) {
    double share = session->interference.others_share;
    int cpus = session->environment.usable_cpus;
    const char *others;
    ptrdiff_t at = find_waiting(session->plan, summary, WAIT_OTHERS, &others);

    if (at >= 0)
        warn(summary,
            "%s: its workers waited for a CPU %.0f%% of the time while other programs kept %.1f "
            "of %d CPUs busy%s; stop them%s",
            session->plan->cases[at].id, 100 * summary->cases[at].no_cpu.share,
            summary->cases[at].no_cpu.others, cpus, others,
            session->plan->cases[at].workers + summary->cases[at].no_cpu.others <= cpus
                ? ", or choose free CPUs (--pool=pin=LIST)"
                : session->plan->cases[at].workers > 1 ? ", or use fewer workers"
                                                       : "");
    else if (share > OTHERS_SHARE_MAX)
        warn(summary,
            "other programs took %.0f%% of the time of the %d usable CPU%s; stop them and measure "
            "again",
            100 * share, cpus, cpus == 1 ? "" : "s");
}

static void warn_governor(const struct session *session, struct session_summary *summary) {
    const char *governor = session->environment.governor;

    if (governor[0] && strcmp(governor, "performance") != 0)
        warn(summary,
            "the CPU frequency governor is '%s', so the speed follows the load; switch to "
            "'performance' (as root: cpupower frequency-set -g performance)",
            governor);
}

static bool any_given_up(const struct session *session) {
    for (size_t i = 0; i < session->plan->case_count; i++)
        if (session->results[i].given_up)
            return true;
    return false;
}

/* Says nothing where another sentence says why there are so few rounds. */
static void warn_rounds(const struct session *session, struct session_summary *summary) {
    int made = session->rounds_done, planned = session->plan->rounds;

    if (made >= INTERVAL_ROUNDS_MIN || session->interrupted_by)
        return;
    if (planned < INTERVAL_ROUNDS_MIN)
        warn(summary, "intervals need at least %d rounds; use --rounds=%d", INTERVAL_ROUNDS_MIN,
            DEFAULT_ROUNDS);
    else if (!any_given_up(session))
        warn(summary,
            "intervals need at least %d rounds, and there was time for %d; allow more time, or "
            "give each sample fewer jobs",
            INTERVAL_ROUNDS_MIN, made);
}

/* NaN: unknown. */
static double spread(const struct case_summary *summary) {
    return (summary->time_interval.high - summary->time_interval.low) / 2 / summary->time_ns;
}

/* Whether another warning says why the times of a case spread. */
static bool has_cause(const struct case_summary *summary) {
    enum wait_cause cause = summary->no_cpu.cause;

    return cause == WAIT_PLACEMENT || cause == WAIT_OTHERS || cause == WAIT_QUOTA;
}

static bool too_wide(const struct case_summary *summary) {
    return spread(summary) > SPREAD_MAX && !has_cause(summary);
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

/* Whether another warning says what may have changed the times of all cases. */
static bool is_disturbed(const struct session *session) {
    return session->interference.steal_share > STEAL_SHARE_MAX
        || session->interference.throttled_periods > 0
        || session->interference.others_share > OTHERS_SHARE_MAX;
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
    bool disturbed = is_disturbed(session);
    int made = session->rounds_done, wanted = rounds_for(made, widest);
    warn(summary, "times spread too widely for %d round%s%s: %s; %s%s", made, made == 1 ? "" : "s",
        disturbed ? "" : ", and no cause was seen", list_end(summary->arena, &wide),
        disturbed ? "follow the other warnings, or " : "",
        wanted > plan->rounds
            ? arena_printf(summary->arena, "use more rounds (--rounds=%d)", wanted)
            : arena_printf(summary->arena, "allow the time for %d rounds", wanted));
}

static void warn_control(
    const struct session *session, size_t section, struct session_summary *summary) {
    const struct bench_case *cases = session->plan->cases;
    const struct bench_case *control = &cases[session->plan->sections[section].control];
    struct interval interval = summary->sections[section].control.interval;

    if (interval.low > 1 || interval.high < 1)
        warn(summary,
            "%s and its twin are the same code but seem to differ (%.3f..%.3f); do not trust "
            "differences of that size, and measure again with more rounds",
            cases[control->twin_of].id, interval.low, interval.high);
}

const char *list_cases(const struct session *session, struct arena *arena,
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
            "given up after a timeout or too many failures in a row: %s; fix what made the first "
            "sample fail, raise --timeout, or leave these cases out",
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

void warnings_find(const struct session *session, struct session_summary *summary) {
    static void (*const finders[])(const struct session *, struct session_summary *) = {
        warn_given_up,
        warn_steal,
        warn_throttled,
        warn_others,
        warn_placement,
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
