/* SPDX-License-Identifier: MIT */
/* What a config writes once and uses several times: anchors, merge keys, another file, and a matrix
 * with exceptions. */
#include "conf.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/pconc-shared-XXXXXX";

static const char *const names[] = {"a.yaml", "b.yaml", "c.yaml"};
#define NAMES (sizeof(names) / sizeof(names[0]))

static void setup(void) {
    cr_assert(mkdtemp(folder));
}

static const char *path_of(const char *name) {
    static char path[64];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void teardown(void) {
    for (size_t i = 0; i < NAMES; i++)
        unlink(path_of(names[i]));
    rmdir(folder);
}

TestSuite(conf_shared, .init = setup, .fini = teardown);

static void write_file(const char *name, const char *text) {
    FILE *file = fopen(path_of(name), "w");

    cr_assert(file);
    fputs(text, file);
    cr_assert_eq(fclose(file), 0);
}

static struct plan_spec *load(const char *name) {
    struct plan_spec *spec = NULL;
    struct diag diag = {.code = 0};

    cr_assert_eq(conf_load_file(path_of(name), &spec, &diag), 0, "%s", diag.text);
    return spec;
}

static void expect_refused(const char *name, const char *sentence) {
    struct plan_spec *spec = NULL;
    struct diag diag = {.code = 0};

    cr_expect_lt(conf_load_file(path_of(name), &spec, &diag), 0);
    cr_expect_not_null(strstr(diag.text, sentence), "%s", diag.text);
    cr_expect_null(spec);
}

static void expect_text(struct spec_text got, const char *text, int line, int column) {
    cr_assert(got.text, "'%s' is not there", text);
    cr_expect_str_eq(got.text, text);
    cr_expect_eq(got.origin.line, line, "%s stands in line %d", text, got.origin.line);
    cr_expect_eq(got.origin.column, column, "%s stands in column %d", text, got.origin.column);
}

static const char *list_text(const struct spec_list *list) {
    static char text[256];

    text[0] = '\0';
    for (size_t i = 0; i < list->count; i++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof(text) - used, "%s%s", i > 0 ? " " : "", list->items[i].text);
    }
    return text;
}

Test(conf_shared, aliases_stand_for_values_lists_and_runs) {
    struct plan_spec *spec;

    write_file("a.yaml",
        "x-two: &two [1, 2]\n"
        "runs:\n"
        "  - &first {workload: &name gcd, workers: *two}\n"
        "  - *first\n"
        "  - workload: *name\n"
        "    matrix: {params: {low: *two}}\n");
    spec = load("a.yaml");
    cr_assert_eq(spec->run_count, 3);
    cr_expect_str_eq(list_text(&spec->runs[1].workers), "1 2");
    cr_expect_eq(spec->runs[1].origin.line, 4);
    expect_text(spec->runs[1].workload, "gcd", 3, 23);
    expect_text(spec->runs[2].workload, "gcd", 3, 23);
    expect_text(spec->runs[2].params.items[0].values.items[1], "2", 1, 17);
    plan_spec_free(spec);
}

Test(conf_shared, merge_keys_add_what_a_mapping_does_not_have) {
    struct plan_spec *spec;

    write_file("a.yaml",
        "x-a: &a {jobs: 4, workers: 2, params: {low: 1}}\n"
        "x-b: &b {jobs: 5, name: b, '<<': c}\n"
        "runs:\n"
        "  - {<<: *a, workload: gcd, workers: 3}\n"
        "  - workload: gcd\n"
        "    params: {<<: {low: 2, high: 8}, high: 9}\n"
        "    <<: [*a, {name: c}]\n");
    spec = load("a.yaml");
    cr_expect_str_eq(list_text(&spec->runs[0].workers), "3");
    expect_text(spec->runs[0].jobs.items[0], "4", 1, 16);
    expect_text(spec->runs[0].params.items[0].values.items[0], "1", 1, 45);
    cr_assert_eq(spec->runs[1].params.count, 2);
    expect_text(spec->runs[1].params.items[0].values.items[0], "9", 6, 43);
    expect_text(spec->runs[1].params.items[1].values.items[0], "2", 6, 24);
    expect_text(spec->runs[1].name, "c", 7, 21);
    plan_spec_free(spec);
}

/* Every text of a config comes through libcyaml as it was written. */
Test(conf_shared, any_text_is_kept) {
    static const char text[] =
        "\xC2\x85 \xE2\x80\xA8 \xF0\x9F\x98\x80 'q' \\\"\\\\ \\t\\n : # {[&*";
    static const char plain[] = "\xC2\x85 \xE2\x80\xA8 \xF0\x9F\x98\x80 'q' \"\\ \t\n : # {[&*";
    struct plan_spec *spec;
    FILE *file = fopen(path_of("a.yaml"), "w");

    cr_assert(file);
    fprintf(file, "runs: [{workload: gcd, prepare: \"\\N \\L %s\"}]\n", strchr(text + 2, '\xF0'));
    cr_assert_eq(fclose(file), 0);
    spec = load("a.yaml");
    cr_expect_str_eq(spec->runs[0].prepare.text, plain);
    plan_spec_free(spec);
}

Test(conf_shared, another_file_gives_the_keys_that_are_missing) {
    struct plan_spec *spec;

    write_file("b.yaml",
        "rounds: 4\nseed: 7\nplugins: ./base.so\n"
        "x-w: &w 3\nruns: [{workload: gcd, prepare: make, workers: *w}]\n");
    write_file("a.yaml", "rounds: 9\nextends: b.yaml\n");
    spec = load("a.yaml");
    expect_text(spec->rounds, "9", 1, 9);
    expect_text(spec->seed, "7", 2, 7);
    cr_expect_str_eq(spec->seed.origin.file, path_of("b.yaml"));
    cr_assert_eq(spec->run_count, 1);
    cr_expect_str_eq(spec->runs[0].prepare.text, "make");
    cr_expect_str_eq(spec->runs[0].prepare.origin.file, path_of("b.yaml"));
    cr_expect_str_eq(spec->plugins.items[0].text, path_of("base.so"));
    plan_spec_free(spec);
}

Test(conf_shared, one_file_extends_one_other) {
    char itself[96];

    write_file("c.yaml", "runs: [{workload: gcd}]\n");
    write_file("b.yaml", "rounds: 4\nextends: c.yaml\n");
    write_file("a.yaml", "extends: b.yaml\n");
    expect_refused("a.yaml", "b.yaml:2:1: '");
    expect_refused("a.yaml", "extends this file, so it cannot extend another");
    write_file("b.yaml", "rounds: 4\nextends: a.yaml\n");
    expect_refused("a.yaml", "extend each other; remove one 'extends'");
    snprintf(itself, sizeof(itself), "extends: %s\n", path_of("a.yaml"));
    write_file("a.yaml", itself);
    expect_refused("a.yaml", "a.yaml:1:10: this file extends itself");
    write_file("a.yaml", "extends: b.yaml\n");
    write_file("b.yaml", "runs: [{workload: gcd, worker: 1}]\n");
    expect_refused("a.yaml", "b.yaml:1:24: there is no key 'worker'");
    write_file("b.yaml", "- runs\n");
    expect_refused("a.yaml", "b.yaml:1:1: a config must be a mapping");
}

/* The runs of a matrix, as "EXECUTOR/WORKERS CHUNK;". */
static const char *runs_of(const char *matrix) {
    static char text[512];
    char config[512];
    struct plan_spec *spec;

    snprintf(config, sizeof(config), "runs: [{workload: gcd, matrix: {%s}}]\n", matrix);
    write_file("a.yaml", config);
    spec = load("a.yaml");
    text[0] = '\0';
    for (size_t i = 0; i < spec->run_count; i++) {
        const struct run_spec *run = &spec->runs[i];
        size_t used = strlen(text);
        snprintf(text + used, sizeof(text) - used, "%s", list_text(&run->executors));
        used = strlen(text);
        snprintf(text + used, sizeof(text) - used, "/%s", list_text(&run->workers));
        for (size_t j = 0; j < run->pool.count; j++) {
            used = strlen(text);
            snprintf(text + used, sizeof(text) - used, " %s=%s", run->pool.items[j].name.text,
                list_text(&run->pool.items[j].values));
            cr_expect(run->pool.items[j].varied);
        }
        used = strlen(text);
        snprintf(text + used, sizeof(text) - used, ";");
    }
    plan_spec_free(spec);
    return text;
}

Test(conf_shared, a_matrix_leaves_out_what_exclude_describes) {
    cr_expect_str_eq(
        runs_of("executor: [a, b], workers: [1, 2], exclude: [{executor: a}]"), "b/1;b/2;");
    cr_expect_str_eq(
        runs_of("executor: [a, b], workers: [1, 2], exclude: [{executor: a, workers: 2}]"),
        "a/1;b/1;b/2;");
    cr_expect_str_eq(
        runs_of("executor: [a, b], pool: {chunk: [1, 2]}, exclude: [{pool: {chunk: 2}}]"),
        "a/ chunk=1;b/ chunk=1;");
}

/* The examples of GitHub's documentation, in our keys: an entry that would change a value of the
 * matrix makes a combination of its own. */
Test(conf_shared, a_matrix_takes_in_what_include_adds) {
    cr_expect_str_eq(
        runs_of("executor: [a, b], include: [{pool: {chunk: 1}}]"), "a/ chunk=1;b/ chunk=1;");
    cr_expect_str_eq(
        runs_of("executor: [a, b], include: [{pool: {chunk: 1}}, {executor: a, pool: {chunk: 2}}]"),
        "a/ chunk=2;b/ chunk=1;");
    cr_expect_str_eq(runs_of("executor: [a, b], include: [{executor: b, workers: 8}]"), "a/;b/8;");
    cr_expect_str_eq(
        runs_of("executor: [a, b], workers: [1], include: [{executor: c}]"), "a/1;b/1;c/;");
    cr_expect_str_eq(
        runs_of("executor: [a], include: [{executor: c, workers: 2}, {executor: c, workers: 3}]"),
        "a/;c/2;c/3;");
    cr_expect_str_eq(runs_of("include: [{executor: c, workers: 2}]"), "c/2;");
    cr_expect_str_eq(
        runs_of("executor: [a, b], exclude: [{executor: a}], include: [{executor: a}]"), "b/;a/;");
}
