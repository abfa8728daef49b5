/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "fixture_session.h"

#define FIELDS 34

static struct fixture *fixture;
static char *text;

static void setup(void) {
    fixture = fixture_new(10);
}

static void teardown(void) {
    free(text);
    fixture_free(fixture);
}

TestSuite(report_csv, .init = setup, .fini = teardown);

/* Reads a field of RFC 4180 in place. Returns the character that ends it, and moves *at after
 * it. */
static char next_field(char **at, const char **ret_field) {
    char *in = *at, *out = in;
    bool quoted = *in == '"';

    *ret_field = in;
    in += quoted;
    while (*in && (quoted || (*in != ',' && *in != '\n'))) {
        if (quoted && *in == '"') {
            if (in[1] != '"') {
                in++;
                break;
            }
            in++;
        }
        cr_assert(quoted || *in != '"', "a quote within a bare field");
        *out++ = *in++;
    }
    char end = *in;
    cr_assert(end == ',' || end == '\n', "a field ends in %d", end);
    *at = in + 1;
    *out = '\0';
    return end;
}

struct row {
    const char *fields[FIELDS];
};

static struct row next_row(char **at) {
    struct row row;

    for (size_t i = 0; i < FIELDS; i++) {
        char end = next_field(at, &row.fields[i]);
        cr_assert_eq(end == '\n', i == FIELDS - 1, "field %zu: %s", i, row.fields[i]);
    }
    return row;
}

/* The row of a sample. */
static struct row find_row(size_t index, size_t round) {
    char *at;
    struct row row;

    text = fixture_emit(fixture, "csv", &(struct report_style){0});
    at = text;
    row = next_row(&at);
    for (size_t i = 0; i < index; i++) {
        for (size_t j = 0; j < fixture->results[i].sample_count; j++)
            row = next_row(&at);
    }
    for (size_t j = 0; j <= round; j++)
        row = next_row(&at);
    return row;
}

Test(report_csv, has_a_row_for_every_sample) {
    size_t rows = 0, samples = 0;

    text = fixture_emit(fixture, "csv", &(struct report_style){0});
    char *at = text;
    struct row heading = next_row(&at);
    cr_expect_str_eq(heading.fields[0], "case");
    cr_expect_str_eq(heading.fields[11], "run_ns");
    cr_expect_str_eq(heading.fields[23], "failure");
    cr_expect_str_eq(heading.fields[24], "timed_elapsed_ns");
    cr_expect_str_eq(heading.fields[25], "timed_no_cpu_ns");
    cr_expect_str_eq(heading.fields[33], "timed_throttled_periods");
    for (; *at; rows++)
        next_row(&at);
    for (size_t i = 0; i < FIXTURE_CASES; i++)
        samples += fixture->results[i].sample_count;
    cr_expect_eq(rows, samples);
}

Test(report_csv, has_the_case_and_the_numbers) {
    static const char *const expected[] = {"noop/coroutines/1/concurrency=100000/stack=128KiB",
        "noop", "", "coroutines", "concurrency=100000 stack=128KiB", "1", "1000000", "3", "2", "11",
        "50", "0.33333333333333331", "13", "14", "15", "16", "17", "18", "19", "20", "21", "22",
        "23", "", "1000", "24", "25", "", "2", "26", "27", "28", "0", ""};

    fixture->results[NOOP_COROUTINES].passes = 3;
    fixture->results[NOOP_COROUTINES].samples[2] = (struct sample){
        .round = 2,
        .startup_ns = 11,
        .warmup_ns = 50,
        .run_ns = 1.0 / 3,
        .shutdown_ns = 13,
        .elapsed_ns = 14,
        .user_ns = 15,
        .system_ns = 16,
        .max_rss_bytes = 17,
        .voluntary_switches = 18,
        .involuntary_switches = 19,
        .minor_faults = 20,
        .major_faults = 21,
        .partner_cpu_ns = 22,
        .errors = 23,
        .timed = {1000, 24, 25, -1, 2, 26, 27, 28, 0, -1},
    };
    struct row row = find_row(NOOP_COROUTINES, 2);
    for (size_t i = 0; i < FIELDS; i++)
        cr_expect_str_eq(row.fields[i], expected[i], "field %zu: %s", i, row.fields[i]);
}

Test(report_csv, quotes_what_would_break_a_row) {
    fixture->results[GCD_PROCESSES].samples[1].failure = "said \"no\",\ntwice";
    struct row row = find_row(GCD_PROCESSES, 1);
    cr_expect_str_eq(row.fields[23], "said \"no\",\ntwice");
}

Test(report_csv, gives_no_times_for_a_failed_sample) {
    struct row row = find_row(GCD_PROCESSES, 0);

    for (size_t i = 9; i <= 13; i++)
        cr_expect_str_eq(row.fields[i], "", "field %zu", i);
    cr_expect_str_eq(row.fields[22], "1");
    cr_expect_not_null(strstr(row.fields[23], "killed by signal 9"));
}

Test(report_csv, says_why_a_case_is_impossible) {
    fixture->cases[GCD_THREADS].impossible = "threads cannot start tasks";
    fixture->results[GCD_THREADS].sample_count = 0;
    struct row row = find_row(GCD_THREADS, 0);

    cr_expect_str_eq(row.fields[3], "threads");
    for (size_t i = 7; i <= 22; i++)
        cr_expect_str_eq(row.fields[i], "", "field %zu", i);
    cr_expect_str_eq(row.fields[23], "n/a: threads cannot start tasks");
    for (size_t i = 24; i < FIELDS; i++)
        cr_expect_str_eq(row.fields[i], "", "field %zu", i);
}
