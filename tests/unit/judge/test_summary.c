/* SPDX-License-Identifier: MIT */
#include "summary.h"

#include <criterion/criterion.h>
#include <math.h>

#include "fixture_session.h"

#define MS 1e6

static struct fixture *fixture;

static void setup(void) {
    fixture = fixture_new(10);
}

static void teardown(void) {
    fixture_free(fixture);
}

TestSuite(summary, .init = setup, .fini = teardown);

static struct sample *sample_at(size_t index, size_t round) {
    return &fixture->results[index].samples[round];
}

Test(summary, takes_medians_of_the_samples) {
    struct case_result *result = &fixture->results[GCD_SERIAL];

    for (size_t i = 0; i < result->sample_count; i++) {
        result->samples[i] = (struct sample){
            .round = (int)i,
            .startup_ns = 100 + (int64_t)i,
            .run_ns = 1000 + 10 * (double)i,
            .shutdown_ns = 50,
            .elapsed_ns = 2000,
            .user_ns = 1500,
            .system_ns = 500 + 20 * (int64_t)i,
            .max_rss_bytes = 4096 * (int64_t)(10 - i),
            .voluntary_switches = 3,
            .involuntary_switches = (int64_t)i,
        };
    }
    struct session_summary *summary = summarize(&fixture->session);
    const struct case_summary *figures = &summary->cases[GCD_SERIAL];
    cr_expect_eq(figures->valid, 10);
    cr_expect_eq(figures->failed, 0);
    cr_expect_null(figures->first_failure);
    cr_expect_float_eq(figures->startup_ns, 104.5, 1e-9);
    cr_expect_float_eq(figures->run_ns, 1045, 1e-9);
    cr_expect_float_eq(figures->shutdown_ns, 50, 1e-9);
    cr_expect_float_eq(figures->time_ns, 1199.5, 1e-9);
    cr_expect_float_eq(figures->time_interval.low, 1161, 1e-9);
    cr_expect_float_eq(figures->time_interval.high, 1238, 1e-9);
    cr_expect_float_eq(figures->run_interval.low, 1010, 1e-9);
    cr_expect_float_eq(figures->cpu_share, 1.045, 1e-9);
    cr_expect_float_eq(figures->switches, 7.5, 1e-9);
    cr_expect_float_eq(figures->max_rss_bytes, 40960, 1e-9);
    session_summary_free(summary);
}

Test(summary, leaves_failed_samples_out) {
    sample_at(GCD_THREADS, 2)->failure = "second";
    sample_at(GCD_THREADS, 1)->failure = "first";
    sample_at(GCD_THREADS, 1)->run_ns = 1e15;
    sample_at(GCD_THREADS, 1)->max_rss_bytes = INT64_C(1) << 50;
    struct session_summary *summary = summarize(&fixture->session);
    const struct case_summary *figures = &summary->cases[GCD_THREADS];

    cr_expect_eq(figures->valid, 8);
    cr_expect_eq(figures->failed, 2);
    cr_expect_str_eq(figures->first_failure, "first");
    cr_expect_lt(figures->time_interval.high, 1e9);
    cr_expect_lt(figures->max_rss_bytes, 1e9);
    cr_expect(summary->any_failed);
    session_summary_free(summary);
}

Test(summary, knows_nothing_of_a_case_without_samples) {
    struct session_summary *summary = summarize(&fixture->session);
    const struct case_summary *figures = &summary->cases[NOOP_PROCESSES];

    cr_expect_eq(figures->valid + figures->failed, 0);
    cr_expect(isnan(figures->time_ns));
    cr_expect(isnan(figures->cpu_share));
    cr_expect(isnan(figures->max_rss_bytes));
    cr_expect(isnan(figures->speedup.value));
    cr_expect_not(interval_known(figures->time_interval));
    cr_expect(summary->any_failed);
    session_summary_free(summary);
}

Test(summary, gives_no_interval_for_five_rounds) {
    struct fixture *small = fixture_new(5);
    struct session_summary *summary = summarize(&small->session);

    cr_expect_not(interval_known(summary->cases[GCD_SERIAL].time_interval));
    cr_expect_not(interval_known(summary->cases[GCD_THREADS].speedup.interval));
    cr_expect_not(isnan(summary->cases[GCD_THREADS].speedup.value));
    /* Cases that cannot be separated are tied. */
    cr_expect(summary->sections[0].tied[GCD_COROUTINES]);
    session_summary_free(summary);
    fixture_free(small);
}

/* Both slow down threefold over the session; within each round the ratio is 2. */
Test(summary, pairs_rounds_so_that_drift_cancels) {
    for (size_t i = 0; i < 10; i++) {
        double drift = 1 + 0.2 * (double)i;
        *sample_at(GCD_SERIAL, i) = (struct sample){.round = (int)i, .run_ns = 200 * MS * drift};
        *sample_at(GCD_THREADS, i) = (struct sample){.round = (int)i, .run_ns = 100 * MS * drift};
    }
    struct estimate ratio =
        paired_ratio(&fixture->results[GCD_SERIAL], &fixture->results[GCD_THREADS], CONFIDENCE);

    cr_expect_float_eq(ratio.value, 2, 1e-12);
    cr_expect_float_eq(ratio.interval.low, 2, 1e-12);
    cr_expect_float_eq(ratio.interval.high, 2, 1e-12);
}

/* Round i of one is i + 2 times that of the other; rounds 0, 3 and 9 have no pair. */
Test(summary, pairs_only_rounds_in_which_both_are_valid) {
    struct case_result *over = &fixture->results[GCD_SERIAL];
    struct case_result *under = &fixture->results[GCD_THREADS];

    for (size_t i = 0; i < 10; i++) {
        over->samples[i] = (struct sample){.round = (int)i, .run_ns = MS * (double)(i + 2)};
        under->samples[i] = (struct sample){.round = (int)i, .run_ns = MS};
    }
    over->samples[0].failure = "failed";
    under->samples[3].failure = "failed";
    under->sample_count = 9;
    struct estimate ratio = paired_ratio(over, under, CONFIDENCE);

    cr_expect_float_eq(ratio.value, 7, 1e-9); /* of 3 4 6 7 8 9 10 */
    cr_expect_float_eq(ratio.interval.low, 3, 1e-9);
    cr_expect_float_eq(ratio.interval.high, 10, 1e-9);
}

/* Samples of one round that two sessions measured, one of which resumed the other. */
Test(summary, pairs_only_samples_of_one_session) {
    struct case_result *over = &fixture->results[GCD_SERIAL];
    struct case_result *under = &fixture->results[GCD_THREADS];

    for (size_t i = 0; i < 10; i++) {
        over->samples[i] = (struct sample){.round = (int)i, .run_ns = MS * 3, .session = i > 5};
        under->samples[i] = (struct sample){.round = (int)i, .run_ns = MS, .session = i > 4};
    }
    over->samples[5].run_ns = MS * 1000;
    struct estimate ratio = paired_ratio(over, under, CONFIDENCE);

    cr_expect_float_eq(ratio.value, 3, 1e-9);
    cr_expect_float_eq(ratio.interval.high, 3, 1e-9);
}

Test(summary, finds_the_rounds_of_a_case_that_began_late) {
    struct case_result *over = &fixture->results[GCD_SERIAL];
    struct case_result *under = &fixture->results[GCD_THREADS];

    fixture_set_times(fixture, GCD_SERIAL, 30 * MS, 0);
    fixture_set_times(fixture, GCD_THREADS, 10 * MS, 0);
    over->samples[5].run_ns = 90 * MS;
    under->samples += 5;
    under->sample_count = 1;
    cr_expect_float_eq(paired_ratio(over, under, CONFIDENCE).value, 9, 1e-9);
    cr_expect_float_eq(paired_ratio(under, over, CONFIDENCE).value, 1.0 / 9, 1e-9);
}

Test(summary, compares_with_the_serial_case) {
    fixture_set_times(fixture, GCD_SERIAL, 300 * MS, 0.01);
    fixture_set_times(fixture, GCD_THREADS, 100 * MS, 0.01);
    struct session_summary *summary = summarize(&fixture->session);

    cr_expect_float_eq(summary->cases[GCD_SERIAL].speedup.value, 1, 1e-12);
    cr_expect_float_eq(summary->cases[GCD_THREADS].speedup.value, 3, 1e-9);
    cr_expect_float_eq(summary->cases[GCD_THREADS].efficiency, 1.5, 1e-9);
    /* More workers than CPUs: the CPUs count. */
    fixture->cases[GCD_THREADS].workers = 8;
    session_summary_free(summary);
    summary = summarize(&fixture->session);
    cr_expect_float_eq(summary->cases[GCD_THREADS].efficiency, 1.5, 1e-9);
    fixture->cases[GCD_THREADS].workers = 1;
    session_summary_free(summary);
    summary = summarize(&fixture->session);
    cr_expect_float_eq(summary->cases[GCD_THREADS].efficiency, 3, 1e-9);
    session_summary_free(summary);
}

Test(summary, knows_efficiency_only_where_serial_keeps_a_cpu_busy) {
    struct session_summary *summary = summarize(&fixture->session);

    cr_expect_not(isnan(summary->cases[SLEEP_THREADS].speedup.value));
    cr_expect(isnan(summary->cases[SLEEP_THREADS].efficiency));
    cr_expect(isnan(summary->cases[NOOP_THREADS].speedup.value)); /* no serial case at all */
    session_summary_free(summary);
}

Test(summary, finds_the_fastest_and_what_cannot_be_told_from_it) {
    fixture_set_times(fixture, GCD_THREADS, 100 * MS, 0.01);
    fixture_set_times(fixture, GCD_CHUNK, 100.3 * MS, -0.01);
    fixture_set_times(fixture, GCD_PROCESSES, 103 * MS, 0.01);
    fixture_set_times(fixture, GCD_CONTROL, 90 * MS, 0.01);
    struct session_summary *summary = summarize(&fixture->session);
    const struct section_summary *found = &summary->sections[0];

    cr_expect_eq(found->fastest, GCD_THREADS);
    cr_expect_eq(found->tied_count, 1);
    cr_expect(found->tied[GCD_CHUNK]);
    cr_expect_not(found->tied[GCD_THREADS]);
    cr_expect_not(found->tied[GCD_PROCESSES]);
    cr_expect_not(found->tied[GCD_CONTROL]);
    cr_expect_float_eq(found->control.value, 0.9, 1e-9);
    session_summary_free(summary);
}

Test(summary, never_calls_a_case_the_fastest_that_fails_now_and_then) {
    fixture_set_times(fixture, GCD_THREADS, 100 * MS, 0.01);
    fixture_set_times(fixture, GCD_PROCESSES, 50 * MS, 0.01); /* some of its samples failed */
    fixture_set_times(fixture, GCD_CHUNK, 100.3 * MS, -0.01);
    sample_at(GCD_CHUNK, 0)->failure = "once";
    struct session_summary *summary = summarize(&fixture->session);

    cr_expect_eq(summary->sections[0].fastest, GCD_THREADS);
    cr_expect_eq(summary->sections[0].tied_count, 0);
    session_summary_free(summary);
}

Test(summary, has_no_fastest_where_nothing_is_valid) {
    for (size_t i = NOOP_THREADS; i <= NOOP_PROCESSES; i++)
        fixture->results[i].sample_count = 0;
    struct session_summary *summary = summarize(&fixture->session);

    cr_expect_eq(summary->sections[2].fastest, -1);
    cr_expect_eq(summary->sections[2].tied_count, 0);
    cr_expect(isnan(summary->sections[2].control.value));
    session_summary_free(summary);
}

Test(summary, frees_null) {
    session_summary_free(NULL);
}
