/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <ctype.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "fake_task.h"
#include "tail.h"
#include "workloads.h"

#define JOBS 8
#define STRIDE 64

/* A workload with its test values, made and run by hand. */
struct trial {
    const struct workload *workload;
    union param_value params[PARAMS_MAX];
    void *state;
    _Alignas(16) char slots[JOBS * STRIDE];
    _Alignas(16) char merged[RESULT_MERGE_MAX];
    struct diag diag;
};

/* Also sets up; `params` are NULL or pairs of name and text, ended by NULL. */
static void trial_init(
    struct trial *trial, const struct workload *workload, const char *const *params) {
    *trial = (struct trial){.workload = workload};
    cr_assert_eq(params_defaults(workload->params, 1, trial->params, &trial->diag), 0);
    for (; params && params[0]; params += 2) {
        int at = params_find(workload->params, params[0]);
        cr_assert_geq(at, 0, "%s", params[0]);
        cr_assert_eq(
            param_parse(&workload->params[at], params[1], &trial->params[at], &trial->diag), 0);
    }
    struct workload_input in = {.params = trial->params, .jobs = JOBS, .seed = 1};
    if (workload->setup)
        cr_assert_eq(workload->setup(&in, &trial->state, &trial->diag), 0, "%s", trial->diag.text);
}

static void trial_release(struct trial *trial) {
    if (trial->workload->teardown)
        trial->workload->teardown(trial->state);
}

static int trial_run(struct trial *trial, int64_t i) {
    bool has_result = trial->workload->result_size > 0;
    return trial->workload->job(
        trial->state, i, NULL, has_result ? trial->slots + i * STRIDE : NULL);
}

static void trial_run_all(struct trial *trial) {
    for (int64_t i = 0; i < JOBS; i++)
        cr_assert_eq(trial_run(trial, i), 0);
}

static void trial_start(
    struct trial *trial, const struct workload *workload, const char *const *params) {
    trial_init(trial, workload, params);
    trial_run_all(trial);
}

/* Folds the slots into `merged`, in steps of `step`, which is odd. */
static void trial_merge(struct trial *trial, int64_t step) {
    memset(trial->merged, 0, sizeof(trial->merged));
    for (int64_t i = 0; i < JOBS; i++)
        trial->workload->merge(trial->merged, trial->slots + i * step % JOBS * STRIDE);
}

static int verify(struct trial *trial, bool merged) {
    struct outcome outcome = {.jobs = JOBS,
        .done = JOBS,
        .index_sum = JOBS * (JOBS - 1) / 2,
        .slots = merged ? NULL : trial->slots,
        .slot_stride = STRIDE,
        .merged = merged ? trial->merged : NULL};
    trial->diag = (struct diag){0};
    return trial->workload->verify(trial->state, &outcome, &trial->diag);
}

static void expect_refused(struct trial *trial, bool merged, const char *part) {
    cr_expect_eq(verify(trial, merged), -EBADMSG);
    cr_expect_eq(trial->diag.code, -EBADMSG);
    cr_expect_not_null(strstr(trial->diag.text, part), "%s", trial->diag.text);
    cr_expect_not_null(strchr(trial->diag.text, ';'), "%s", trial->diag.text);
}

static bool is_name(const char *text) {
    for (const char *c = text; *c; c++)
        if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c) && *c != '_')
            return false;
    return *text != '\0';
}

static bool is_sentence(const char *text) {
    return text && *text && text[strlen(text) - 1] != '.';
}

Test(workloads, tables_are_well_formed) {
    for (const struct workload *const *at = workloads; *at; at++) {
        const struct workload *workload = *at;
        cr_expect(is_name(workload->name), "'%s'", workload->name);
        cr_expect(is_sentence(workload->summary), "%s", workload->name);
        cr_expect_gt(workload->default_jobs, 0, "%s", workload->name);
        cr_expect_not_null(workload->job, "%s", workload->name);
        if (workload->merge) {
            cr_expect_gt(workload->result_size, 0, "%s", workload->name);
            cr_expect_leq(workload->result_size, RESULT_MERGE_MAX, "%s", workload->name);
        }
        for (const struct workload *const *other = workloads; other < at; other++)
            cr_expect_str_neq(workload->name, (*other)->name);
    }
}

Test(workloads, parameters_are_well_formed) {
    for (const struct workload *const *at = workloads; *at; at++) {
        const struct param *params = (*at)->params;
        size_t count = params_count(params);
        cr_assert_leq(count, PARAMS_MAX, "%s", (*at)->name);
        for (size_t i = 0; i < count; i++) {
            cr_expect(is_name(params[i].name), "'%s'", params[i].name);
            cr_expect(is_sentence(params[i].help), "%s", params[i].name);
            cr_expect_eq(params_find(params, params[i].name), (int)i, "%s", params[i].name);
            cr_expect_leq(params[i].min, params[i].max, "%s", params[i].name);
        }
        for (int test = 0; test <= 1; test++) {
            union param_value values[PARAMS_MAX];
            struct diag diag = {0};
            cr_expect_eq(
                params_defaults(params, test, values, &diag), 0, "%s: %s", (*at)->name, diag.text);
        }
    }
}

Test(workloads, each_runs_and_verifies_with_its_test_values) {
    for (const struct workload *const *at = workloads; *at; at++) {
        struct trial trial;
        trial_start(&trial, *at, NULL);
        if ((*at)->verify)
            cr_expect_eq(verify(&trial, false), 0, "%s: %s", (*at)->name, trial.diag.text);
        trial_release(&trial);
    }
}

static void expect_closed_by_tasks(const struct workload *workload, const char *const *params) {
    struct trial trial;
    trial_init(&trial, workload, params);
    fake.closes = 0;
    trial_run_all(&trial);
    cr_expect_eq(fake.closes, 0, "%s: %d calls of close()", workload->name, fake.closes);
    trial_release(&trial);
}

/* An event loop would not notice close(). */
Test(workloads, jobs_close_descriptors_with_task_close) {
    for (const struct workload *const *at = workloads; *at; at++)
        expect_closed_by_tasks(*at, NULL);
    const char *const params[] = {"command", "echo {i}", "output", "{i}", NULL};
    expect_closed_by_tasks(&workload_exec, params);
}

Test(workloads, folded_results_verify_in_any_order) {
    for (const struct workload *const *at = workloads; *at; at++) {
        if (!(*at)->merge)
            continue;
        struct trial trial;
        trial_start(&trial, *at, NULL);
        for (int64_t step = 1; step < JOBS; step += 2) {
            trial_merge(&trial, step);
            cr_expect_eq(verify(&trial, true), 0, "%s: %s", (*at)->name, trial.diag.text);
        }
        trial_release(&trial);
    }
}

Test(workloads, a_worker_that_ran_nothing_folds_to_nothing) {
    for (const struct workload *const *at = workloads; *at; at++) {
        if (!(*at)->merge)
            continue;
        struct trial trial;
        trial_start(&trial, *at, NULL);
        trial_merge(&trial, 1);
        char idle[RESULT_MERGE_MAX] = {0};
        (*at)->merge(trial.merged, idle);
        (*at)->merge(idle, trial.merged);
        cr_expect_eq(memcmp(idle, trial.merged, (*at)->result_size), 0, "%s", (*at)->name);
        cr_expect_eq(verify(&trial, true), 0, "%s: %s", (*at)->name, trial.diag.text);
        trial_release(&trial);
    }
}

Test(workloads, a_workload_without_jobs_is_accepted) {
    for (const struct workload *const *at = workloads; *at; at++) {
        struct trial trial = {.workload = *at};
        cr_assert_eq(params_defaults((*at)->params, 1, trial.params, &trial.diag), 0);
        struct workload_input in = {.params = trial.params, .jobs = 0, .seed = 1};
        if ((*at)->setup)
            cr_assert_eq((*at)->setup(&in, &trial.state, &trial.diag), 0);
        struct outcome none = {0};
        if ((*at)->verify)
            cr_expect_eq((*at)->verify(trial.state, &none, &trial.diag), 0);
        none.merged = trial.merged;
        if ((*at)->verify && (*at)->merge)
            cr_expect_eq((*at)->verify(trial.state, &none, &trial.diag), 0);
        trial_release(&trial);
    }
}

Test(gcd, a_wrong_slot_is_named) {
    struct trial trial;
    trial_start(&trial, &workload_gcd, NULL);
    trial.slots[3 * STRIDE] ^= 1;
    expect_refused(&trial, false, "job 3: the result is ");
    trial_release(&trial);
}

Test(gcd, swapped_slots_are_caught) {
    struct trial trial;
    const char *const params[] = {"low", "6", "high", "12", NULL};
    trial_start(&trial, &workload_gcd, params);
    char *first = trial.slots;
    char *other = first + STRIDE;
    while (!memcmp(first, other, workload_gcd.result_size))
        other += STRIDE;
    char kept[STRIDE];
    memcpy(kept, first, STRIDE);
    memcpy(first, other, STRIDE);
    memcpy(other, kept, STRIDE);
    expect_refused(&trial, false, "job 0: ");
    trial_release(&trial);
}

Test(gcd, a_wrong_sum_or_count_is_caught) {
    struct trial trial;
    trial_start(&trial, &workload_gcd, NULL);
    for (size_t byte = 0; byte < workload_gcd.result_size; byte++) {
        trial_merge(&trial, 1);
        trial.merged[byte] ^= 1;
        expect_refused(&trial, true, "add up to");
    }
    trial_release(&trial);
}

Test(gcd, a_result_that_is_missing_or_counted_twice_is_caught) {
    struct trial trial;
    trial_start(&trial, &workload_gcd, NULL);
    trial_merge(&trial, 1);
    workload_gcd.merge(trial.merged, trial.slots);
    expect_refused(&trial, true, "9 results");
    memset(trial.slots + STRIDE, 0, STRIDE);
    trial_merge(&trial, 1);
    expect_refused(&trial, true, "7 results");
    expect_refused(&trial, false, "job 1: ");
    trial_release(&trial);
}

Test(gcd, the_seed_alone_decides_the_pairs) {
    struct trial trials[3];
    for (int k = 0; k < 3; k++) {
        struct trial *trial = &trials[k];
        *trial = (struct trial){.workload = &workload_gcd};
        cr_assert_eq(params_defaults(workload_gcd.params, 1, trial->params, NULL), 0);
        struct workload_input in = {.params = trial->params, .jobs = JOBS, .seed = k == 2 ? 6 : 5};
        cr_assert_eq(workload_gcd.setup(&in, &trial->state, NULL), 0);
        trial_run_all(trial);
    }
    cr_expect_eq(memcmp(trials[0].slots, trials[1].slots, sizeof(trials[0].slots)), 0);
    cr_expect_neq(memcmp(trials[0].slots, trials[2].slots, sizeof(trials[0].slots)), 0);
    for (int k = 0; k < 3; k++)
        trial_release(&trials[k]);
}

Test(gcd, works_at_the_ends_of_its_range) {
    static const char *const ranges[][5] = {
        {"low", "1", "high", "1", NULL}, {"low", "4294967295", "high", "4294967295", NULL}};
    for (size_t i = 0; i < 2; i++) {
        struct trial trial;
        trial_start(&trial, &workload_gcd, ranges[i]);
        cr_expect_eq(verify(&trial, false), 0, "%s", trial.diag.text);
        trial_release(&trial);
    }
}

Test(gcd, says_so_when_the_pairs_do_not_fit) {
    union param_value params[] = {{.number = 8}, {.number = 9}};
    struct workload_input in = {.params = params, .jobs = INT64_MAX};
    struct diag diag = {0};
    void *state = NULL;
    cr_expect_eq(workload_gcd.setup(&in, &state, &diag), -ENOMEM);
    cr_expect_not_null(strstr(diag.text, "9223372036854775807 jobs"), "%s", diag.text);
}

Test(sleep, sleeps_for_the_given_duration) {
    struct trial trial;
    const char *const params[] = {"duration", "1h", NULL};
    trial_start(&trial, &workload_sleep, params);
    cr_expect_eq(fake.now_ns, JOBS * INT64_C(3600000000000));
    cr_expect_eq(fake.blocks, 0);
    cr_expect_eq(verify(&trial, false), 0, "%s", trial.diag.text);
    trial_release(&trial);
}

Test(sleep, one_early_wake_is_caught_and_its_job_named) {
    struct trial trial;
    trial_start(&trial, &workload_sleep, NULL);
    fake.early_ns = 1;
    cr_assert_eq(trial_run(&trial, 5), 0);
    expect_refused(&trial, false, "job 5 woke early, after 999999 ns of 1000000 ns");
    for (int64_t step = 1; step < JOBS; step += 2) {
        trial_merge(&trial, step);
        expect_refused(&trial, true, "job 5 woke early, after 999999 ns of 1000000 ns");
    }
    trial_release(&trial);
}

Test(sleep, results_that_are_lost_or_misplaced_are_caught) {
    struct trial trial;
    trial_start(&trial, &workload_sleep, NULL);
    memcpy(trial.slots + 2 * STRIDE, trial.slots, STRIDE);
    expect_refused(&trial, false, "the result of job 2 is not its own");
    memset(trial.slots + 2 * STRIDE, 0, STRIDE);
    expect_refused(&trial, false, "the result of job 2 is not its own");
    trial_merge(&trial, 1);
    expect_refused(&trial, true, "results of 7 jobs came in for 8");
    trial_release(&trial);
}

Test(sleep, blocking_goes_through_the_task) {
    struct trial trial;
    const char *const params[] = {"duration", "0", "blocking", "true", NULL};
    trial_start(&trial, &workload_sleep, params);
    cr_expect_eq(fake.blocks, JOBS);
    cr_expect_eq(fake.sleeps, 0);
    trial_release(&trial);
}

Test(sleep, a_sleep_that_is_refused_fails_the_job) {
    static const char *const kinds[][3] = {{"blocking", "false", NULL}, {"blocking", "true", NULL}};
    for (size_t i = 0; i < 2; i++) {
        struct trial trial;
        trial_init(&trial, &workload_sleep, kinds[i]);
        fake.refusal = -ECANCELED;
        cr_expect_eq(trial_run(&trial, 0), -ECANCELED);
        cr_expect_eq(fake.failures, (int)i + 1);
        trial_release(&trial);
    }
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct workload *const over_tcp[] = {&workload_echo, &workload_guess, &workload_tail};

Test(over_tcp, a_wrong_result_is_caught) {
    for (size_t k = 0; k < COUNT(over_tcp); k++) {
        struct trial trial;
        trial_start(&trial, over_tcp[k], NULL);
        for (size_t byte = 0; byte < over_tcp[k]->result_size; byte++) {
            trial.slots[3 * STRIDE + byte] ^= 1;
            expect_refused(&trial, false, "job 3");
            trial_merge(&trial, 1);
            expect_refused(&trial, true, "the executor lost");
            trial.slots[3 * STRIDE + byte] ^= 1;
        }
        trial_release(&trial);
    }
}

Test(over_tcp, a_result_of_another_job_is_caught) {
    static const struct workload *const telling[] = {&workload_echo, &workload_guess};
    for (size_t k = 0; k < COUNT(telling); k++) {
        struct trial trial;
        const char *const params[] = {"high", "4000000000", NULL};
        trial_start(&trial, telling[k], telling[k] == &workload_guess ? params : NULL);
        memcpy(trial.slots + 2 * STRIDE, trial.slots, STRIDE);
        expect_refused(&trial, false, "job 2");
        trial_merge(&trial, 1);
        expect_refused(&trial, true, "the executor lost");
        trial_release(&trial);
    }
}

Test(over_tcp, a_wrong_byte_fails_the_job) {
    for (size_t k = 0; k < COUNT(over_tcp); k++) {
        struct trial trial;
        trial_init(&trial, over_tcp[k], NULL);
        fake.failures = 0;
        /* The first answer of any workload, and the first hint of guess. */
        for (int read = 1; read <= (over_tcp[k] == &workload_guess ? 2 : 1); read++) {
            fake.corrupt_read = read;
            cr_expect_eq(trial_run(&trial, 0), -EBADMSG, "%s", over_tcp[k]->name);
            cr_expect_eq(fake.failures, read, "%s", over_tcp[k]->name);
        }
        trial_release(&trial);
    }
}

static pid_t only_child(void) {
    int pid = 0;
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
    FILE *file = fopen(path, "re");
    cr_assert_not_null(file);
    cr_assert_eq(fscanf(file, "%d", &pid), 1);
    fclose(file);
    return pid;
}

Test(over_tcp, a_partner_that_has_died_fails_jobs_and_hangs_none) {
    for (size_t k = 0; k < COUNT(over_tcp); k++) {
        struct trial trial;
        siginfo_t info;
        trial_init(&trial, over_tcp[k], NULL);
        fake.failures = 0;
        kill(only_child(), SIGKILL);
        cr_assert_eq(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
        cr_expect_eq(trial_run(&trial, 0), -ECONNREFUSED, "%s", over_tcp[k]->name);
        cr_expect_eq(fake.failures, 1, "%s", over_tcp[k]->name);
        trial_release(&trial);
        cr_expect_eq(waitpid(-1, NULL, WNOHANG), -1, "%s leaves a process", over_tcp[k]->name);
    }
}

Test(tail, every_pass_follows_new_files) {
    struct trial trial;
    const char *const params[] = {"lines", "100", "interval", "10us", NULL};
    trial_init(&trial, &workload_tail, params);
    for (int pass = 0; pass < 3; pass++)
        trial_run_all(&trial);
    cr_expect_eq(verify(&trial, false), 0, "%s", trial.diag.text);
    cr_assert_eq(trial_run(&trial, 4), 0);
    expect_refused(&trial, false, "job 4: the output has 400 lines of it and 300 of job 0");
    trial_release(&trial);
}

#define OUTPUT_LINES 16 /* of all jobs, with test values */

/* Each damages the output differently and returns its new size. */

static size_t swap_lines(char *text) {
    char kept[TAIL_LINE];
    memcpy(kept, text, TAIL_LINE);
    memcpy(text, text + TAIL_LINE, TAIL_LINE);
    memcpy(text + TAIL_LINE, kept, TAIL_LINE);
    return (size_t)OUTPUT_LINES * TAIL_LINE;
}

static size_t repeat_line(char *text) {
    memcpy(text + TAIL_LINE, text, TAIL_LINE);
    return (size_t)OUTPUT_LINES * TAIL_LINE;
}

static size_t lose_line(char *text) {
    (void)text;
    return (size_t)(OUTPUT_LINES - 1) * TAIL_LINE;
}

static size_t lose_byte(char *text) {
    (void)text;
    return (size_t)OUTPUT_LINES * TAIL_LINE - 1;
}

static size_t lose_all(char *text) {
    (void)text;
    return 0;
}

static size_t change_letter(char *text) {
    text[5 * TAIL_LINE - 2] ^= 1;
    return (size_t)OUTPUT_LINES * TAIL_LINE;
}

static size_t write_nonsense(char *text) {
    memset(text + TAIL_LINE, 'x', TAIL_LINE);
    return (size_t)OUTPUT_LINES * TAIL_LINE;
}

Test(tail, a_harmed_output_is_caught) {
    static const struct {
        size_t (*harm)(char *text);
        const char *words;
    } harms[] = {{swap_lines, "job 0: line 1 of pass 0 is in the output where line 0"},
        {repeat_line, "job 0: line 0 of pass 0 is in the output where line 1"},
        {lose_line, "job 7: the output has 1 lines of it"}, {lose_byte, "ends within a line"},
        {lose_all, "job 0: the output has 0 lines"},
        {change_letter, "job 2: line 0 of pass 0 reads"}, {write_nonsense, "is a line of no file"}};
    for (size_t k = 0; k < COUNT(harms); k++) {
        struct trial trial;
        char text[OUTPUT_LINES * TAIL_LINE];
        trial_start(&trial, &workload_tail, NULL);
        int fd = ((struct tail_state *)trial.state)->output_fd;
        cr_assert_eq(pread(fd, text, sizeof(text), 0), (ssize_t)sizeof(text));
        size_t size = harms[k].harm(text);
        cr_assert_eq(ftruncate(fd, 0), 0);
        cr_assert_eq(write(fd, text, size), (ssize_t)size);
        expect_refused(&trial, false, harms[k].words);
        trial_release(&trial);
    }
}

Test(guess, plays_in_every_range) {
    static const char *const ranges[][5] = {{"low", "0", "high", "0", NULL},
        {"low", "4294967294", "high", "4294967295", NULL}, {"low", "0", "high", "4294967295", NULL},
        {"low", "3", "high", "5", NULL}};
    for (size_t k = 0; k < COUNT(ranges); k++) {
        struct trial trial;
        trial_start(&trial, &workload_guess, ranges[k]);
        cr_expect_eq(verify(&trial, false), 0, "%s", trial.diag.text);
        trial_release(&trial);
    }
}

Test(echo, long_messages_come_back) {
    struct trial trial;
    const char *const params[] = {"size", "1MiB", "round_trips", "3", NULL};
    trial_start(&trial, &workload_echo, params);
    cr_expect_eq(verify(&trial, false), 0, "%s", trial.diag.text);
    trial_release(&trial);
}

static const char *const nine_tasks[] = {"tasks", "9", "batch", "4", NULL};

Test(spawn, every_task_counts_once) {
    struct trial trial;
    trial_start(&trial, &workload_spawn, nine_tasks);
    cr_expect_eq(verify(&trial, false), 0, "%s", trial.diag.text);
    int64_t *result = (int64_t *)trial.slots; /* how many ran, and the sum of their numbers */
    cr_expect_eq(result[0], 9);
    cr_expect_eq(result[1], 36);
    result[1] ^= 1;
    expect_refused(&trial, false, "the numbers of the tasks add up to 289 instead of 288");
    result[0] = 8;
    expect_refused(&trial, false, "71 tasks ran instead of 72");
    trial_release(&trial);
}

Test(spawn, a_task_that_cannot_be_started_fails_the_job) {
    struct trial trial;
    trial_init(&trial, &workload_spawn, nine_tasks);
    fake.refusal = -ENOMEM;
    cr_expect_eq(trial_run(&trial, 0), -ENOMEM);
    cr_expect_eq(fake.failures, 1);
    trial_release(&trial);
}
