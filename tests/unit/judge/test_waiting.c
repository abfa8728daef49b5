/* SPDX-License-Identifier: MIT */
#include "summary.h"

#include <criterion/criterion.h>
#include <math.h>

#include "fixture_session.h"

/* Times in ms of all samples of a case together: what its two workers on two CPUs met in 100 ms. */
struct row {
    int64_t no_cpu, cpu, busy, idle;
    int64_t timeslices, throttled;
    const int *cpus; /* of the workers; NULL: unknown */
    int workers;
    double share;
    enum wait_cause cause;
};

#define MS INT64_C(1000000)
#define SAMPLES 10

static const int spread[] = {0, 1, 2}, same[] = {0, 0, 0}, any[] = {-1, -1, -1};

static int64_t part(int64_t ms) {
    return ms < 0 ? -1 : ms * MS / SAMPLES;
}

static struct waiting judge(const struct row *row) {
    struct fixture *fixture = fixture_new(SAMPLES);
    struct bench_case *bench_case = &fixture->cases[GCD_THREADS];

    bench_case->workers = row->workers;
    bench_case->cpus = row->cpus;
    bench_case->cpu_count = row->cpus ? row->workers : 0;
    for (size_t i = 0; i < SAMPLES; i++)
        fixture->results[GCD_THREADS].samples[i].timed = (struct timed){
            .elapsed_ns = 10 * MS,
            .no_cpu_ns = part(row->no_cpu),
            .timeslices = row->timeslices,
            .cpu_ns = part(row->cpu),
            .busy_ns = part(row->busy),
            .idle_ns = part(row->idle),
            .throttled_periods = row->throttled,
        };
    struct waiting waiting = waiting_of(&fixture->session, GCD_THREADS);
    fixture_free(fixture);
    return waiting;
}

static void expect(const struct row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct waiting waiting = judge(&rows[i]);

        cr_expect_eq(waiting.cause, rows[i].cause, "row %zu: %d", i, waiting.cause);
        if (isnan(rows[i].share))
            cr_expect(isnan(waiting.share), "row %zu: %g", i, waiting.share);
        else
            cr_expect_float_eq(waiting.share, rows[i].share, 1e-12, "row %zu", i);
    }
}
#define EXPECT(...)                                                                                \
    do {                                                                                           \
        const struct row rows[] = {__VA_ARGS__};                                                   \
        expect(rows, sizeof(rows) / sizeof(rows[0]));                                              \
    } while (0)

Test(waiting, needs_no_cause_where_it_is_short) {
    EXPECT({0, 200, 200, 0, 10, 0, spread, 2, 0, WAIT_NONE},
        {9, 180, 180, 20, 2, 0, NULL, 2, 0.045, WAIT_NONE},
        {10, 180, 180, 20, 2, 0, NULL, 2, 0.05, WAIT_PLACEMENT});
}

/* 300 waits of 100 us, or 301 shorter ones. */
Test(waiting, is_waking_up_where_each_wait_is_short) {
    EXPECT({30, 100, 100, 100, 30, 0, NULL, 2, 0.15, WAIT_PLACEMENT},
        {30, 100, 100, 100, 31, 0, NULL, 2, 0.15, WAIT_NONE});
}

Test(waiting, beside_an_idle_cpu_is_of_the_placement) {
    EXPECT({76, 120, 122, 78, 5, 0, NULL, 2, 0.38, WAIT_PLACEMENT},
        {76, 120, 122, 78, 5, 0, any, 2, 0.38, WAIT_PLACEMENT},
        {76, 120, 122, 78, 5, 0, same, 2, 0.38, WAIT_PLACEMENT},
        {76, 120, 160, 37, 5, 0, any, 2, 0.38, WAIT_OTHERS});
}

Test(waiting, of_workers_with_cpus_of_their_own_is_of_other_programs) {
    EXPECT({48, 110, 200, 0, 5, 0, spread, 2, 0.24, WAIT_OTHERS},
        {48, 110, 160, 48, 5, 0, spread, 2, 0.24, WAIT_OTHERS},
        {48, 110, 160, 48, 5, 0, same, 2, 0.24, WAIT_OTHERS});
    EXPECT({48, 110, 110, 48, 5, 0, spread, 2, 0.24, WAIT_UNKNOWN},
        {48, 110, 110, 0, 5, 0, any, 2, 0.24, WAIT_UNKNOWN});
}

Test(waiting, of_more_workers_than_cpus_is_expected) {
    EXPECT({100, 200, 200, 0, 5, 0, any, 3, 1.0 / 3, WAIT_WORKERS},
        {100, 100, 100, 100, 5, 0, any, 3, 1.0 / 3, WAIT_WORKERS});
}

Test(waiting, for_a_quota_is_not_of_the_placement) {
    EXPECT({76, 120, 122, 78, 5, 1, NULL, 2, 0.38, WAIT_QUOTA});
}

Test(waiting, of_unknown_length_has_no_cause) {
    EXPECT({-1, 120, 122, 78, -1, 0, NULL, 2, NAN, WAIT_NONE});
}

/* Partners make the sample's CPU time unknown. */
Test(waiting, is_not_of_what_is_unknown) {
    EXPECT({48, -1, 200, 0, 5, 0, spread, 2, 0.24, WAIT_UNKNOWN},
        {48, 110, -1, -1, 5, 0, NULL, 2, 0.24, WAIT_UNKNOWN},
        {48, -1, 122, 78, 5, 0, NULL, 2, 0.24, WAIT_PLACEMENT});
}

Test(waiting, says_how_many_cpus_others_kept_busy) {
    struct row row = {48, 110, 200, 0, 5, 0, spread, 2, 0.24, WAIT_OTHERS};

    cr_expect_float_eq(judge(&row).others, 0.9, 1e-12);
    row.cpu = -1;
    cr_expect(isnan(judge(&row).others));
}

Test(waiting, is_of_valid_samples_that_have_counters) {
    struct fixture *fixture = fixture_new(SAMPLES);
    struct sample *samples = fixture->results[GCD_THREADS].samples;

    cr_expect(isnan(waiting_of(&fixture->session, GCD_THREADS).share));
    samples[0].timed = (struct timed){.elapsed_ns = 10 * MS, .no_cpu_ns = 4 * MS};
    samples[1].timed = (struct timed){.elapsed_ns = 10 * MS, .no_cpu_ns = 20 * MS};
    samples[1].failure = "killed";
    cr_expect_float_eq(waiting_of(&fixture->session, GCD_THREADS).share, 0.2, 1e-12);
    fixture_free(fixture);
}
