/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "fixture_session.h"

static struct fixture *fixture;
static json_t *root;

static void setup(void) {
    fixture = fixture_new(10);
}

static void teardown(void) {
    json_decref(root);
    root = NULL;
    fixture_free(fixture);
}

TestSuite(report_json, .init = setup, .fini = teardown);

static void parse(void) {
    char *text = fixture_emit(fixture, "json", &(struct report_style){0});
    json_error_t error;

    root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    cr_assert_not_null(root, "%s in:\n%s", error.text, text);
    free(text);
}

static const json_t *case_value(size_t index) {
    return json_array_get(json_object_get(root, "cases"), index);
}

static const json_t *sample_value(size_t index, size_t round) {
    return json_array_get(json_object_get(case_value(index), "samples"), round);
}

static void expect_keys(const json_t *object, const char *const *keys) {
    size_t count = 0;

    for (; keys[count]; count++)
        cr_expect_not_null(json_object_get(object, keys[count]), "no '%s'", keys[count]);
    cr_expect_eq(json_object_size(object), count);
}

Test(report_json, has_the_keys_of_its_schema) {
    static const char *const root_keys[] = {"schema", "pconc", "seed", "environment", "plan",
        "rounds_done", "interrupted_by", "interference", "parameters", "warnings", "sections",
        "cases", NULL};
    static const char *const case_keys[] = {"id", "name", "workload", "plugin", "params",
        "executor", "variant", "pool", "workers", "jobs", "prepare", "cleanup", "threshold",
        "is_baseline", "twin_of", "impossible", "passes", "given_up", "samples", "summary", NULL};
    static const char *const sample_keys[] = {"round", "failure", "startup_ns", "warmup_ns",
        "run_ns", "shutdown_ns", "elapsed_ns", "user_ns", "system_ns", "max_rss_bytes",
        "voluntary_switches", "involuntary_switches", "minor_faults", "major_faults",
        "partner_cpu_ns", "errors", NULL};

    parse();
    expect_keys(root, root_keys);
    cr_expect_eq(json_integer_value(json_object_get(root, "schema")), 1);
    cr_expect_str_eq(json_string_value(json_object_get(root, "pconc")), "0.1.0");
    cr_assert_eq(json_array_size(json_object_get(root, "cases")), FIXTURE_CASES);
    for (size_t i = 0; i < FIXTURE_CASES; i++) {
        const json_t *samples = json_object_get(case_value(i), "samples");
        expect_keys(case_value(i), case_keys);
        cr_expect_eq(json_array_size(samples), fixture->results[i].sample_count);
        for (size_t j = 0; j < json_array_size(samples); j++)
            expect_keys(sample_value(i, j), sample_keys);
    }
}

Test(report_json, keeps_samples_to_the_last_bit) {
    fixture->results[GCD_THREADS].samples[4].run_ns = 1e9 / 3;
    fixture->results[GCD_THREADS].samples[4].user_ns = INT64_MAX;
    parse();
    const json_t *sample = sample_value(GCD_THREADS, 4);
    cr_expect_eq(json_integer_value(json_object_get(sample, "round")), 4);
    cr_expect(json_is_real(json_object_get(sample, "run_ns")));
    cr_expect_eq(json_real_value(json_object_get(sample, "run_ns")), 1e9 / 3);
    cr_expect_eq(json_integer_value(json_object_get(sample, "user_ns")), INT64_MAX);
    cr_expect(json_is_null(json_object_get(sample, "failure")));
}

Test(report_json, gives_no_times_for_a_failed_sample) {
    parse();
    const json_t *sample = sample_value(GCD_PROCESSES, 0);
    cr_expect_not_null(
        strstr(json_string_value(json_object_get(sample, "failure")), "killed by signal 9"));
    cr_expect(json_is_null(json_object_get(sample, "run_ns")));
    cr_expect(json_is_null(json_object_get(sample, "startup_ns")));
    cr_expect_eq(json_integer_value(json_object_get(sample, "errors")), 1);
}

Test(report_json, says_why_a_case_is_impossible) {
    fixture->cases[GCD_THREADS].impossible = "threads cannot start tasks";
    parse();
    cr_expect_str_eq(json_string_value(json_object_get(case_value(GCD_THREADS), "impossible")),
        "threads cannot start tasks");
    cr_expect(json_is_null(json_object_get(case_value(GCD_SERIAL), "impossible")));
}

Test(report_json, writes_parameters_in_their_own_types) {
    fixture->cases[SLEEP_THREADS].params[1].number = 1;
    fixture->cases[SLEEP_THREADS].params[2].text = "a \"b\"\n\xc3\xa9";
    parse();
    const json_t *params = json_object_get(case_value(SLEEP_THREADS), "params");
    cr_expect_eq(json_integer_value(json_object_get(params, "duration")), 1000000000);
    cr_expect(json_is_true(json_object_get(params, "blocking")));
    cr_expect_str_eq(json_string_value(json_object_get(params, "note")), "a \"b\"\n\xc3\xa9");
    const json_t *pool = json_object_get(case_value(NOOP_COROUTINES), "pool");
    cr_expect_eq(json_integer_value(json_object_get(pool, "concurrency")), 100000);
    cr_expect_eq(json_integer_value(json_object_get(pool, "stack")), 131072);
}

Test(report_json, summarizes_with_null_for_what_is_unknown) {
    parse();
    const json_t *summary = json_object_get(case_value(GCD_THREADS), "summary");
    const json_t *interval = json_object_get(summary, "time_interval_ns");
    double time = json_real_value(json_object_get(summary, "time_ns"));
    cr_expect_geq(time, json_real_value(json_array_get(interval, 0)));
    cr_expect_leq(time, json_real_value(json_array_get(interval, 1)));
    cr_expect_float_eq(json_real_value(json_object_get(summary, "efficiency")), 0.99, 0.01);
    summary = json_object_get(case_value(NOOP_PROCESSES), "summary");
    cr_expect(json_is_null(json_object_get(summary, "time_ns")));
    cr_expect(json_is_null(json_object_get(summary, "time_interval_ns")));
    cr_expect(json_is_null(json_object_get(summary, "speedup")));
    const json_t *environment = json_object_get(root, "environment");
    cr_expect(json_is_null(json_object_get(environment, "governor")));
    cr_expect(json_is_null(json_object_get(environment, "cpu_quota")));
}

Test(report_json, names_sections_by_the_ids_of_their_cases) {
    parse();
    const json_t *section = json_array_get(json_object_get(root, "sections"), 0);
    const json_t *control = json_object_get(section, "control");
    cr_expect_str_eq(json_string_value(json_object_get(section, "fastest")), "gcd/threads/2");
    cr_expect_str_eq(json_string_value(json_object_get(section, "baseline")), "gcd/serial/1");
    cr_expect_str_eq(json_string_value(json_object_get(control, "twin_of")), "gcd/threads/2");
    cr_expect_eq(json_array_size(json_object_get(section, "cases")), 6);
    section = json_array_get(json_object_get(root, "sections"), 2);
    cr_expect(json_is_null(json_object_get(section, "baseline")));
    cr_expect(json_is_null(json_object_get(section, "control")));
}

Test(report_json, writes_a_seed_beyond_its_integers_as_text) {
    fixture->plan.seed = UINT64_MAX;
    parse();
    cr_expect_str_eq(json_string_value(json_object_get(root, "seed")), "18446744073709551615");
    json_decref(root);
    fixture->plan.seed = INT64_MAX;
    parse();
    cr_expect_eq(json_integer_value(json_object_get(root, "seed")), INT64_MAX);
}

Test(report_json, stays_valid_with_invalid_text) {
    fixture->results[GCD_PROCESSES].samples[0].failure = "bad \xff byte";
    fixture->session.interrupted_by = 15;
    parse();
    cr_expect_str_eq(json_string_value(json_object_get(sample_value(GCD_PROCESSES, 0), "failure")),
        "bad ? byte");
    cr_expect_eq(json_integer_value(json_object_get(root, "interrupted_by")), 15);
}

/* tests/cli checks the file against the schema and prints it again. */
Test(report_json, prints_what_it_printed_before) {
    char *text = fixture_emit(fixture, "json", &(struct report_style){0});

    fixture_check_golden("result.json", text);
    free(text);
}

Test(report_json, is_the_same_every_time) {
    char *first = fixture_emit(fixture, "json", &(struct report_style){0});
    char *second = fixture_emit(fixture, "json", &(struct report_style){0});

    cr_expect_str_eq(first, second);
    cr_expect_eq(strncmp(first, "{\n  \"schema\": 1,\n", 17), 0);
    free(first);
    free(second);
}
