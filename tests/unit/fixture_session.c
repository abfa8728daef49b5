/* SPDX-License-Identifier: MIT */
#include "fixture_session.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS 1e6

static const struct param gcd_params[] = {
    {.name = "low", .type = PARAM_COUNT, .default_text = "100000", .min = 1, .max = 1000000},
    {.name = "high", .type = PARAM_COUNT, .default_text = "900000", .min = 1, .max = 1000000},
    {.name = NULL},
};

static const struct param sleep_params[] = {
    {.name = "duration", .type = PARAM_DURATION, .default_text = "1s", .max = INT64_MAX},
    {.name = "blocking", .type = PARAM_BOOL, .default_text = "false"},
    {.name = "note", .type = PARAM_TEXT, .default_text = ""},
    {.name = NULL},
};

static const struct param chunk_params[] = {
    {.name = "chunk",
        .type = PARAM_COUNT,
        .default_text = "auto",
        .min = 1,
        .max = 1000000,
        .zero_word = "auto"},
    {.name = NULL},
};

static const struct param coroutine_params[] = {
    {.name = "concurrency",
        .type = PARAM_COUNT,
        .default_text = "unbounded",
        .min = 1,
        .max = 1000000,
        .zero_word = "unbounded"},
    {.name = "stack", .type = PARAM_SIZE, .default_text = "64KiB", .min = 4096, .max = 1 << 30},
    {.name = NULL},
};

static const struct workload gcd = {.name = "gcd", .params = gcd_params};
static const struct workload sleep_workload = {.name = "sleep", .params = sleep_params};
static const struct workload noop = {.name = "noop"};

static const struct executor serial = {.name = "serial", .max_workers = 1};
static const struct executor threads = {
    .name = "threads", .max_workers = 1024, .params = chunk_params};
static const struct executor processes = {
    .name = "processes", .max_workers = 1024, .params = chunk_params};
static const struct executor coroutines = {
    .name = "coroutines", .max_workers = 1, .params = coroutine_params};

static const struct environment environment = {
    .cpu_model = "Intel(R) Xeon(R) Platinum 8375C CPU @ 2.90GHz",
    .online_cpus = 4,
    .usable_cpus = 2,
    .kernel = "Linux 6.1.0-18-amd64",
    .machine = "x86_64",
    .memory_bytes = INT64_C(8) << 30,
    .compiler = "gcc 12.2.0",
    .flags = "-O2",
    .version = "0.1.0",
    .timer_slack_ns = 1,
    .load_before = 0.12,
    .started = "2026-01-31T12:00:00Z",
};

/* One case: what it is, and the figures around which its samples lie. */
struct recipe {
    const char *id, *variant;
    const struct workload *workload;
    const struct executor *executor;
    int workers;
    int64_t jobs;
    size_t section;
    ptrdiff_t twin_of;
    double startup_ns, run_ns, shutdown_ns, spread, cpu_share;
    int64_t rss_bytes, switches;
    int failed, measured_percent; /* samples that failed; rounds that were measured at all */
};

#define NO_TWIN (-1)

/* clang-format off */
static const struct recipe recipes[FIXTURE_CASES] = {
    [GCD_SERIAL] = {"gcd/serial/1", "", &gcd, &serial, 1, 100, 0, NO_TWIN,
        400, 160.2 * MS, 150, 0.004, 0.998, 1456128, 3, 0, 100},
    [GCD_THREADS] = {"gcd/threads/2", "", &gcd, &threads, 2, 100, 0, NO_TWIN,
        91000, 80.4 * MS, 42000, 0.006, 1.981, 1622016, 9, 0, 100},
    [GCD_CHUNK] = {"gcd/threads/2/chunk=16", "chunk=16", &gcd, &threads, 2, 100, 0, NO_TWIN,
        92000, 86.1 * MS, 43000, 0.007, 1.912, 1622016, 9, 0, 100},
    [GCD_PROCESSES] = {"gcd/processes/2", "", &gcd, &processes, 2, 100, 0, NO_TWIN,
        612000, 80.3 * MS, 301000, 0.008, 1.972, 4112384, 14, 3, 100},
    [GCD_COROUTINES] = {"gcd/coroutines/1", "", &gcd, &coroutines, 1, 100, 0, NO_TWIN,
        21000, 160.9 * MS, 3000, 0.003, 0.997, 1982464, 3, 0, 100},
    [GCD_CONTROL] = {"gcd/threads/2/control", "", &gcd, &threads, 2, 100, 0, GCD_THREADS,
        90000, 80.5 * MS, 41000, -0.005, 1.979, 1622016, 8, 0, 100},
    [SLEEP_SERIAL] = {"slow-io/serial/1", "", &sleep_workload, &serial, 1, 4, 1, NO_TWIN,
        400, 4000.24 * MS, 150, 0.00001, 0.0001, 1456128, 5, 0, 100},
    [SLEEP_THREADS] = {"slow-io/threads/4", "", &sleep_workload, &threads, 4, 4, 1, NO_TWIN,
        151000, 1000.12 * MS, 62000, 0.00002, 0.0004, 1622016, 13, 0, 100},
    [SLEEP_PROCESSES] = {"slow-io/processes/4", "", &sleep_workload, &processes, 4, 4, 1, NO_TWIN,
        992000, 1000.14 * MS, 520000, 0.0001, 0.0021, 6112384, 27, 3, 30},
    [SLEEP_COROUTINES] = {"slow-io/coroutines/1", "", &sleep_workload, &coroutines, 1, 4, 1,
        NO_TWIN, 22000, 1000.08 * MS, 3000, 0.00002, 0.0002, 1982464, 2, 0, 100},
    [NOOP_THREADS] = {"noop/threads/128/chunk=65536", "chunk=65536", &noop, &threads, 128, 1000000,
        2, NO_TWIN, 4100000, 1.43 * MS, 1900000, 0.21, 1.71, 9830400, 1312, 0, 100},
    [NOOP_COROUTINES] = {"noop/coroutines/1/concurrency=100000/stack=128KiB",
        "concurrency=100000 stack=128KiB", &noop, &coroutines, 1, 1000000, 2, NO_TWIN,
        812, 41.7 * MS, 95, 0.02, 0.992, 104857600, 4, 0, 100},
    [NOOP_PROCESSES] = {"noop/processes/2", "", &noop, &processes, 2, 1000000, 2, NO_TWIN,
        0, 0, 0, 0, 0, 0, 0, 0, 0},
};
/* clang-format on */

/* What a quiet machine might do from round to round. */
static double wobble(int round) {
    static const double waves[] = {0.1, -0.4, 0.8, -0.2, 0.3, -1.0, 0.0, 0.6, -0.7, 1.0, -0.1, 0.5};
    return waves[(size_t)round % (sizeof(waves) / sizeof(waves[0]))];
}

static void make_sample(const struct recipe *recipe, int round, struct sample *sample) {
    double share = 1 + recipe->spread * wobble(round);

    sample->round = round;
    sample->startup_ns = (int64_t)(recipe->startup_ns * share);
    sample->warmup_ns = (int64_t)(recipe->run_ns * 1.2);
    sample->run_ns = recipe->run_ns * share;
    sample->shutdown_ns = (int64_t)(recipe->shutdown_ns * share);
    sample->elapsed_ns = (int64_t)sample_time_ns(sample);
    sample->user_ns = (int64_t)((double)sample->elapsed_ns * recipe->cpu_share);
    sample->max_rss_bytes = recipe->rss_bytes + 4096 * round;
    sample->voluntary_switches = recipe->switches;
    sample->minor_faults = 100;
    if (round < recipe->failed) {
        sample->failure = "worker 1 was killed by signal 9 (Killed); see the system's log";
        sample->errors = 1;
    }
}

static void make_result(struct fixture *fixture, size_t index, int rounds) {
    const struct recipe *recipe = &recipes[index];
    struct case_result *result = &fixture->results[index];

    result->passes = recipe->run_ns > 10 * MS ? 1 : 8;
    result->sample_count = (size_t)(rounds * recipe->measured_percent / 100);
    result->samples = arena_array(fixture->arena, struct sample, result->sample_count);
    result->given_up = index == SLEEP_PROCESSES;
    for (size_t i = 0; i < result->sample_count; i++)
        make_sample(recipe, (int)i, &result->samples[i]);
}

static void make_case(struct fixture *fixture, size_t index) {
    const struct recipe *recipe = &recipes[index];
    struct bench_case *bench_case = &fixture->cases[index];
    struct diag diag;

    bench_case->id = recipe->id;
    bench_case->name = arena_strndup(fixture->arena, recipe->id, strcspn(recipe->id, "/"));
    bench_case->variant = recipe->variant;
    bench_case->workload = recipe->workload;
    bench_case->executor = recipe->executor;
    bench_case->workers = recipe->workers;
    bench_case->jobs = recipe->jobs;
    bench_case->section = recipe->section;
    bench_case->is_baseline = recipe->executor == &serial;
    bench_case->twin_of = recipe->twin_of;
    cr_assert_eq(params_defaults(recipe->workload->params, 0, bench_case->params, &diag), 0);
    cr_assert_eq(params_defaults(recipe->executor->params, 0, bench_case->pool, &diag), 0);
}

static const struct section sections[] = {
    {"gcd: 100 jobs, low=100000 high=900000", GCD_SERIAL, 6, GCD_SERIAL, GCD_CONTROL},
    {"slow-io: sleep, 4 jobs, duration=1s", SLEEP_SERIAL, 4, SLEEP_SERIAL, -1},
    {"noop: 1000000 jobs", NOOP_THREADS, 3, -1, -1},
};

struct fixture *fixture_new(int rounds) {
    struct arena *arena = arena_new();
    struct fixture *fixture = arena_alloc(arena, sizeof(*fixture));

    fixture->arena = arena;
    memcpy(fixture->sections, sections, sizeof(sections));
    for (size_t i = 0; i < FIXTURE_CASES; i++) {
        make_case(fixture, i);
        make_result(fixture, i, rounds);
    }
    fixture->cases[GCD_CHUNK].pool[0].number = 16;
    fixture->cases[NOOP_THREADS].pool[0].number = 65536;
    fixture->cases[NOOP_COROUTINES].pool[0].number = 100000;
    fixture->cases[NOOP_COROUTINES].pool[1].number = 131072;
    fixture->cases[SLEEP_PROCESSES].pool[0].number = 2;
    fixture->plan = (struct plan){
        .rounds = rounds,
        .warmup = 1,
        .seed = 4242,
        .timeout_ns = DEFAULT_TIMEOUT_NS,
        .cases = fixture->cases,
        .case_count = FIXTURE_CASES,
        .sections = fixture->sections,
        .section_count = sizeof(sections) / sizeof(sections[0]),
    };
    fixture->session = (struct session){
        .plan = &fixture->plan,
        .environment = environment,
        .interference = {.elapsed_ns = INT64_C(61000000000), .steal_share = 0.002},
        .results = fixture->results,
        .rounds_done = rounds,
    };
    return fixture;
}

void fixture_free(struct fixture *fixture) {
    arena_free(fixture->arena);
}

void fixture_time_jobs(struct fixture *fixture) {
    for (size_t i = 0; i < FIXTURE_CASES; i++) {
        for (size_t j = 0; j < fixture->results[i].sample_count; j++) {
            struct sample *sample = &fixture->results[i].samples[j];
            double share = 1 + 0.01 * wobble(sample->round);

            if (sample->failure)
                continue;
            sample->latency = (struct latency){
                .jobs = fixture->cases[i].jobs,
                .p50_ns = (int64_t)(0.50 * sample->run_ns * share),
                .p90_ns = (int64_t)(0.90 * sample->run_ns * share),
                .p99_ns = (int64_t)(0.98 * sample->run_ns * share),
                .p999_ns = (int64_t)(0.99 * sample->run_ns * share),
                .max_ns = (int64_t)sample->run_ns,
                .waiting_ns = sample->run_ns / 3,
                .running_ns = 1234.5 * share,
                .suspended_ns = 1e9 / 7,
                .recording_ns = 61.5,
            };
        }
    }
}

void fixture_compare(struct fixture *fixture) {
    static struct row_verdict rows[] = {
        {.id = "gcd/threads/2 vs gcd/processes/2",
            .verdict = VERDICT_REGRESSED,
            .threshold = 0.02,
            .ratio = {1.0512, {1.0411, 1.0602}},
            .level = 0.0008,
            .rounds = 40,
            .second_rounds = 20,
            .spread = 0.011,
            .detectable = 0.031,
            .a = GCD_THREADS,
            .b = GCD_PROCESSES,
            .twin = GCD_CONTROL,
            .a_ns = 80.4 * MS,
            .b_ns = 84.5 * MS},
        {.id = "slow|io",
            .verdict = VERDICT_INCONCLUSIVE,
            .threshold = 0.02,
            .ratio = {NAN, {NAN, NAN}},
            .level = 0.0008,
            .spread = NAN,
            .detectable = NAN,
            .rounds_to_settle = ROUNDS_NEVER,
            .a = SLEEP_SERIAL,
            .b = SLEEP_THREADS,
            .twin = -1,
            .a_ns = NAN,
            .b_ns = NAN,
            .note = "its samples fail; mend them first"},
    };
    static const struct gate_verdict gate = {
        .settings = {.alpha = 0.005, .looks = 3, .rounds = 60, .detect = 0.05, .power = 0.9},
        .rounds_planned = 40,
        .verdict = VERDICT_REGRESSED,
        .rows = rows,
        .row_count = 2,
        .has_control = true,
        .control = {.id = "control",
            .verdict = VERDICT_EQUIVALENT,
            .threshold = 0.02,
            .ratio = {1.0003, {0.9931, 1.0072}},
            .level = 0.0008,
            .rounds = 20,
            .spread = 0.009,
            .detectable = 0.03,
            .a = -1,
            .b = -1,
            .twin = -1,
            .a_ns = NAN,
            .b_ns = NAN},
        .noise_floor = 0.007,
        .detectable = 0.031,
        .advice = "look at what changed in gcd/processes/2",
    };

    fixture->gate = &gate;
}

void fixture_set_times(struct fixture *fixture, size_t index, double run_ns, double spread) {
    struct case_result *result = &fixture->results[index];

    for (size_t i = 0; i < result->sample_count; i++) {
        struct sample *sample = &result->samples[i];
        sample->run_ns = run_ns * (1 + spread * wobble(sample->round));
        sample->startup_ns = sample->shutdown_ns = 0;
    }
}

char *fixture_emit(
    const struct fixture *fixture, const char *format, const struct report_style *style) {
    struct session_summary *summary = summarize(&fixture->session);
    struct diag diag = {0};
    char *text = NULL;

    summary->gate = fixture->gate;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    cr_assert_not_null(out);
    int code = report_format_find(format)->emit(out, &fixture->session, summary, style, &diag);
    cr_assert_eq(fclose(out), 0);
    cr_assert_eq(code, 0, "%s", diag.text);
    session_summary_free(summary);
    return text;
}

static char *read_file(const char *path) {
    FILE *file = fopen(path, "r");
    char *text = NULL;
    size_t size = 0;

    cr_assert_not_null(file, "cannot read %s", path);
    if (getdelim(&text, &size, '\0', file) < 0)
        cr_assert(feof(file), "cannot read %s", path);
    (void)fclose(file);
    return text;
}

void fixture_check_golden(const char *name, const char *text) {
    char path[4096];

    (void)snprintf(path, sizeof(path), "%s/report/%s", TESTS_DATA_DIR, name);
    if (getenv("UPDATE_GOLDEN")) {
        FILE *file = fopen(path, "w");
        cr_assert_not_null(file);
        cr_assert_geq(fputs(text, file), 0);
        cr_assert_eq(fclose(file), 0);
    }
    char *expected = read_file(path);
    cr_assert_str_eq(text, expected, "differs from %s:\n%s", path, text);
    free(expected);
}
