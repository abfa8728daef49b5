/* SPDX-License-Identifier: MIT */
#include "plan.h"

#include "fixture_config.h"
#include "workloads.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct plan *make(const char *yaml, const struct plan_options *options) {
    struct plan *plan = NULL;
    struct diag diag = {.code = 0};
    int code = fixture_plan("f.yaml", yaml, strlen(yaml), options, &plan, &diag);

    cr_assert_eq(code, 0, "%s", diag.text);
    return plan;
}

/* Every section as "TITLE|" and its ids, with "*" after the baseline. Free it. */
static char *listed(const struct plan *plan) {
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    cr_assert(out);
    for (size_t i = 0; i < plan->section_count; i++) {
        const struct section *section = &plan->sections[i];
        fprintf(out, "%s|", section->title);
        for (size_t j = section->first; j < section->first + section->count; j++) {
            const struct bench_case *the = &plan->cases[j];
            fprintf(out, " %s%s", the->id, the->is_baseline ? "*" : "");
            cr_expect_eq(the->section, i);
            cr_expect_eq(the->is_baseline, section->baseline == (ptrdiff_t)j);
            cr_expect_eq(the->twin_of >= 0, section->control == (ptrdiff_t)j);
        }
        fputs("\n", out);
    }
    fclose(out);
    return text;
}

static void expect_listed(
    const char *yaml, const struct plan_options *options, const char *wanted) {
    struct plan *plan = make(yaml, options);
    char *text = listed(plan);

    cr_expect_str_eq(text, wanted, "%s\ngave\n%s", yaml, text);
    free(text);
    plan_free(plan);
}

/* Its threads run nothing but calls that block, so their number changes nothing without these. */
Test(plan, offload_has_one_case_if_its_jobs_never_block) {
    struct plan *plan =
        make("runs: [{workload: sleep, executor: [offload, loops], workers: [1, 2, 4], "
             "matrix: {params: {blocking: [false, true]}}}]",
            NULL);
    const char *why = "its jobs never block";
    char *text = listed(plan);

    cr_expect_str_eq(text,
        "sleep: 4 jobs, duration=10ms blocking=false note=| sleep/offload/1/blocking=false "
        "sleep/loops/1/blocking=false sleep/loops/2/blocking=false sleep/loops/4/blocking=false\n"
        "sleep: 4 jobs, duration=10ms blocking=true note=| sleep/offload/1/blocking=true "
        "sleep/offload/2/blocking=true sleep/offload/4/blocking=true sleep/loops/1/blocking=true "
        "sleep/loops/2/blocking=true sleep/loops/4/blocking=true\n");
    cr_expect_str_eq(plan->cases[0].reduced, why);
    for (size_t i = 1; i < plan->case_count; i++)
        cr_expect_null(plan->cases[i].reduced, "%s", plan->cases[i].id);
    free(text);
    plan_free(plan);
}

Test(plan, workers_may_be_multiples_of_the_usable_cpus) {
    struct diag diag = {.code = 0};
    struct plan *plan = NULL;
    const char *many = "runs: [{workload: gcd, workers: 600x}]";

    expect_listed("runs: [{workload: gcd, executor: threads, workers: [1, all, 2x, 3x]}]", NULL,
        "gcd: 100 jobs, low=100000 high=900000| gcd/threads/1 gcd/threads/2 gcd/threads/4 "
        "gcd/threads/6\n");
    cr_expect_eq(fixture_plan("f.yaml", many, strlen(many), NULL, &plan, &diag), -EINVAL);
    cr_expect_str_eq(diag.text, "f.yaml:1:33: workers '600x' is out of range; write 1 to 1024");
}

Test(plan, lists_are_multiplied_out_into_sections) {
    static const struct {
        const char *yaml, *sections;
    } cases[] = {
        {"runs: [{workload: gcd, executor: [serial, thread], workers: [2, 3]}]",
            "gcd: 100 jobs, low=100000 high=900000| gcd/serial/1* gcd/threads/2 gcd/threads/3\n"},
        {"runs: [{workload: noop}]",
            "noop: 1000 jobs| noop/serial/1* noop/threads/2 noop/processes/2 noop/coroutines/1 "
            "noop/loops/2 noop/gil/2 noop/offload/2\n"},
        {"runs: [{workload: noop, executor: [all, serial, process], workers: [1, 1]}]",
            "noop: 1000 jobs| noop/serial/1* noop/threads/1 noop/processes/1 noop/coroutines/1 "
            "noop/loops/1 noop/gil/1 noop/offload/1\n"},
        {"runs: [{name: a, workload: sleep, executor: thread, params: {note: x}, jobs: 1}]",
            "a (sleep): 1 job, duration=10ms blocking=false note=x| a/threads/2\n"},
        {"runs: [{workload: noop, executor: serial, matrix: {jobs: [1k, 1000, 5]}}]",
            "noop: 1000 jobs| noop/serial/1/jobs=1000*\nnoop: 5 jobs| noop/serial/1/jobs=5*\n"},
        {"runs: [{workload: noop, executor: [serial, threads], workers: 4,"
         " matrix: {pool: {chunk: [auto, 8], spin: [0, 1us]}}}]",
            "noop: 1000 jobs| noop/serial/1* noop/threads/4/chunk=auto/spin=0"
            " noop/threads/4/chunk=auto/spin=1us noop/threads/4/chunk=8/spin=0"
            " noop/threads/4/chunk=8/spin=1us\n"},
        {"runs: [{workload: gcd, executor: serial, matrix: {params: {high: [8, 9], low: [1, 2]}}}]",
            "gcd: 100 jobs, low=1 high=8| gcd/serial/1/low=1/high=8*\n"
            "gcd: 100 jobs, low=1 high=9| gcd/serial/1/low=1/high=9*\n"
            "gcd: 100 jobs, low=2 high=8| gcd/serial/1/low=2/high=8*\n"
            "gcd: 100 jobs, low=2 high=9| gcd/serial/1/low=2/high=9*\n"},
        {"runs: [{workload: gcd, executor: threads, matrix: {params: {low: 7}, jobs: [1, 2], pool: "
         "{chunk: 3}}}]",
            "gcd: 1 job, low=7 high=900000| gcd/threads/2/low=7/jobs=1/chunk=3\n"
            "gcd: 2 jobs, low=7 high=900000| gcd/threads/2/low=7/jobs=2/chunk=3\n"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        expect_listed(cases[i].yaml, NULL, cases[i].sections);
}

Test(plan, equal_cases_of_several_runs_appear_once_and_share_a_section) {
    expect_listed("runs:\n"
                  "- {workload: noop, executor: [serial, threads]}\n"
                  "- {workload: gcd, executor: serial}\n"
                  "- {workload: noop, executor: [threads, processes], jobs: 1e3}\n"
                  "- {name: b, workload: noop, executor: threads}\n",
        NULL,
        "noop: 1000 jobs| noop/serial/1* noop/threads/2 noop/processes/2\n"
        "gcd: 100 jobs, low=100000 high=900000| gcd/serial/1*\n"
        "b (noop): 1000 jobs| b/threads/2\n");
}

Test(plan, each_case_has_the_strictest_threshold_of_its_runs) {
    static const struct {
        const char *yaml;
        double thresholds[3]; /* of the first cases */
    } cases[] = {
        {"runs: [{workload: noop, executor: [serial, threads]}]", {0.02, 0.02}},
        {"{threshold: 7.5%, runs: [{workload: noop, executor: serial, threshold: 0%},"
         " {workload: noop, executor: threads}, {workload: gcd, executor: serial}]}",
            {0, 0.075, 0.075}},
        {"runs: [{workload: noop, executor: serial, threshold: 5%},"
         " {workload: noop, executor: [threads, serial], threshold: 3%}]",
            {0.03, 0.03}},
        {"runs: [{workload: noop, executor: serial, threshold: 3%},"
         " {workload: noop, executor: [threads, serial], threshold: 5%}]",
            {0.03, 0.05}},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct plan *plan = make(cases[i].yaml, NULL);

        for (size_t j = 0; j < plan->case_count; j++)
            cr_expect_eq(plan->cases[j].threshold, cases[i].thresholds[j], "%s: %s has %g",
                cases[i].yaml, plan->cases[j].id, plan->cases[j].threshold);
        plan_free(plan);
    }
}

Test(plan, workers_are_cut_to_what_the_executor_takes) {
    struct plan_options options = {.usable_cpus = 100000};

    expect_listed("runs: [{workload: noop, executor: [serial, coroutines, threads]}]", &options,
        "noop: 1000 jobs| noop/serial/1* noop/coroutines/1 noop/threads/1024\n");
}

Test(plan, values_reach_the_cases_that_have_them) {
    struct plan *plan =
        make("runs: [{workload: sleep, params: {duration: 3ms, note: hello}, jobs: 9, workers: 5,"
             " executor: [serial, threads, coroutines], pool: {chunk: 4, stack: 1MiB}}]",
            NULL);
    const struct bench_case *threads = &plan->cases[1], *coroutines = &plan->cases[2];

    cr_assert_eq(plan->case_count, 3);
    cr_expect_eq(threads->params[0].number, 3000000);
    cr_expect_str_eq(threads->params[2].text, "hello");
    cr_expect_eq(threads->jobs, 9);
    cr_expect_eq(threads->workers, 5);
    cr_expect_eq(threads->pool[params_find(threads->executor->params, "chunk")].number, 4);
    cr_expect_eq(
        coroutines->pool[params_find(coroutines->executor->params, "stack")].number, 1 << 20);
    cr_expect_str_eq(threads->variant, "");
    plan_free(plan);
}

Test(plan, the_variant_names_what_the_pool_varies) {
    struct plan *plan = make("runs: [{workload: noop, executor: threads,"
                             " matrix: {jobs: [1, 2], pool: {chunk: [4], spin: [1us]}}}]",
        NULL);

    cr_expect_str_eq(plan->cases[0].variant, "chunk=4 spin=1us");
    cr_expect_str_eq(plan->cases[0].id, "noop/threads/2/jobs=1/chunk=4/spin=1us");
    plan_free(plan);
}

Test(plan, settings_have_defaults) {
    struct plan *a = make("runs: [{workload: noop}]", NULL);
    struct plan *b = make("runs: [{workload: noop}]", NULL);

    cr_expect_eq(a->rounds, DEFAULT_ROUNDS);
    cr_expect_eq(a->warmup, DEFAULT_WARMUP);
    cr_expect_eq(a->timeout_ns, DEFAULT_TIMEOUT_NS);
    cr_expect_neq(a->seed, b->seed, "seeds that are not given are drawn");
    plan_free(a);
    plan_free(b);
}

Test(plan, settings_are_parsed) {
    static const struct {
        const char *yaml;
        int rounds, warmup;
        int64_t timeout_ns;
    } cases[] = {
        {"{rounds: 1, warmup: 0, timeout: 1ns, runs: [{workload: noop}]}", 1, 0, 1},
        {"{rounds: 10k, warmup: 1e3, timeout: 2m, runs: [{workload: noop}]}", 10000, 1000,
            INT64_C(120000000000)},
        {"{warmup: auto, timeout: 1s, runs: [{workload: noop}]}", DEFAULT_ROUNDS, WARMUP_AUTO,
            INT64_C(1000000000)},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct plan *plan = make(cases[i].yaml, NULL);
        cr_expect_eq(plan->rounds, cases[i].rounds);
        cr_expect_eq(plan->warmup, cases[i].warmup);
        cr_expect_eq(plan->timeout_ns, cases[i].timeout_ns);
        plan_free(plan);
    }
}

Test(plan, seeds_are_any_64_bits) {
    static const struct {
        const char *text;
        bool good;
        uint64_t seed;
    } cases[] = {
        {"0", true, 0},
        {"010", true, 10},
        {"18446744073709551615", true, UINT64_MAX},
        {"0xdeadBEEF", true, 0xDEADBEEF},
        {"0xFFFFFFFFFFFFFFFF", true, UINT64_MAX},
        {"0x10000000000000000", false, 0},
        {"18446744073709551616", false, 0},
        {"-1", false, 0},
        {"+1", false, 0},
        {"' 1'", false, 0},
        {"'1 '", false, 0},
        {"0x", false, 0},
        {"0x0x1", false, 0},
        {"0x-1", false, 0},
        {"1f", false, 0},
        {"''", false, 0},
        {"1e3", false, 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct plan *plan = NULL;
        struct diag diag = {.code = 0};
        char yaml[128];
        int code;
        snprintf(yaml, sizeof(yaml), "{seed: %s, runs: [{workload: noop}]}", cases[i].text);
        code = fixture_plan("f.yaml", yaml, strlen(yaml), NULL, &plan, &diag);
        cr_expect_eq(code, cases[i].good ? 0 : -EINVAL, "seed %s: %s", cases[i].text, diag.text);
        if (plan)
            cr_expect_eq(plan->seed, cases[i].seed, "seed %s", cases[i].text);
        plan_free(plan);
    }
}

static int plan_only(const char *name, const char *text, size_t size, struct diag *diag) {
    struct plan *plan = NULL;
    int code = fixture_plan(name, text, size, NULL, &plan, diag);

    if (code < 0)
        cr_expect_null(plan, "%s: a failed build touched its result", name);
    plan_free(plan);
    return code;
}

Test(plan, every_mistake_in_meaning_is_reported_with_its_place) {
    fixture_check_refusals("meaning", 30, plan_only);
}

#define TWO_WORKLOADS                                                                              \
    "runs: [{workload: noop, workers: 2}, {name: mine, workload: gcd, workers: [2, 12],"           \
    " executor: [serial, threads]}]"

static struct spec_text option(const char *name, const char *text) {
    return (struct spec_text){text, {.file = name}};
}

static struct plan_options selection(
    const char *executors_text, const char *workloads_text, const char *filter) {
    return (struct plan_options){
        .usable_cpus = 2,
        .executors = option("--executor", executors_text),
        .workload_names = option("--workload", workloads_text),
        .filter = option("--filter", filter),
    };
}

Test(plan, options_select_among_the_cases) {
    static const struct {
        const char *executors, *workloads, *filter, *sections;
    } cases[] = {
        {"process", NULL, NULL, "noop: 1000 jobs| noop/processes/2\n"},
        {"all", "all", "noop/c*", "noop: 1000 jobs| noop/coroutines/1\n"},
        {NULL, "gcd", "*/1", "mine (gcd): 100 jobs, low=100000 high=900000| mine/serial/1*\n"},
        {"threads,serial", "gcd,noop", "*/2",
            "noop: 1000 jobs| noop/threads/2\n"
            "mine (gcd): 100 jobs, low=100000 high=900000| mine/threads/2\n"},
        {NULL, NULL, "mine",
            "mine (gcd): 100 jobs, low=100000 high=900000| mine/serial/1* mine/threads/2 "
            "mine/threads/12\n"},
        {NULL, NULL, "mine/threads",
            "mine (gcd): 100 jobs, low=100000 high=900000| mine/threads/2 mine/threads/12\n"},
        {NULL, NULL, "[mn]*/serial",
            "noop: 1000 jobs| noop/serial/1*\n"
            "mine (gcd): 100 jobs, low=100000 high=900000| "
            "mine/serial/1*\n"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct plan_options options =
            selection(cases[i].executors, cases[i].workloads, cases[i].filter);
        expect_listed(TWO_WORKLOADS, &options, cases[i].sections);
    }
}

Test(plan, selections_that_leave_nothing_are_errors) {
    static const struct {
        const char *executors, *workloads, *filter, *sentence;
    } cases[] = {
        {NULL, NULL, "noop/1",
            "--filter: this selection leaves no case; select among 'noop/serial/1', "
            "'noop/threads/2', 'noop/processes/2', 'noop/coroutines/1', 'noop/loops/2', "
            "'noop/gil/2' and 4 more"},
        {"processes", "gcd", NULL,
            "--workload: this selection leaves no case; select among 'noop/serial/1', "
            "'noop/threads/2', 'noop/processes/2', 'noop/coroutines/1', 'noop/loops/2', "
            "'noop/gil/2' and 4 more"},
        {"serial,theads", NULL, NULL,
            "--executor: there is no executor 'theads'; did you mean 'threads'? there are: serial, "
            "threads, processes, coroutines, loops, gil, offload"},
        {"serial,", NULL, NULL,
            "--executor: there is no executor ''; there are: serial, threads, processes, "
            "coroutines, loops, gil, offload"},
        {NULL, "gdc", NULL,
            "--workload: there is no workload 'gdc'; did you mean 'gcd'? there are: gcd, sleep, "
            "noop"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct plan_options options =
            selection(cases[i].executors, cases[i].workloads, cases[i].filter);
        struct plan *plan = NULL;
        struct diag diag = {.code = 0};
        cr_expect_eq(
            fixture_plan("f.yaml", TWO_WORKLOADS, strlen(TWO_WORKLOADS), &options, &plan, &diag),
            -EINVAL);
        cr_expect_str_eq(diag.text, cases[i].sentence);
    }
}

Test(plan, the_control_is_the_last_case_of_its_section_and_twin_of_the_first_parallel_one) {
    struct plan_options options = {.usable_cpus = 2, .control = true};
    struct plan *plan =
        make("runs: [{workload: noop, executor: [serial, coroutines, threads]},"
             " {workload: gcd, executor: serial}, {workload: sleep, executor: threads}]",
            &options);
    char *text = listed(plan);

    cr_expect_str_eq(text,
        "noop: 1000 jobs| noop/serial/1* noop/coroutines/1 noop/threads/2 "
        "noop/coroutines/1/control\n"
        "gcd: 100 jobs, low=100000 high=900000| gcd/serial/1*\n"
        "sleep: 4 jobs, duration=10ms blocking=false note=| sleep/threads/2 "
        "sleep/threads/2/control\n");
    cr_expect_eq(plan->sections[0].control, 3);
    cr_expect_eq(plan->cases[3].twin_of, 1);
    cr_expect_eq(plan->sections[1].control, -1);
    cr_expect_eq(plan->cases[6].twin_of, 5);
    cr_expect_eq(plan->case_count, 7);
    free(text);
    plan_free(plan);
}

/* A plan of one run per workload with a parameter from the command line. */
static int build_with(const char *params_name, const char *pool_name, const char *executors_text,
    struct plan **ret_plan, struct diag *diag) {
    struct spec_text five = {"5", {.file = "--x"}};
    struct spec_param over = {
        .name = {params_name ? params_name : pool_name, {.file = "--x"}},
        .values = {&five, 1, 0},
        .anywhere = true,
    };
    struct run_spec runs[] = {
        {.workload = {.text = "noop"}},
        {.workload = {.text = "gcd"}},
    };
    struct plan_spec spec = {.runs = runs, .run_count = 2};
    struct plan_options options = selection(executors_text, NULL, NULL);

    for (int i = 0; i < 2; i++)
        *(params_name ? &runs[i].params : &runs[i].pool) = (struct spec_params){&over, 1};
    options.workloads = fixture_workloads;
    return plan_build(&spec, &options, ret_plan, diag);
}

Test(plan, parameters_of_the_command_line_reach_their_cases) {
    static const struct {
        const char *params_name, *pool_name, *executors, *sentence;
    } cases[] = {
        {"low", NULL, NULL, ""},
        {NULL, "chunk", NULL, ""},
        {NULL, "chunk", "serial,threads", ""},
        {"lo", NULL, NULL,
            "--x: no workload here has a parameter 'lo'; did you mean 'low'? there are: low, "
            "high"},
        {"duration", NULL, NULL,
            "--x: no workload here has a parameter 'duration'; there are: low, high"},
        {NULL, "chunk", "serial",
            "--x: 'chunk' is a parameter of 'threads', which this run lacks; remove it or add the "
            "executor"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct plan *plan = NULL;
        struct diag diag = {.code = 0};
        int code =
            build_with(cases[i].params_name, cases[i].pool_name, cases[i].executors, &plan, &diag);
        cr_expect_eq(code, cases[i].sentence[0] ? -EINVAL : 0);
        cr_expect_str_eq(diag.text, cases[i].sentence);
        plan_free(plan);
    }
}

Test(plan, a_spec_without_runs_or_workload_is_refused) {
    struct plan_options options = {.workloads = fixture_workloads, .usable_cpus = 1};
    struct run_spec run = {.origin = {"f.yaml", 3, 5}};
    struct plan_spec none = {.run_count = 0}, nameless = {.runs = &run, .run_count = 1};
    struct plan *plan = NULL;
    struct diag diag = {.code = 0};

    cr_expect_eq(plan_build(&none, &options, &plan, &diag), -EINVAL);
    cr_expect_str_eq(diag.text, "there is nothing to run; name a workload");
    cr_expect_eq(plan_build(&nameless, &options, &plan, &diag), -EINVAL);
    cr_expect_str_eq(
        diag.text, "f.yaml:3:5: this run has no workload; name one, as in 'workload: sleep'");
    cr_expect_null(plan);
}

Test(plan, the_limit_of_cases_is_met_exactly) {
    static const struct {
        int workers, jobs;
        bool good;
    } cases[] = {{100, 100, true}, {100, 101, false}, {1000, 10000, false}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct spec_text *numbers = calloc(10000, sizeof(*numbers));
        char(*texts)[8] = calloc(10000, sizeof(*texts));
        struct spec_text threads = {.text = "threads"};
        struct run_spec run = {.workload = {.text = "noop"}, .executors = {&threads, 1, 0}};
        struct plan_spec spec = {.runs = &run, .run_count = 1};
        struct plan_options options = {.workloads = fixture_workloads, .usable_cpus = 1};
        struct plan *plan = NULL;
        struct diag diag = {.code = 0};

        cr_assert(numbers && texts);
        for (int j = 0; j < 10000; j++) {
            snprintf(texts[j], sizeof(texts[j]), "%d", j + 1);
            numbers[j].text = texts[j];
        }
        run.workers = (struct spec_list){.items = numbers, .count = (size_t)cases[i].workers};
        run.jobs = (struct spec_list){.items = numbers, .count = (size_t)cases[i].jobs};
        cr_expect_eq(plan_build(&spec, &options, &plan, &diag), cases[i].good ? 0 : -EINVAL);
        if (plan)
            cr_expect_eq(plan->case_count, (size_t)cases[i].workers * (size_t)cases[i].jobs);
        plan_free(plan);
        free(texts);
        free(numbers);
    }
}

Test(plan, shipped_configs_are_good) {
    static const char *const names[] = {"quick", "slides", "scaling", "overhead"};
    struct plan_options options = {.workloads = workloads, .usable_cpus = 2, .control = true};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[512];
        size_t size;
        char *text;
        snprintf(path, sizeof(path), "%s/../../configs/%s.yaml", TESTS_DATA_DIR, names[i]);
        text = fixture_read(path, &size);
        plan_free(make(text, &options));
        free(text);
    }
}

Test(plan, a_damaged_config_makes_a_plan_or_a_sentence) {
    fixture_check_damages("0-/x", 4, plan_only);
}

/* Impossible cases are in the plan, so that the table shows them, but they are no baseline and no
 * twin. */
Test(plan, marks_cases_that_an_executor_cannot_run) {
    static const char yaml[] = "runs: [{workload: spawn, executor: [serial, threads, loops]}]";
    struct plan_options options = {.workloads = workloads, .usable_cpus = 2, .control = true};
    struct plan *plan = make(yaml, &options);

    cr_assert_eq(plan->case_count, 4);
    cr_expect_str_eq(plan->cases[0].impossible, "serial cannot start tasks");
    cr_expect_str_eq(plan->cases[1].impossible, "threads cannot start tasks");
    cr_expect_null(plan->cases[2].impossible);
    cr_expect_eq(plan->sections[0].baseline, -1);
    cr_expect_eq(plan->cases[3].twin_of, 2);
    plan_free(plan);
}

Test(plan, refuses_a_plan_without_a_possible_case) {
    static const char yaml[] = "runs: [{workload: spawn, executor: [serial, threads]}]";
    struct plan_options options = {.workloads = workloads, .usable_cpus = 2};
    struct plan *plan = NULL;
    struct diag diag = {0};

    cr_expect_eq(fixture_plan("f.yaml", yaml, strlen(yaml), &options, &plan, &diag), -EINVAL);
    cr_expect_str_eq(diag.text,
        "'spawn/serial/1' cannot be measured: serial cannot start tasks; use an executor that can "
        "(coroutines, loops, offload)");
}
