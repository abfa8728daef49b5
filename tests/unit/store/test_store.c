/* SPDX-License-Identifier: MIT */
#include "store.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture_store.h"
#include "json.h"

static struct fixture *fixture;
static char path[] = STORE_PATH;

static void setup(void) {
    fixture = fixture_new(10);
    store_path_make(path);
}

static void teardown(void) {
    (void)unlink(path);
    fixture_free(fixture);
}

TestSuite(store, .init = setup, .fini = teardown);

static void write_text(const char *text, size_t size) {
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(text, 1, size, file), size);
    cr_assert_eq(fclose(file), 0);
}

static char *emit_stored(const struct stored *stored, const char *format) {
    const struct report_style style = {.width = 0};
    struct diag diag = {0};
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    cr_assert_not_null(out);
    int code = report_print(
        out, report_format_find(format), stored->session, stored->summary, &style, &diag);
    cr_assert_eq(fclose(out), 0);
    cr_assert_eq(code, 0, "%s", diag.text);
    return text;
}

/* A result that was written and read prints the same in every format. */
static void expect_round_trip(void) {
    char *json = fixture_emit(fixture, "json", &(struct report_style){0});
    struct stored *stored = NULL;
    struct diag diag = {0};

    write_text(json, strlen(json));
    cr_assert_eq(store_load(path, &stored, &diag), 0, "%s", diag.text);
    for (size_t i = 0; report_formats[i]; i++) {
        const char *name = report_formats[i]->name;
        char *before = fixture_emit(fixture, name, &(struct report_style){0});
        char *after = emit_stored(stored, name);
        cr_expect_str_eq(after, before, "%s differs:\n%s", name, after);
        free(after);
        free(before);
    }
    store_free(stored);
    free(json);
}

Test(store, prints_what_was_saved_as_it_was) {
    expect_round_trip();
}

Test(store, keeps_extremes) {
    struct sample *sample = &fixture->results[GCD_THREADS].samples[4];

    fixture->plan.seed = UINT64_MAX;
    fixture->plan.warmup = WARMUP_AUTO;
    sample->warmup_runs = FIGURE_MAX;
    sample->unsteady = true;
    fixture->session.interrupted_by = 2;
    fixture->session.rounds_done = 3;
    fixture->session.environment = (struct environment){.usable_cpus = 1, .cpu_quota = 1.0 / 3};
    fixture->cases[SLEEP_THREADS].params[1].number = 1;
    fixture->cases[SLEEP_THREADS].params[2].text = "a \"b\"\n\xc3\xa9";
    sample->run_ns = 1e9 / 3;
    sample->user_ns = FIGURE_MAX;
    sample->minor_faults = 0;
    fixture->results[GCD_PROCESSES].samples[0].round = -1;
    expect_round_trip();
}

/* Two plug-ins may have a workload of the same name with other parameters. */
Test(store, keeps_plug_ins_with_workloads_of_one_name_apart) {
    static const struct param newer[] = {
        {.name = "size", .type = PARAM_SIZE, .default_text = "64KiB", .max = INT64_MAX},
        {.name = "more", .type = PARAM_BOOL, .default_text = "true"},
        {.name = NULL},
    };
    static const struct workload gcd = {.name = "gcd", .params = newer};
    static const struct plugin base = {.path = "./base.so"}, head = {.path = "a:b/head.so"};

    for (size_t i = GCD_SERIAL; i <= GCD_CONTROL; i++)
        fixture->cases[i].plugin = &base;
    fixture->cases[NOOP_PROCESSES].plugin = &head;
    fixture->cases[NOOP_PROCESSES].workload = &gcd;
    fixture->cases[NOOP_PROCESSES].params[0].number = 4096;
    fixture->cases[NOOP_PROCESSES].prepare = "make \"quiet\"";
    fixture->cases[NOOP_PROCESSES].cleanup = "rm x";
    expect_round_trip();
}

Test(store, keeps_latencies) {
    fixture_time_jobs(fixture);
    expect_round_trip();
}

/* What was 0 and what is not known stay apart. */
Test(store, keeps_what_happened_in_the_timed_runs) {
    struct sample *samples = fixture->results[GCD_THREADS].samples;

    for (size_t i = 0; i < fixture->results[GCD_THREADS].sample_count; i++)
        samples[i].timed = (struct timed){10000000, 7500000, 12, 0, 2, 0, 20000000, 0, 0, 0};
    samples[2].timed = (struct timed){10000000, -1, -1, -1, -1, -1, -1, -1, -1, -1};
    fixture->session.interference.others_share = NAN;
    expect_round_trip();
    samples[2].timed = samples[1].timed;
    expect_round_trip();
}

Test(store, keeps_a_case_without_samples) {
    fixture->results[GCD_SERIAL].sample_count = 0;
    expect_round_trip();
}

Test(store, reads_the_first_file_of_schema_1) {
    struct stored *stored = NULL;
    struct store_verification check;
    struct diag diag = {0};

    int code = store_load(TESTS_DATA_DIR "/results/schema-1.json", &stored, &diag);
    cr_assert_eq(code, 0, "%s", diag.text);
    cr_expect_eq(stored->plan->seed, UINT64_MAX);
    cr_expect_eq(stored->plan->case_count, 9);
    cr_expect_str_eq(stored->plan->cases[4].workload->name, "gcd");
    cr_expect_str_eq(stored->plan->cases[4].name, "wrong");
    cr_expect_eq(stored->session->results[4].given_up, true);
    cr_expect_not_null(stored->session->results[4].samples[0].failure);
    cr_expect_eq(stored->plan->sections[2].control, 8);
    cr_assert_eq(store_verify(stored, &check, &diag), 0);
    cr_expect_eq(check.differing, 0);
    cr_expect_not_null(check.other); /* another build wrote it */
    cr_expect_gt(check.compared, 100);
    store_free(stored);
}

Test(store, says_which_value_is_wrong) {
    static const struct spoil spoils[] = {
        {"seed", NULL, "'seed' is missing"},
        {"seed", "-1", "'seed' is -1, not within 0.."},
        {"seed", "1.5", "'seed' is not a whole number"},
        {"seed", "\"18446744073709551616\"", "'seed' is not a number of 64 bits"},
        {"seed", "\"0x1\"", "'seed' is not a number of 64 bits"},
        {"pconc", "7", "'pconc' is not a text"},
        {"pconc", "\"0123456789012345678901234567890123456789\"", "'pconc' is longer than 31"},
        {"more", "1", "'more' is unknown"},
        {"environment", "[]", "'environment' is not an object"},
        {"environment/kernel", "1", "'environment.kernel' is not a text"},
        {"environment/usable_cpus", "0", "'environment.usable_cpus' is 0, not within 1.."},
        {"environment/usable_cpus", "null", "'environment.usable_cpus' is not a whole number"},
        {"environment/load_before", "\"1\"", "'environment.load_before' is not a number"},
        {"environment/colour", "1", "'environment.colour' is unknown"},
        {"plan/rounds", "10001", "'plan.rounds' is 10001, not within 1..10000"},
        {"plan/timeout_ns", NULL, "'plan.timeout_ns' is missing"},
        {"rounds_done", "11", "'rounds_done' is 11, not within 0..10"},
        {"interrupted_by", "0", "'interrupted_by' is 0, not within 1..64"},
        {"interference/steal_share", "true", "'interference.steal_share' is not a number"},
        {"parameters/workloads/gcd", NULL, "'cases[0].workload' has no table in 'parameters'"},
        {"parameters/workloads/gcd/low/type", "\"colour\"", "is not the type of a parameter"},
        {"parameters/workloads/gcd/low/default", "\"red\"",
            "low' has a default that is not a count"},
        {"parameters/workloads/gcd/low/zero_word", NULL, "low.zero_word' is missing"},
        {"parameters/workloads/gcd/low", "3", "'parameters.workloads.gcd.low' is not an object"},
        {"parameters/executors", NULL, "'parameters.executors' is missing"},
        {"parameters/workloads/gcd/low", NULL, "'cases[0].params.low' is unknown"},
        {"warnings", NULL, "'warnings' is missing"},
        {"warnings", "\"none\"", "'warnings' is not an array"},
        {"cases", "{}", "'cases' is not an array"},
        {"cases", "[]", "'cases' is empty"},
        {"cases/1", "null", "'cases[1]' is not an object"},
        {"cases/1/id", "\"gcd/serial/1\"", "'cases[1]' has the id of another case"},
        {"cases/1/id", NULL, "'cases[1].id' is missing"},
        {"cases/1/workers", "0", "'cases[1].workers' is 0, not within 1.."},
        {"cases/1/jobs", "1e3", "'cases[1].jobs' is not a whole number"},
        {"cases/1/is_baseline", "1", "'cases[1].is_baseline' is neither true nor false"},
        {"cases/1/is_baseline", "true", "'sections[0]' and case 'gcd/threads/2' do not agree"},
        {"cases/1/params/low", "\"a\"", "'cases[1].params.low' is not a whole number"},
        {"cases/1/params/low", NULL, "'cases[1].params.low' is missing"},
        {"cases/1/pool/chunk", "null", "'cases[1].pool.chunk' is not a whole number"},
        {"cases/7/params/blocking", "0", "'cases[7].params.blocking' is neither true nor false"},
        {"cases/5/twin_of", "\"nobody\"", "'cases[5].twin_of' is not the id of a case"},
        {"cases/5/twin_of", "null", "'sections[0].control' names a case that is not a twin"},
        {"cases/5/twin_of", "\"slow-io/serial/1\"", "a twin of a case in another section"},
        {"cases/2/samples", "null", "'cases[2].samples' is not an array"},
        {"cases/2/samples/0/run_ns", NULL, "'cases[2].samples[0].run_ns' is missing"},
        {"cases/2/samples/0/run_ns", "null", "run_ns' is null, but the sample did not fail"},
        {"cases/2/samples/0/startup_ns", "-1", "'cases[2].samples[0].startup_ns' is -1, not"},
        {"cases/2/samples/0/failure", "\"x\"", "is a time, but the sample failed"},
        {"cases/2/samples/0/failure", "3", "'cases[2].samples[0].failure' is not a text"},
        {"cases/2/samples/3/round", "10", "'cases[2].samples[3]' is of round 10 of 10"},
        {"cases/2/samples/3/round", "2", "'cases[2].samples[3]' is not in the order of rounds"},
        {"cases/2/samples/0/round", "-1", "'cases[2].samples[0]' is of no round"},
        {"cases/2/samples/0/mood", "1", "'cases[2].samples[0].mood' is unknown"},
        {"cases/2/samples/0/latency", "3", "'cases[2].samples[0].latency' is not an object"},
        {"cases/2/samples/0/latency", "{\"jobs\": 1}", "latency.p50_ns' is missing"},
        {"comparison", "{}", "'comparison' has sections that are not A, B and a twin of A"},
        {"comparison", "1", "'comparison' is not an object"},
        {"cases/2/summary", NULL, "'cases[2].summary' is missing"},
        {"cases/2/summary", "1", "'cases[2].summary' is not an object"},
        {"sections", "[]", "'sections' is empty"},
        {"sections/2", NULL, "'sections' does not have the last cases"},
        {"sections/1/cases/0", "\"x\"", "'sections[1].cases[0]' is not the next case"},
        {"sections/1/cases", "[]", "'sections[1].cases' is empty"},
        {"sections/1/baseline", "\"gcd/serial/1\"",
            "'sections[1]' names a case of another section"},
        {"sections/0/control/id", "\"gcd/threads/2\"", "names a case that is not a twin"},
        {"sections/0/title", "null", "'sections[0].title' is not a text"},
    };

    for (size_t i = 0; i < sizeof(spoils) / sizeof(spoils[0]); i++) {
        struct stored *stored = NULL;
        struct diag diag = {0};
        json_t *root = saved_document(fixture);

        spoil(root, spoils[i].at, spoils[i].value);
        save_document(root, path);
        cr_expect_lt(store_load(path, &stored, &diag), 0, "%s := %s is taken", spoils[i].at,
            spoils[i].value ? spoils[i].value : "nothing");
        cr_expect_null(stored);
        cr_expect_eq(strncmp(diag.text, path, strlen(path)), 0, "%s", diag.text);
        cr_expect_not_null(strstr(diag.text, spoils[i].said), "%s := %s: %s", spoils[i].at,
            spoils[i].value ? spoils[i].value : "nothing", diag.text);
        cr_expect_not_null(strstr(diag.text, "; "), "%s", diag.text);
        store_free(stored);
    }
}

static void expect_refused(const char *text, size_t size, const char *said) {
    struct stored *stored = NULL;
    struct diag diag = {0};

    write_text(text, size);
    cr_expect_lt(store_load(path, &stored, &diag), 0);
    cr_expect_not_null(strstr(diag.text, said), "%s", diag.text);
    cr_expect_eq(strncmp(diag.text, path, strlen(path)), 0, "%s", diag.text);
    store_free(stored);
}

Test(store, refuses_what_is_no_result) {
    expect_refused("", 0, "it is not JSON");
    expect_refused("time,run\n1,2\n", 13, "it is not JSON");
    expect_refused("{\"schema\": 1, \"schema\": 1}", 26, "duplicate object key");
    expect_refused("{} {}", 5, "it is not JSON");
    expect_refused("{\"a\": \"\0\"}", 10, "it is not JSON");
    expect_refused("[1]", 3, "not a result of pconc");
    expect_refused("{}", 2, "not a result of pconc");
    expect_refused("{\"schema\": \"1\"}", 15, "not a result of pconc");
    expect_refused("{\"schema\": 0}", 13, "not a result of pconc");
    expect_refused("{\"schema\": 12}", 14, "it has schema 12, and this pconc reads schema 1;");
    expect_refused("{\"schema\": 1}", 13, "is missing");
}

Test(store, tells_what_cannot_be_read) {
    struct stored *stored;
    struct diag diag = {0};

    cr_expect_lt(store_load("/nowhere/r.json", &stored, &diag), 0);
    cr_expect_str_eq(
        diag.text, "/nowhere/r.json: cannot be read: No such file or directory; check the path");
    cr_expect_lt(store_load("/", &stored, &diag), 0);
    cr_expect_not_null(strstr(diag.text, "Is a directory"));
    cr_expect_lt(store_load("/dev/zero", &stored, &diag), 0);
    cr_expect_not_null(strstr(diag.text, "it is larger than 64 MiB"));
}

/* The file is sparse: it takes no room on the disk. */
Test(store, refuses_huge_files_unread) {
    struct stored *stored;
    struct diag diag = {0};

    cr_assert_eq(truncate(path, INT64_C(1) << 40), 0);
    cr_expect_lt(store_load(path, &stored, &diag), 0);
    cr_expect_not_null(strstr(diag.text, "it is larger than 64 MiB"), "%s", diag.text);
}

Test(store, refuses_more_values_than_memory_should_hold) {
    size_t size = 2 * STORE_VALUES_MAX + 16;
    char *text = malloc(size);

    cr_assert_not_null(text);
    memset(text, '[', size);
    for (size_t i = 1; i < size; i += 2)
        text[i] = ',';
    expect_refused(text, size, "more than 4 million values");
    free(text);
}

Test(store, refuses_deep_nests) {
    char text[10000];

    memset(text, '[', sizeof(text));
    expect_refused(text, sizeof(text), "it is not JSON");
}
