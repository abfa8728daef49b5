/* SPDX-License-Identifier: MIT */
#include "summary.h"

#include <math.h>

#include "checks.h"
#include "warnings.h"

/* Room for the figures of one case. */
struct scratch {
    double *values, *sorted;
};

static struct scratch scratch_make(struct arena *arena, size_t count) {
    return (struct scratch){
        .values = arena_array(arena, double, count),
        .sorted = arena_array(arena, double, count),
    };
}

double run_ns_of(const struct sample *sample) {
    return sample->run_ns;
}

double startup_ns_of(const struct sample *sample) {
    return (double)sample->startup_ns;
}

static double get_shutdown(const struct sample *sample) {
    return (double)sample->shutdown_ns;
}

static double get_cpu_share(const struct sample *sample) {
    if (sample->elapsed_ns <= 0)
        return NAN;
    return (double)(sample->user_ns + sample->system_ns) / (double)sample->elapsed_ns;
}

static double get_switches(const struct sample *sample) {
    return (double)(sample->voluntary_switches + sample->involuntary_switches);
}

size_t valid_values(
    const struct case_result *result, double (*get)(const struct sample *), double *ret_values) {
    size_t count = 0;

    for (size_t i = 0; i < result->sample_count; i++) {
        double value = result->samples[i].failure ? NAN : get(&result->samples[i]);

        if (!isnan(value))
            ret_values[count++] = value;
    }
    return count;
}

static double median_of(const struct case_result *result, double (*get)(const struct sample *),
    struct scratch scratch) {
    size_t count = valid_values(result, get, scratch.values);

    return median(scratch.values, count, scratch.sorted);
}

static struct estimate estimate_of(const struct case_result *result,
    double (*get)(const struct sample *), struct scratch scratch) {
    size_t count = valid_values(result, get, scratch.values);

    return median_estimate(scratch.values, count, CONFIDENCE, scratch.sorted);
}

/* Of one program, the means. In doubles: the sums of saved results have no bound. */
static void sum_commands(const struct case_result *result, struct case_summary *summary) {
    double count = 0, user_ns = 0, system_ns = 0, peak_bytes = 0;

    for (size_t i = 0; i < result->sample_count; i++) {
        const struct command_usage *used = &result->samples[i].commands;

        if (result->samples[i].failure)
            continue;
        count += (double)used->count;
        user_ns += (double)used->user_ns;
        system_ns += (double)used->system_ns;
        peak_bytes += (double)used->peak_sum_bytes;
    }
    summary->command_user_ns = count > 0 ? user_ns / count : NAN;
    summary->command_system_ns = count > 0 ? system_ns / count : NAN;
    summary->command_rss_bytes = count > 0 ? peak_bytes / count : NAN;
}

static void count_samples(const struct case_result *result, struct case_summary *summary) {
    int64_t max_rss = 0;

    for (size_t i = 0; i < result->sample_count; i++) {
        const struct sample *sample = &result->samples[i];

        if (!sample->failure) {
            summary->valid++;
            if (sample->max_rss_bytes > max_rss)
                max_rss = sample->max_rss_bytes;
        } else if (summary->failed++ == 0) {
            summary->first_failure = sample->failure;
        }
    }
    summary->max_rss_bytes = max_rss > 0 ? (double)max_rss : NAN;
    sum_commands(result, summary);
}

#define LATENCY_GETTER(member)                                                                     \
    static double get_##member(const struct sample *sample) {                                      \
        return sample->latency.jobs > 0 ? (double)sample->latency.member : NAN;                    \
    }
LATENCY_GETTER(p50_ns)
LATENCY_GETTER(p90_ns)
LATENCY_GETTER(p99_ns)
LATENCY_GETTER(p999_ns)
LATENCY_GETTER(max_ns)
LATENCY_GETTER(waiting_ns)
LATENCY_GETTER(running_ns)
LATENCY_GETTER(suspended_ns)

/* The time that recording one job costs, as a share of a run. */
static double get_recording(const struct sample *sample) {
    return sample->latency.jobs > 0 ? sample->latency.recording_ns / sample->run_ns : NAN;
}

static double largest_of(const struct case_result *result, double (*get)(const struct sample *),
    struct scratch scratch) {
    size_t count = valid_values(result, get, scratch.values);
    double largest = NAN;

    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, scratch.values[i]);
    return largest;
}

LATENCY_GETTER(backlog)
LATENCY_GETTER(last_late_ns)

static double get_rate(const struct sample *sample) {
    return sample->rate > 0 ? sample->rate : NAN;
}

/* Of all jobs of the valid samples, those that started late. */
static double late_share(const struct case_result *result) {
    double late = 0, jobs = 0;

    for (size_t i = 0; i < result->sample_count; i++) {
        const struct latency *latency = &result->samples[i].latency;

        if (result->samples[i].failure)
            continue;
        late += (double)latency->late;
        jobs += (double)latency->jobs;
    }
    return jobs > 0 ? late / jobs : NAN;
}

/* Whether the pool was fast enough for the rate. */
static void summarize_open_loop(const struct plan *plan, const struct bench_case *bench_case,
    const struct case_result *result, struct scratch scratch, struct latency_summary *summary) {
    double late_ns = median_of(result, get_last_late_ns, scratch);
    double jobs = (double)bench_case->jobs;

    summary->reached = summary->late_share = summary->backlog = NAN;
    summary->rate = (struct estimate){NAN, {NAN, NAN}};
    if (plan->rate <= 0 || isnan(late_ns))
        return;
    summary->late_share = late_share(result);
    summary->backlog = largest_of(result, get_backlog, scratch);
    if (plan->rate_low > 0) {
        summary->rate = estimate_of(result, get_rate, scratch);
        summary->recording_share = NAN; /* samples have different numbers of jobs */
        return;
    }
    summary->reached = rate_reached(plan->rate, jobs, late_ns);
    summary->too_slow = rate_is_too_high(plan->rate, jobs, late_ns);
    if (summary->too_slow)
        summary->p50_ns = summary->p90_ns = summary->p99_ns = summary->p999_ns = summary->max_ns =
            summary->waiting_ns = NAN;
}

static struct latency_summary summarize_latency(const struct plan *plan,
    const struct bench_case *bench_case, const struct case_result *result, struct scratch scratch) {
    double per_worker = (double)bench_case->jobs / bench_case->workers;

    struct latency_summary summary = {
        .p50_ns = median_of(result, get_p50_ns, scratch),
        .p90_ns = median_of(result, get_p90_ns, scratch),
        .p99_ns = median_of(result, get_p99_ns, scratch),
        .p999_ns = median_of(result, get_p999_ns, scratch),
        .max_ns = largest_of(result, get_max_ns, scratch),
        .waiting_ns = median_of(result, get_waiting_ns, scratch),
        .running_ns = median_of(result, get_running_ns, scratch),
        .suspended_ns = median_of(result, get_suspended_ns, scratch),
        .recording_share = median_of(result, get_recording, scratch) * per_worker,
    };

    summarize_open_loop(plan, bench_case, result, scratch, &summary);
    return summary;
}

/* A sample counts the switches of all its runs, and samples differ in their number. Files of
 * earlier versions have the number of untimed runs only in their plan. */
static double run_switches(
    const struct plan *plan, const struct case_result *result, struct scratch scratch) {
    size_t count = 0;

    for (size_t i = 0; i < result->sample_count; i++) {
        const struct sample *sample = &result->samples[i];
        int64_t warmup = sample->warmup_runs > 0 ? sample->warmup_runs : plan->warmup;
        double runs = (warmup > 0 ? (double)warmup : 0) + (double)result->passes;

        if (!sample->failure)
            scratch.values[count++] = get_switches(sample) / (runs > 1 ? runs : 1);
    }
    return median(scratch.values, count, scratch.sorted);
}

static void summarize_case(const struct plan *plan, size_t index, const struct case_result *result,
    struct scratch scratch, struct case_summary *summary) {
    const struct estimate unknown = {NAN, {NAN, NAN}};
    struct estimate time = estimate_of(result, sample_time_ns, scratch);
    struct estimate run = estimate_of(result, run_ns_of, scratch);

    count_samples(result, summary);
    summary->time_ns = time.value;
    summary->time_interval = time.interval;
    summary->run_ns = run.value;
    summary->run_interval = run.interval;
    summary->startup_ns = median_of(result, startup_ns_of, scratch);
    summary->shutdown_ns = median_of(result, get_shutdown, scratch);
    summary->cpu_share = median_of(result, get_cpu_share, scratch);
    summary->switches = median_of(result, get_switches, scratch);
    summary->run_switches = run_switches(plan, result, scratch);
    summary->latency = summarize_latency(plan, &plan->cases[index], result, scratch);
    summary->speedup = unknown;
    summary->efficiency = NAN;
}

/* The log-ratios of the rounds in which both are valid and of the same session. Samples are in the
 * order of rounds. */
static size_t pair_rounds(
    const struct case_result *over, const struct case_result *under, double *ret_logs) {
    size_t count = 0, i = 0, j = 0;

    while (i < over->sample_count && j < under->sample_count) {
        const struct sample *a = &over->samples[i], *b = &under->samples[j];

        if (a->round == b->round && a->session == b->session && !a->failure && !b->failure)
            ret_logs[count++] = log(sample_time_ns(a) / sample_time_ns(b));
        i += a->round <= b->round;
        j += b->round <= a->round;
    }
    return count;
}

struct estimate paired_ratio(
    const struct case_result *over, const struct case_result *under, double confidence) {
    struct arena *arena = arena_new();
    struct scratch scratch = scratch_make(arena, over->sample_count + 1);
    size_t count = pair_rounds(over, under, scratch.values);
    struct estimate logs = median_estimate(scratch.values, count, confidence, scratch.sorted);

    arena_free(arena);
    return estimate_exp(logs);
}

static void compare_with_baseline(
    const struct session *session, const struct section *section, struct case_summary *cases) {
    const struct case_summary *baseline = &cases[section->baseline];
    bool busy = baseline->cpu_share >= BUSY_SHARE;

    for (size_t i = section->first; i < section->first + section->count; i++) {
        int workers = session->plan->cases[i].workers;
        int cpus = session->environment.usable_cpus;

        cases[i].speedup =
            paired_ratio(&session->results[section->baseline], &session->results[i], CONFIDENCE);
        if (busy)
            cases[i].efficiency = cases[i].speedup.value / (workers < cpus ? workers : cpus);
    }
}

/* A case that fails now and then cannot be the fastest. */
static bool is_sound(const struct case_summary *figures) {
    return figures->valid > 0 && figures->failed == 0;
}

static ptrdiff_t find_fastest(
    const struct plan *plan, const struct section *section, const struct case_summary *cases) {
    ptrdiff_t fastest = -1;

    for (size_t i = section->first; i < section->first + section->count; i++) {
        if (plan->cases[i].twin_of >= 0 || !is_sound(&cases[i]))
            continue;
        if (fastest < 0 || cases[i].time_ns < cases[fastest].time_ns)
            fastest = (ptrdiff_t)i;
    }
    return fastest;
}

/* Only an interval above 1 separates a case from the fastest. By its ratios a case can be faster
 * than the one with the smallest median: then the two are tied. */
static bool is_tied(const struct session *session, size_t index, ptrdiff_t fastest) {
    struct estimate ratio =
        paired_ratio(&session->results[index], &session->results[fastest], CONFIDENCE);

    return !(ratio.interval.low > 1);
}

static void summarize_section(const struct session *session, const struct section *section,
    struct session_summary *all, struct section_summary *summary) {
    const struct bench_case *cases = session->plan->cases;

    summary->control = (struct estimate){NAN, {NAN, NAN}};
    if (section->control >= 0)
        summary->control = paired_ratio(&session->results[section->control],
            &session->results[cases[section->control].twin_of], CONFIDENCE);
    if (section->baseline >= 0)
        compare_with_baseline(session, section, all->cases);
    summary->fastest = find_fastest(session->plan, section, all->cases);
    summary->tied = arena_array(all->arena, bool, section->count);
    for (size_t i = 0; i < section->count && summary->fastest >= 0; i++) {
        size_t index = section->first + i;

        if ((ptrdiff_t)index == summary->fastest || cases[index].twin_of >= 0
            || !is_sound(&all->cases[index]))
            continue;
        summary->tied[i] = is_tied(session, index, summary->fastest);
        summary->tied_count += summary->tied[i];
    }
}

static size_t most_samples(const struct session *session) {
    size_t most = 1;

    for (size_t i = 0; i < session->plan->case_count; i++) {
        if (session->results[i].sample_count > most)
            most = session->results[i].sample_count;
    }
    return most;
}

static void find_failures(const struct session *session, struct session_summary *summary) {
    for (size_t i = 0; i < session->plan->case_count; i++) {
        struct case_summary *figures = &summary->cases[i];

        if (session->plan->cases[i].impossible || is_sound(figures))
            continue;
        figures->covered = checks_cover(session, summary->checks, i);
        /* A case that there was no time for has not failed. */
        if (!figures->covered && (figures->failed > 0 || !session->time_over))
            summary->any_failed = true;
    }
}

struct session_summary *summarize(const struct session *session) {
    const struct plan *plan = session->plan;
    struct arena *arena = arena_new();
    struct session_summary *summary = arena_alloc(arena, sizeof(*summary));
    struct scratch scratch = scratch_make(arena, most_samples(session));

    summary->arena = arena;
    summary->cases = arena_array(arena, struct case_summary, plan->case_count);
    summary->sections = arena_array(arena, struct section_summary, plan->section_count);
    for (size_t i = 0; i < plan->case_count; i++) {
        summarize_case(plan, i, &session->results[i], scratch, &summary->cases[i]);
        summary->cases[i].no_cpu = waiting_of(session, i);
    }
    for (size_t i = 0; i < plan->section_count; i++)
        summarize_section(session, &plan->sections[i], summary, &summary->sections[i]);
    summary->checks = checks_judge(session, arena);
    summary->check_count = plan->check_count;
    find_failures(session, summary);
    warnings_find(session, summary);
    return summary;
}

void session_summary_free(struct session_summary *summary) {
    if (summary)
        arena_free(summary->arena);
}
