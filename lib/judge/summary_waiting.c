/* SPDX-License-Identifier: MIT */
#include "summary.h"

#include <math.h>

/* A sum of a counter; NaN where one sample does not know it. */
static void add(double *sum, int64_t count) {
    *sum += count < 0 ? NAN : (double)count;
}

/* Sums over the valid samples of a case that have counters. */
struct sums {
    double worker_ns; /* workers * elapsed time */
    double elapsed_ns, no_cpu_ns, timeslices, cpu_ns, busy_ns, idle_ns, throttled_periods;
};

static struct sums add_samples(
    const struct bench_case *bench_case, const struct case_result *result) {
    struct sums sums = {0};

    for (size_t i = 0; i < result->sample_count; i++) {
        const struct timed *timed = &result->samples[i].timed;

        if (result->samples[i].failure || timed->elapsed_ns <= 0)
            continue;
        add(&sums.elapsed_ns, timed->elapsed_ns);
        add(&sums.no_cpu_ns, timed->no_cpu_ns);
        add(&sums.timeslices, timed->timeslices);
        add(&sums.cpu_ns, timed->cpu_ns);
        add(&sums.busy_ns, timed->busy_ns);
        add(&sums.idle_ns, timed->idle_ns);
        add(&sums.throttled_periods, timed->throttled_periods);
    }
    sums.worker_ns = sums.elapsed_ns * bench_case->workers;
    return sums;
}

static bool is_bound(const struct bench_case *bench_case) {
    return bench_case->cpus && bench_case->cpus[0] >= 0;
}

/* Whether each worker is bound to a CPU of its own. */
static bool is_spread(const struct bench_case *bench_case) {
    for (int i = 0; is_bound(bench_case) && i < bench_case->cpu_count; i++)
        for (int j = 0; j < i; j++)
            if (bench_case->cpus[i] == bench_case->cpus[j])
                return false;
    return is_bound(bench_case);
}

/* Comparisons with NaN are false: what is unknown is no cause. */
static enum wait_cause cause_of(
    const struct bench_case *bench_case, int usable_cpus, const struct sums *sums, double share) {
    double enough_ns = WAIT_CAUSE_MIN * sums->no_cpu_ns;
    bool others = sums->busy_ns - sums->cpu_ns >= enough_ns;

    if (!(share >= WAIT_SHARE_MIN) || !(sums->no_cpu_ns >= WAIT_MEAN_MIN_NS * sums->timeslices))
        return WAIT_NONE;
    if (bench_case->workers > usable_cpus)
        return WAIT_WORKERS;
    if (sums->throttled_periods > 0)
        return WAIT_QUOTA;
    if (sums->idle_ns >= enough_ns && !is_spread(bench_case) && !(is_bound(bench_case) && others))
        return WAIT_PLACEMENT;
    return others ? WAIT_OTHERS : WAIT_UNKNOWN;
}

struct waiting waiting_of(const struct session *session, size_t index) {
    const struct bench_case *bench_case = &session->plan->cases[index];
    struct sums sums = add_samples(bench_case, &session->results[index]);
    double share = sums.worker_ns > 0 ? sums.no_cpu_ns / sums.worker_ns : NAN;

    return (struct waiting){
        .share = share,
        .cause = cause_of(bench_case, session->environment.usable_cpus, &sums, share),
        .others = (sums.busy_ns - sums.cpu_ns) / sums.elapsed_ns,
    };
}
