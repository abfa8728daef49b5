/* SPDX-License-Identifier: MIT */
#include "fixture_config.h"

#include "conf.h"

#include <criterion/criterion.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct param gcd_params[] = {
    {.name = "low",
        .type = PARAM_COUNT,
        .default_text = "100000",
        .min = 1,
        .max = 1000000000,
        .not_above = "high"},
    {.name = "high", .type = PARAM_COUNT, .default_text = "900000", .min = 1, .max = 1000000000},
    {.name = NULL},
};

static const struct param sleep_params[] = {
    {.name = "duration",
        .type = PARAM_DURATION,
        .default_text = "10ms",
        .max = INT64_C(3600000000000)},
    {.name = "blocking", .type = PARAM_BOOL, .default_text = "false"},
    {.name = "note", .type = PARAM_TEXT, .default_text = ""},
    {.name = NULL},
};

static const struct workload gcd = {.name = "gcd", .params = gcd_params, .default_jobs = 100};
static const struct workload sleeping = {
    .name = "sleep", .params = sleep_params, .default_jobs = 4};
static const struct workload noop = {.name = "noop", .default_jobs = 1000};

const struct workload *const fixture_workloads[] = {&gcd, &sleeping, &noop, NULL};

const char fixture_config[] = "# a comment\n"
                              "rounds: 7\n"
                              "warmup: 2\n"
                              "seed: 0xBEEF\n"
                              "timeout: 1.5s\n"
                              "runs:\n"
                              "  - name: \"caf\\u00e9 'x'\"\n"
                              "    workload: sleep\n"
                              "    params: {duration: 1ms, note: 'it''s: [a, b]'}\n"
                              "    jobs: 4\n"
                              "    workers: 4\n"
                              "    executor: all\n"
                              "    pool:\n"
                              "      chunk: 2\n"
                              "  - workload: gcd\n"
                              "    matrix:\n"
                              "      executor: [serial, thread,\n"
                              "        processes]\n"
                              "      workers: [1, 2]\n"
                              "      jobs: [10, 20]\n"
                              "      params: {low: [1, 2]}\n"
                              "      pool: {chunk: [auto, 4]}\n";

char *fixture_read(const char *path, size_t *ret_size) {
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    int c;

    cr_assert(file, "%s cannot be opened", path);
    cr_assert(memory);
    while ((c = getc(file)) != EOF)
        putc(c, memory);
    fclose(file);
    cr_assert_eq(fclose(memory), 0);
    *ret_size = size;
    return text;
}

static void write_golden(const char *path, const char *text) {
    FILE *file = fopen(path, "w");

    cr_assert(file, "%s cannot be written", path);
    fprintf(file, "%s\n", text);
    fclose(file);
}

static void check_refusal(const char *path,
    int (*load)(const char *name, const char *text, size_t size, struct diag *diag)) {
    const char *slash = strrchr(path, '/');
    struct diag diag = {.code = 0};
    char golden[512];
    size_t size, wanted_size;
    char *text = fixture_read(path, &size), *wanted;
    int r = load(slash + 1, text, size, &diag);

    free(text);
    cr_expect_lt(r, 0, "%s is accepted", path);
    cr_expect_eq(r, diag.code, "%s: returns %d, says %d", path, r, diag.code);
    snprintf(golden, sizeof(golden), "%.*s.err", (int)(strlen(path) - strlen(".yaml")), path);
    if (getenv("UPDATE_GOLDEN"))
        write_golden(golden, diag.text);
    wanted = fixture_read(golden, &wanted_size);
    wanted[strcspn(wanted, "\n")] = '\0';
    cr_expect_str_eq(diag.text, wanted);
    free(wanted);
}

void fixture_check_refusals(const char *folder, size_t at_least,
    int (*load)(const char *name, const char *text, size_t size, struct diag *diag)) {
    char pattern[512];
    glob_t found;

    snprintf(pattern, sizeof(pattern), "%s/conf/%s/*.yaml", TESTS_DATA_DIR, folder);
    cr_assert_eq(glob(pattern, 0, NULL, &found), 0, "there is nothing like %s", pattern);
    cr_assert_geq(found.gl_pathc, at_least);
    for (size_t i = 0; i < found.gl_pathc; i++)
        check_refusal(found.gl_pathv[i], load);
    globfree(&found);
}

int fixture_plan(const char *name, const char *text, size_t size,
    const struct plan_options *options, struct plan **ret_plan, struct diag *diag) {
    struct plan_options all = {.usable_cpus = 2};
    struct plan_spec *spec;
    int r = conf_load_text(name, text, size, &spec, diag);

    if (r < 0)
        return r;
    if (options)
        all = *options;
    if (!all.workloads)
        all.workloads = fixture_workloads;
    r = plan_build(spec, &all, ret_plan, diag);
    plan_spec_free(spec);
    return r;
}

char *fixture_exact(const char *text, size_t size) {
    char *copy = malloc(size > 0 ? size : 1);

    cr_assert(copy);
    if (size > 0)
        memcpy(copy, text, size);
    return copy;
}
