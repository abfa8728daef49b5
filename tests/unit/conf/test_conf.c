/* SPDX-License-Identifier: MIT */
#include "conf.h"
#include "fixture_config.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct plan_spec *load(const char *text) {
    struct plan_spec *spec = NULL;
    struct diag diag = {.code = 0};
    int code = conf_load_text("f.yaml", text, strlen(text), &spec, &diag);

    cr_assert_eq(code, 0, "%s", diag.text);
    return spec;
}

static void expect_text(struct spec_text got, const char *text, int line, int column) {
    cr_assert(got.text, "'%s' is not there", text);
    cr_expect_str_eq(got.text, text);
    cr_expect_str_eq(got.origin.file, "f.yaml");
    cr_expect_eq(got.origin.line, line, "%s stands in line %d", text, got.origin.line);
    cr_expect_eq(got.origin.column, column, "%s stands in column %d", text, got.origin.column);
}

static const struct spec_param *param(const struct spec_params *params, const char *name) {
    for (size_t i = 0; i < params->count; i++)
        if (strcmp(params->items[i].name.text, name) == 0)
            return &params->items[i];
    cr_assert_fail("%s is not there", name);
    return NULL;
}

Test(conf, settings_and_plain_values_keep_their_places) {
    struct plan_spec *spec = load(fixture_config);
    const struct run_spec *run = &spec->runs[0];

    expect_text(spec->rounds, "7", 2, 9);
    expect_text(spec->warmup, "2", 3, 9);
    expect_text(spec->seed, "0xBEEF", 4, 7);
    expect_text(spec->timeout, "1.5s", 5, 10);
    cr_assert_eq(spec->run_count, 2);
    cr_expect_eq(run->origin.line, 7);
    cr_expect_eq(run->origin.column, 5);
    expect_text(run->name, "café 'x'", 7, 11);
    expect_text(run->workload, "sleep", 8, 15);
    cr_assert_eq(run->executors.count, 1);
    expect_text(run->executors.items[0], "all", 12, 15);
    expect_text(run->workers.items[0], "4", 11, 14);
    expect_text(run->jobs.items[0], "4", 10, 11);
    cr_assert_eq(run->params.count, 2);
    expect_text(param(&run->params, "duration")->name, "duration", 9, 14);
    expect_text(param(&run->params, "note")->values.items[0], "it's: [a, b]", 9, 35);
    expect_text(param(&run->pool, "chunk")->values.items[0], "2", 14, 14);
    cr_expect_not(param(&run->pool, "chunk")->varied);
    plan_spec_free(spec);
}

Test(conf, matrix_lists_keep_order_and_places_and_mark_what_varies) {
    struct plan_spec *spec = load(fixture_config);
    const struct run_spec *run = &spec->runs[1];
    const struct spec_param *low = param(&run->params, "low");
    const struct spec_param *chunk = param(&run->pool, "chunk");

    cr_expect_null(run->name.text);
    cr_assert_eq(run->executors.count, 3);
    expect_text(run->executors.items[1], "thread", 17, 26);
    expect_text(run->executors.items[2], "processes", 18, 9);
    cr_assert_eq(run->workers.count, 2);
    expect_text(run->workers.items[1], "2", 19, 20);
    cr_assert_eq(run->jobs.count, 2);
    cr_assert_eq(low->values.count, 2);
    expect_text(low->name, "low", 21, 16);
    expect_text(low->values.items[1], "2", 21, 25);
    cr_expect(low->varied);
    cr_assert_eq(chunk->values.count, 2);
    expect_text(chunk->values.items[0], "auto", 22, 22);
    cr_expect(chunk->varied);
    cr_expect_not(chunk->anywhere);
    plan_spec_free(spec);
}

Test(conf, the_same_plan_can_be_written_in_many_ways) {
    static const char *const texts[] = {
        "runs:\n  - workload: gcd\n    workers: [1, 2]\n    params: {low: 5}\n",
        "runs:\n- workload: gcd\n  workers: [1, 2]\n  params:\n    low: 5\n",
        "{\"runs\": [{\"workload\": \"gcd\", \"workers\": [\"1\", 2], \"params\": {\"low\": 5}}]}",
        "---\nruns:\n- params: {low: '5'}\n  workload: gcd\n  workers:\n  - 1\n  - 2\n...\n",
        "runs:\r\n  - workload: gcd\r\n    workers: [1, 2]\r\n    params: {low: 5}\r\n",
        "\xEF\xBB\xBFruns: [{workload: gcd, workers: [1, 2], params: {low: 5}}]\n",
        "%YAML 1.1\n---\nruns: [{workload: gcd, workers: [1, 2], params: {low: 5}}]\n# end",
        "runs:\n  - workload: >-\n      gcd\n    matrix: {workers: [1, 2]}\n    params: {low: 5}\n",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct plan_spec *spec = load(texts[i]);
        const struct run_spec *run = &spec->runs[0];
        cr_assert_eq(spec->run_count, 1, "%s", texts[i]);
        cr_expect_str_eq(run->workload.text, "gcd");
        cr_assert_eq(run->workers.count, 2, "%s", texts[i]);
        cr_expect_str_eq(run->workers.items[0].text, "1");
        cr_expect_str_eq(run->workers.items[1].text, "2");
        cr_expect_str_eq(param(&run->params, "low")->values.items[0].text, "5");
        plan_spec_free(spec);
    }
}

Test(conf, a_single_value_in_a_matrix_is_a_list_of_one) {
    struct plan_spec *spec =
        load("runs: [{workload: gcd, matrix: {workers: 3, params: {low: 7}}}]");

    cr_assert_eq(spec->runs[0].workers.count, 1);
    expect_text(spec->runs[0].workers.items[0], "3", 1, 42);
    expect_text(param(&spec->runs[0].params, "low")->values.items[0], "7", 1, 59);
    cr_expect(param(&spec->runs[0].params, "low")->varied);
    plan_spec_free(spec);
}

Test(conf, empty_mappings_give_nothing) {
    struct plan_spec *spec = load("runs: [{workload: gcd, params: {}, pool: {}, matrix: {}}]");

    cr_expect_eq(spec->runs[0].params.count, 0);
    cr_expect_eq(spec->runs[0].pool.count, 0);
    cr_expect_eq(spec->runs[0].executors.count, 0);
    plan_spec_free(spec);
}

Test(conf, a_check_has_every_key_of_the_plan) {
    for (size_t key = 0; key < CHECK_KEYS; key++) {
        char text[128];
        struct plan_spec *spec;
        snprintf(text, sizeof(text), "runs: [{workload: gcd}]\nchecks:\n  - {%s%s: y}\n",
            key == CHECK_CASE ? "" : "case: x, ", check_keys[key]);
        spec = load(text);
        expect_text(spec->checks[0].texts[key], "y", 3,
            (int)((key == CHECK_CASE ? 8 : 17) + strlen(check_keys[key])));
        cr_expect_eq(spec->checks[0].origin.column, 5);
        plan_spec_free(spec);
    }
}

Test(conf, thousands_of_runs_are_loaded) {
    static const char run[] = "- {workload: gcd, executor: threads}\n";
    size_t most = 10000, size = strlen("runs:\n");
    char *text = malloc(size + (most + 1) * strlen(run) + 1);
    struct diag diag = {.code = 0};
    struct plan_spec *spec;

    cr_assert(text);
    strcpy(text, "runs:\n");
    for (size_t i = 0; i <= most; i++) {
        if (i == most) {
            spec = load(text);
            cr_expect_eq(spec->run_count, most);
            expect_text(spec->runs[0].workload, "gcd", 2, 14);
            expect_text(spec->runs[most - 1].workload, "gcd", (int)most + 1, 14);
            expect_text(spec->runs[most - 1].executors.items[0], "threads", (int)most + 1, 29);
            plan_spec_free(spec);
        }
        strcpy(text + size, run);
        size += strlen(run);
    }
    cr_expect_eq(conf_load_text("x", text, size, &spec, &diag), -EINVAL);
    cr_expect_str_eq(diag.text, "x:10002:3: this list has more than 10000 entries; shorten it");
    free(text);
}

static int load_only(const char *name, const char *text, size_t size, struct diag *diag) {
    struct plan_spec *spec = NULL;
    int code = conf_load_text(name, text, size, &spec, diag);

    if (code < 0)
        cr_expect_null(spec, "%s: a failed load touched its result", name);
    plan_spec_free(spec);
    return code;
}

Test(conf, every_mistake_in_shape_is_reported_with_its_place) {
    fixture_check_refusals("shape", 40, load_only);
}

#define TOO_DEEP "lists and mappings are nested too deep here; check brackets and indentation"

Test(conf, deep_nesting_and_endless_names_cost_nothing) {
    static const struct {
        const char *head, *repeated, *wanted;
    } cases[] = {
        {"", "[", "x:1:9: " TOO_DEEP},
        {"", "- ", "x:1:17: " TOO_DEEP},
        {"", "? ", "x:1:3: a key must be plain text; write 'KEY: VALUE'"},
        {"runs: ", "[", "x:1:14: " TOO_DEEP},
        {"runs: [{workload: ", "{a: ", "x:1:39: " TOO_DEEP},
    };
    char *text = malloc(CONF_FILE_MAX + 1);

    cr_assert(text);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct diag diag = {.code = 0};
        size_t size = strlen(cases[i].head), more = strlen(cases[i].repeated);
        memcpy(text, cases[i].head, size);
        for (; size + more <= CONF_FILE_MAX; size += more)
            memcpy(text + size, cases[i].repeated, more);
        cr_expect_eq(load_only("x", text, size, &diag), -EINVAL);
        cr_expect_str_eq(diag.text, cases[i].wanted);
    }
    free(text);
}

Test(conf, a_mapping_can_have_only_so_many_keys) {
    char text[8192] = "runs: [{workload: gcd, params: {";
    struct diag diag = {.code = 0};

    for (int i = 0; i < 129; i++)
        snprintf(text + strlen(text), 16, "p%d: 1, ", i);
    snprintf(text + strlen(text), 16, "}}]");
    cr_expect_eq(load_only("x", text, strlen(text), &diag), -EINVAL);
    cr_expect(strstr(diag.text, "'p128' is one key too many; a mapping can have 128 keys"), "%s",
        diag.text);
}

/* A folder for one test, and a path in it. */
static const char *scratch_path(const char *name) {
    static char folder[] = "/tmp/pconc-conf-XXXXXX";
    static char path[64];

    if (strstr(folder, "XXXXXX"))
        cr_assert(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s%s%s", folder, name ? "/" : "", name ? name : "");
    return path;
}

static void scratch_remove(const char *name) {
    unlink(scratch_path(name));
    rmdir(scratch_path(NULL));
}

static void expect_refused(const char *path, int code, const char *sentence) {
    struct plan_spec *spec = NULL;
    struct diag diag = {.code = 0};
    char wanted[512];

    snprintf(wanted, sizeof(wanted), "%s: %s", path, sentence);
    cr_expect_eq(conf_load_file(path, &spec, &diag), code);
    cr_expect_str_eq(diag.text, wanted);
    cr_expect_null(spec);
}

Test(conf, other_kinds_of_files_are_refused) {
    expect_refused("/", -EISDIR, "is a directory; name a config file, such as quick.yaml");
    expect_refused(
        "/dev/zero", -EINVAL, "is not a regular file; name one, or '-' for standard input");
    expect_refused(
        "/nonexistent.yaml", -ENOENT, "cannot be read: No such file or directory; check the path");
}

Test(conf, a_fifo_without_a_writer_does_not_hang) {
    const char *path = scratch_path("fifo");

    cr_assert_eq(mkfifo(path, 0600), 0);
    expect_refused(path, -EINVAL,
        "is a FIFO without a writer; name a regular file, or '-' for standard input");
    scratch_remove("fifo");
}

Test(conf, a_huge_file_is_refused_unread) {
    const char *path = scratch_path("huge");
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

    cr_assert_geq(fd, 0);
    cr_assert_eq(ftruncate(fd, (off_t)100 << 20), 0);
    close(fd);
    expect_refused(
        path, -EFBIG, "is larger than 1024 KiB, too large for a config; name another file");
    scratch_remove("huge");
}

/* Writes the bytes to a pipe, and returns its reading end. */
static int piped(const char *text) {
    int ends[2];

    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(write(ends[1], text, strlen(text)), (ssize_t)strlen(text));
    close(ends[1]);
    return ends[0];
}

Test(conf, standard_input_and_pipes_are_read) {
    struct plan_spec *spec = NULL;
    struct diag diag = {.code = 0};
    char path[32];
    int fd = piped(fixture_config);

    snprintf(path, sizeof(path), "/dev/fd/%d", fd);
    cr_expect_eq(conf_load_file(path, &spec, &diag), 0, "%s", diag.text);
    plan_spec_free(spec);
    close(fd);

    fd = piped("rounds: 3\n");
    cr_assert_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    close(fd);
    cr_expect_eq(conf_load_file("-", &spec, &diag), -EINVAL);
    cr_expect_str_eq(diag.text, "<stdin>:1:1: this config has no 'runs'; add 'runs: ...'");
}

Test(conf, a_damaged_file_is_loaded_or_refused) {
    static const char bytes[] = "\0\t\n #&*-:?[]{},'\"|>%@!a1\x7F\xC3\xFF";

    fixture_check_damages(bytes, sizeof(bytes) - 1, load_only);
}
