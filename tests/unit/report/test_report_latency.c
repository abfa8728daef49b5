/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "fixture_session.h"

static struct fixture *fixture;
static char *text;

static void setup(void) {
    fixture = fixture_new(10);
    fixture_time_jobs(fixture);
}

static void teardown(void) {
    free(text);
    fixture_free(fixture);
}

TestSuite(report_latency, .init = setup, .fini = teardown);

Test(report_latency, has_a_table_under_each_section) {
    text = fixture_emit(fixture, "table", &(struct report_style){.width = 100});
    fixture_check_golden("latency-100.txt", text);
}

Test(report_latency, is_in_markdown) {
    text = fixture_emit(fixture, "markdown", &(struct report_style){0});
    fixture_check_golden("latency.md", text);
}

Test(report_latency, is_empty_in_csv_for_a_failed_sample) {
    text = fixture_emit(fixture, "csv", &(struct report_style){0});
    cr_expect_not_null(strstr(text, "timed_throttled_periods,latency_jobs,latency_p50_ns,"));
    cr_expect_not_null(strstr(text, "suspended_ns,recording_ns\n"));
    cr_expect_not_null(strstr(text, "see the system's log,,,,,,,,,,,,,,,,,,,,\n"));
    cr_expect_not_null(strstr(text, ",142857142.85714287,61.5\n"));
}

/* The share of the time of a job: 61.5 ns of 41.7 ms / 1000000. */
Test(report_latency, says_where_recording_takes_much_time) {
    text = fixture_emit(fixture, "table", &(struct report_style){0});
    cr_expect_not_null(strstr(text, "recording: takes up to 100% of a job's time"));
    const char *first = strstr(text, "recording: ");
    cr_expect_null(strstr(first + 1, "recording: "), "only noop is that short:\n%s", text);
}

Test(report_latency, says_which_jobs_are_missing) {
    static const char *const formats[] = {"table", "markdown"};

    fixture->results[GCD_THREADS].samples[3].latency.lost = 2;
    fixture->results[GCD_THREADS].samples[4].latency.lost = 5;
    for (size_t i = 0; i < 2; i++) {
        free(text);
        text = fixture_emit(fixture, formats[i], &(struct report_style){0});
        cr_expect_not_null(strstr(text, " 7 jobs of gcd/threads/2 were not recorded"), "%s", text);
    }
    free(text);
    text = fixture_emit(fixture, "json", &(struct report_style){0});
    cr_expect_not_null(strstr(text, "\"lost\": 5"));
}

Test(report_latency, is_left_out_by_default) {
    for (size_t i = 0; i < FIXTURE_CASES; i++)
        for (size_t j = 0; j < fixture->results[i].sample_count; j++)
            fixture->results[i].samples[j].latency = (struct latency){0};
    text = fixture_emit(fixture, "json", &(struct report_style){0});
    cr_expect_null(strstr(text, "latency"));
}
