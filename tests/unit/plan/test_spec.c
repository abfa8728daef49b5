/* SPDX-License-Identifier: MIT */
#include "spec.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct spec_text text(const char *word, const char *file, int line) {
    return (struct spec_text){word, {file, line, 1}};
}

static struct spec_list list(struct spec_text *item) {
    return (struct spec_list){.items = item, .count = 1};
}

/* A spec with one run. */
static struct plan_spec *one_run(const char *rounds, const char *file) {
    struct plan_spec *spec = plan_spec_new();
    struct arena *arena = spec->arena;
    struct spec_text *value = arena_array(arena, struct spec_text, 1);
    struct spec_param *param = arena_array(arena, struct spec_param, 1);

    *value = text(arena_strdup(arena, rounds), arena_strdup(arena, file), 3);
    *param = (struct spec_param){.name = text("low", file, 4), .values = list(value)};
    spec->rounds = text(value->text, value->origin.file, 2);
    spec->runs = arena_array(arena, struct run_spec, 1);
    spec->runs[spec->run_count++] = (struct run_spec){
        .origin = {file, 2, 3},
        .workload = text("gcd", file, 2),
        .workers = list(value),
        .threshold = *value,
        .params = {param, 1},
    };
    return spec;
}

Test(spec, append_takes_settings_and_puts_runs_behind_those_there_are) {
    struct plan_spec *into = plan_spec_new(), *more = one_run("12", "b.yaml");
    struct diag diag = {.code = 0};

    cr_assert_eq(plan_spec_append(more, one_run("12", "c.yaml"), &diag), 0, "%s", diag.text);
    cr_assert_eq(plan_spec_append(into, one_run("12", "a.yaml"), &diag), 0, "%s", diag.text);
    cr_assert_eq(plan_spec_append(into, more, &diag), 0, "%s", diag.text);
    cr_assert_eq(into->run_count, 3);
    cr_expect_str_eq(into->rounds.text, "12");
    cr_expect_null(into->warmup.text);
    for (int i = 0; i < 3; i++) {
        static const char *const files[] = {"a.yaml", "b.yaml", "c.yaml"};
        cr_expect_str_eq(into->runs[i].workload.text, "gcd");
        cr_expect_str_eq(into->runs[i].origin.file, files[i]);
        cr_expect_eq(into->runs[i].origin.line, 2);
        cr_expect_str_eq(into->runs[i].workers.items[0].text, "12");
        cr_expect_str_eq(into->runs[i].params.items[0].name.text, "low");
        cr_expect_str_eq(into->runs[i].threshold.text, "12");
        cr_expect_eq(into->runs[i].params.items[0].values.items[0].origin.line, 3);
    }
    plan_spec_free(into);
}

Test(spec, settings_of_two_files_must_be_equal) {
    static const struct {
        const char *second;
        const char *sentence;
    } cases[] = {
        {"10", ""},
        {"12",
            "b.yaml:2:1: rounds is '12' here but '10' at a.yaml:1:1; make them agree or remove "
            "one"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct plan_spec *into = plan_spec_new(), *first = plan_spec_new();
        struct plan_spec *second = one_run(cases[i].second, "b.yaml");
        struct diag diag = {.code = 0};
        bool agree = cases[i].sentence[0] == '\0';

        first->rounds = text("10", "a.yaml", 1);
        second->warmup = text("5", "b.yaml", 1);
        cr_assert_eq(plan_spec_append(into, first, &diag), 0);
        cr_expect_eq(plan_spec_append(into, second, &diag), agree ? 0 : -EINVAL);
        cr_expect_str_eq(diag.text, cases[i].sentence);
        cr_expect_eq(into->run_count, agree ? 1 : 0, "a failed append must change nothing");
        cr_expect_eq(into->warmup.text != NULL, agree, "a failed append must change nothing");
        if (!agree)
            plan_spec_free(second);
        plan_spec_free(into);
    }
}

/* A spec with two runs: one varies `low`, the other has no parameters. */
static struct plan_spec *two_runs(void) {
    static struct spec_text values[2];
    static struct spec_param low;
    struct plan_spec *spec = plan_spec_new();

    values[0] = text("1", "f", 1);
    values[1] = text("2", "f", 1);
    low =
        (struct spec_param){.name = text("low", "f", 1), .values = {values, 2, 0}, .varied = true};
    spec->seed = text("1", "f", 1);
    spec->run_count = 2;
    spec->runs = arena_array(spec->arena, struct run_spec, 2);
    spec->runs[0] = (struct run_spec){.workload = text("gcd", "f", 1),
        .name = text("mine", "f", 1),
        .workers = {values, 2, 0},
        .params = {&low, 1}};
    spec->runs[1] = (struct run_spec){.workload = text("sleep", "f", 2)};
    return spec;
}

Test(spec, override_replaces_what_it_gives_in_every_run) {
    struct plan_spec *spec = two_runs();
    struct spec_text eight = text("8", "--workers", 0), nine = text("9", "--param", 0);
    struct spec_param low = {.name = text("low", "--param", 0), .values = list(&nine)};
    struct run_spec run = {.name = text("other", "-", 0),
        .executors = list(&eight),
        .workers = list(&eight),
        .threshold = text("9%", "--threshold", 0),
        .params = {&low, 1}};
    struct plan_spec over = {.rounds = text("3", "--rounds", 0), .runs = &run, .run_count = 1};

    plan_spec_override(spec, &over);
    cr_expect_str_eq(spec->rounds.text, "3");
    cr_expect_str_eq(spec->seed.text, "1");
    cr_expect_str_eq(spec->runs[0].name.text, "mine", "names are not looked at");
    for (int i = 0; i < 2; i++) {
        const struct spec_param *param = &spec->runs[i].params.items[0];
        cr_assert_eq(spec->runs[i].workers.count, 1);
        cr_expect_str_eq(spec->runs[i].workers.items[0].text, "8");
        cr_assert_eq(spec->runs[i].executors.count, 1);
        cr_expect_str_eq(spec->runs[i].executors.items[0].text, "8");
        cr_expect_str_eq(spec->runs[i].threshold.text, "9%");
        cr_expect_eq(spec->runs[i].jobs.count, 0);
        cr_assert_eq(spec->runs[i].params.count, 1);
        cr_assert_eq(param->values.count, 1);
        cr_expect_str_eq(param->values.items[0].text, "9");
        cr_expect_str_eq(param->values.items[0].origin.file, "--param");
        cr_expect_not(param->varied);
        cr_expect_eq(param->anywhere, i == 1, "what a run's config has is checked there");
    }
    plan_spec_free(spec);
}

Test(spec, override_without_a_run_changes_settings_alone) {
    struct plan_spec *spec = two_runs();
    struct plan_spec over = {.seed = text("7", "--seed", 0)};

    plan_spec_override(spec, &over);
    cr_expect_str_eq(spec->seed.text, "7");
    cr_expect_eq(spec->runs[0].workers.count, 2);
    cr_expect(spec->runs[0].params.items[0].varied);
    plan_spec_free(spec);
}

Test(spec, the_last_of_two_overrides_wins) {
    struct plan_spec *spec = two_runs();
    struct spec_text five = text("5", "-", 0), six = text("6", "-", 0);
    struct spec_param chunk[] = {
        {.name = text("chunk", "-", 0), .values = list(&five)},
        {.name = text("chunk", "-", 0), .values = list(&six)},
    };
    struct run_spec run = {.pool = {chunk, 2}};
    struct plan_spec over = {.runs = &run, .run_count = 1};

    plan_spec_override(spec, &over);
    cr_assert_eq(spec->runs[0].pool.count, 1);
    cr_expect_str_eq(spec->runs[0].pool.items[0].values.items[0].text, "6");
    cr_expect(spec->runs[0].pool.items[0].anywhere);
    plan_spec_free(spec);
}

Test(spec, free_takes_null) {
    plan_spec_free(NULL);
}
