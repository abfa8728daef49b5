/* SPDX-License-Identifier: MIT */
#include "plugin_parts.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "plan.h"

/* The tables of plug-ins: each mistake is refused with a message, before pconc uses the table. */

static int job(void *state, int64_t i, struct task *task, void *result) {
    (void)state;
    (void)i;
    (void)task;
    (void)result;
    return 0;
}

static struct flat_tables flat;
static char long_text[512];

static int flatten(const struct workload *const *workloads, struct diag *diag) {
    *diag = (struct diag){.code = 0};
    flat = (struct flat_tables){.count = 0};
    return tables_flatten(workloads, &flat, diag);
}

static void expect_refused(const struct workload *const *workloads, const char *sentence) {
    struct diag diag;
    cr_expect_eq(flatten(workloads, &diag), -EINVAL, "accepted instead of: %s", sentence);
    cr_expect_not_null(strstr(diag.text, sentence), "'%s' instead of '%s'", diag.text, sentence);
}

/* A workload without mistakes. */
static struct workload good(const struct param *params) {
    return (struct workload){
        .name = "mine", .summary = "does nothing", .params = params, .default_jobs = 4, .job = job};
}

static void expect_workload_refused(struct workload workload, const char *sentence) {
    const struct workload *const workloads[] = {&workload, NULL};
    expect_refused(workloads, sentence);
}

Test(plugin_tables, refuse_workloads_with_mistakes) {
    static const char *const names[] = {NULL, "", "My Workload", "all", "a/b", long_text};
    struct workload bad = good(NULL);
    memset(long_text, 'a', 64);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        bad.name = names[i];
        expect_workload_refused(bad, "' cannot be a name");
    }
    bad = good(NULL);
    bad.job = NULL;
    expect_workload_refused(bad, "workload 'mine': it has no job");
    bad = good(NULL);
    bad.summary = NULL;
    expect_workload_refused(bad, "workload 'mine': it has no summary");
    memset(long_text, 'a', 256);
    bad.summary = long_text;
    expect_workload_refused(bad, "its summary is longer than 255 bytes");
    bad = good(NULL);
    bad.default_jobs = 0;
    expect_workload_refused(bad, "default_jobs 0 is out of range");
    bad.default_jobs = JOBS_MAX + 1;
    expect_workload_refused(bad, "is out of range");
    bad = good(NULL);
    bad.result_size = PLUGIN_RESULT_MAX + 1;
    expect_workload_refused(bad, "result_size 67108865 is out of range");
}

Test(plugin_tables, refuse_parameters_with_mistakes) {
    static const struct {
        struct param params[3];
        const char *sentence;
    } cases[] = {
        {{{.name = "My Size", .default_text = "1"}}, "parameter 'My Size' cannot be a name"},
        {{{.name = "size", .type = (enum param_type)5, .default_text = "1"}},
            "parameter 'size': type 5 is not in enum param_type"},
        {{{.name = "size", .type = (enum param_type) - 1, .default_text = "1"}}, "type -1"},
        {{{.name = "size", .max = 9}}, "parameter 'size': it has no default_text"},
        {{{.name = "size", .type = PARAM_TEXT, .default_text = long_text}},
            "its default_text is longer than 255 bytes"},
        {{{.name = "size", .max = 9, .default_text = "1", .help = long_text}},
            "its help is longer"},
        {{{.name = "size", .max = 9, .default_text = "1", .test_text = long_text}},
            "its test_text is longer"},
        {{{.name = "size", .max = 9, .default_text = "1", .zero_word = long_text}},
            "its zero_word is longer"},
        {{{.name = "size", .max = 9, .default_text = "1", .not_above = long_text}},
            "its not_above is longer"},
        {{{.name = "size", .max = 9, .default_text = "10", .test_text = "1"}}, "'10'"},
        {{{.name = "size", .type = PARAM_SIZE, .max = 9, .default_text = "1x"}}, "'1x'"},
        {{{.name = "size", .max = 9, .default_text = "1", .test_text = "10"}}, "'10'"},
        {{{.name = "size", .max = 9, .default_text = "1", .not_above = "sizes"}},
            "'size' must not be above 'sizes', which is not another number of its type"},
        {{{.name = "size", .max = 9, .default_text = "1", .not_above = "size"}}, "not another"},
        {{{.name = "low", .max = 9, .default_text = "1", .not_above = "high"},
             {.name = "high", .type = PARAM_BOOL, .default_text = "true"}},
            "'low' must not be above 'high'"},
        {{{.name = "low", .max = 9, .default_text = "2", .not_above = "high"},
             {.name = "high", .max = 9, .default_text = "1"}},
            "low (2) is above high (1)"},
        {{{.name = "size", .max = 9, .default_text = "1"},
             {.name = "size", .max = 9, .default_text = "1"}},
            "it has two parameters 'size'"},
    };

    memset(long_text, 'a', 256);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        expect_workload_refused(good(cases[i].params), cases[i].sentence);
}

Test(plugin_tables, name_the_parameter_by_which_jobs_block) {
    static const struct param params[] = {
        {.name = "size", .max = 9, .default_text = "1"},
        {.name = "wait", .type = PARAM_BOOL, .default_text = "true"},
        {.name = NULL},
    };
    static const char *const kept[] = {NULL, "", "wait"};
    struct arena *memory = arena_new();
    struct workload workload = good(params);
    const struct workload *const one[] = {&workload, NULL}, *const * back;
    struct diag diag;

    for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
        workload.blocks = kept[i];
        cr_assert_eq(flatten(one, &diag), 0, "%s", diag.text);
        cr_assert_eq(tables_restore(&flat, memory, &back, &diag), 0, "%s", diag.text);
        cr_expect(
            kept[i] ? back[0]->blocks && strcmp(back[0]->blocks, kept[i]) == 0 : !back[0]->blocks);
    }
    workload.blocks = "size";
    expect_workload_refused(workload, "blocks 'size' is not a parameter of type PARAM_BOOL");
    workload.blocks = "more";
    expect_workload_refused(workload, "blocks 'more' is not a parameter of type PARAM_BOOL");
    arena_free(memory);
}

Test(plugin_tables, refuse_lists_that_are_empty_or_have_no_end) {
    static const struct workload *many[PLUGIN_WORKLOADS_MAX + 2];
    static struct workload workloads[PLUGIN_WORKLOADS_MAX + 1];
    static struct param params[PARAMS_MAX + 2];
    static char names[PLUGIN_WORKLOADS_MAX + 1][8];
    struct diag diag;
    expect_refused(NULL, "it has no workload");
    expect_refused(many, "it has no workload");
    for (size_t i = 0; i <= PLUGIN_WORKLOADS_MAX; i++) {
        snprintf(names[i], sizeof(names[i]), "w%zu", i);
        workloads[i] = good(NULL);
        workloads[i].name = names[i];
        many[i] = &workloads[i];
    }
    expect_refused(many, "workloads, or no NULL after the last");
    many[PLUGIN_WORKLOADS_MAX] = NULL;
    cr_expect_eq(flatten(many, &diag), 0, "%s", diag.text);
    workloads[1].name = "w0";
    expect_refused(many, "it has two workloads 'w0'");
    for (size_t i = 0; i <= PARAMS_MAX; i++)
        params[i] = (struct param){.name = names[i], .max = 9, .default_text = "1"};
    expect_workload_refused(good(params), "it has more than 16 parameters, or no {0}");
    params[PARAMS_MAX].name = NULL;
    const struct workload full = good(params), *const one[] = {&full, NULL};
    cr_expect_eq(flatten(one, &diag), 0, "%s", diag.text);
}

static struct arena *arena;
static const struct workload *const *restored;

static void expect_damaged(const char *what) {
    struct diag diag = {.code = 0};
    cr_expect_eq(tables_restore(&flat, arena, &restored, &diag), -EINVAL, "%s", what);
    cr_expect_not_null(strstr(diag.text, "damaged its own tables"), "%s", diag.text);
}

static void expect_text(const char *got, const char *wanted) {
    cr_expect(wanted ? got && strcmp(got, wanted) == 0 : !got, "%s instead of %s",
        got ? got : "nothing", wanted ? wanted : "nothing");
}

static void expect_same(const struct param *got, const struct param *wanted) {
    for (; wanted->name; got++, wanted++) {
        expect_text(got->name, wanted->name);
        expect_text(got->default_text, wanted->default_text);
        expect_text(got->test_text, wanted->test_text);
        expect_text(got->zero_word, wanted->zero_word);
        expect_text(got->not_above, wanted->not_above);
        expect_text(got->help, wanted->help ? wanted->help : "");
        cr_expect_eq(got->type, wanted->type);
        cr_expect_eq(got->min, wanted->min);
        cr_expect_eq(got->max, wanted->max);
    }
    cr_expect_null(got->name);
}

/* A plug-in may write into the memory through which its tables come. */
Test(plugin_tables, are_checked_again_in_the_process_of_pconc) {
    static const struct param params[] = {
        {.name = "low", .type = PARAM_SIZE, .max = 9, .default_text = "0", .not_above = "high"},
        {.name = "high",
            .type = PARAM_SIZE,
            .min = 3,
            .max = 9,
            .default_text = "auto",
            .test_text = "4",
            .zero_word = "auto",
            .help = "of it"},
        {.name = NULL},
    };
    const struct workload workload = good(params), *const workloads[] = {&workload, NULL};
    struct diag diag;
    arena = arena_new();
    cr_assert_eq(flatten(workloads, &diag), 0, "%s", diag.text);
    const struct flat_tables right = flat;
    cr_assert_eq(tables_restore(&flat, arena, &restored, &diag), 0);
    cr_expect_str_eq(restored[0]->name, "mine");
    cr_expect_str_eq(restored[0]->summary, "does nothing");
    cr_expect_eq(restored[0]->default_jobs, 4);
    expect_same(restored[0]->params, params);
    cr_expect_null(restored[1]);
    flat.count = 0;
    expect_damaged("no workload");
    flat.count = PLUGIN_WORKLOADS_MAX + 1;
    expect_damaged("too many workloads");
    flat = right;
    flat.workloads[0].param_count = PARAMS_MAX + 1;
    expect_damaged("too many parameters");
    flat = right;
    flat.workloads[0].params[0].type = -1;
    expect_damaged("a type below the first");
    flat.workloads[0].params[0].type = PARAM_TEXT + 1;
    expect_damaged("a type above the last");
    /* A text without an end is cut. */
    flat = right;
    memset(flat.workloads[0].name, 'x', sizeof(flat.workloads[0].name));
    cr_assert_eq(tables_restore(&flat, arena, &restored, &diag), 0);
    cr_expect_eq(strlen(restored[0]->name), sizeof(flat.workloads[0].name));
    arena_free(arena);
}
