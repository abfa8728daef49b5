/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "fixture_session.h"
#include "layout.h"

static struct fixture *fixture;

static void setup(void) {
    fixture = fixture_new(10);
}

static void teardown(void) {
    fixture_free(fixture);
}

TestSuite(report_table, .init = setup, .fini = teardown);

static char *emit(int width, bool color) {
    return fixture_emit(fixture, "table", &(struct report_style){.width = width, .color = color});
}

static void expect_lines_within(const char *text, size_t width) {
    char *copy = strdup(text), *rest = copy;

    for (char *line; (line = strsep(&rest, "\n"));) {
        size_t length = strlen(line);
        cr_expect_leq(text_width(line), width, "too long for %zu: %s", width, line);
        cr_expect(length == 0 || line[length - 1] != ' ', "blanks at the end of: '%s'", line);
    }
    free(copy);
}

static void expect_text(const char *text, const char *part) {
    cr_expect_not_null(strstr(text, part), "'%s' is not in:\n%s", part, text);
}

static void expect_no_text(const char *text, const char *part) {
    cr_expect_null(strstr(text, part), "'%s' is in:\n%s", part, text);
}

static void check_golden(int width, bool color, const char *golden) {
    char *text = emit(width, color);

    fixture_check_golden(golden, text);
    if (width > 0 && !color)
        expect_lines_within(text, (size_t)width);
    free(text);
}

/* From 42 columns on, whichever other columns are left out. */
Test(report_table, shows_which_rows_failed_if_there_is_space) {
    static const int widths[] = {48, 80, 0};

    for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
        char *text = fixture_emit(fixture, "table", &(struct report_style){.width = widths[i]});

        cr_expect_not_null(strstr(text, "  failed\n"), "%s", text);
        cr_expect_not_null(strstr(text, "3/10\n"), "%s", text);
        free(text);
    }
}

/* In the sections in which workers waited. */
Test(report_table, shows_waits_where_they_matter) {
    struct timed timed = {.elapsed_ns = 100000000, .no_cpu_ns = 3900000, .timeslices = 1};

    for (size_t i = 0; i < fixture->results[GCD_THREADS].sample_count; i++)
        fixture->results[GCD_THREADS].samples[i].timed = timed;
    char *text = emit(0, false);
    expect_no_text(text, "no CPU");
    free(text);
    timed.no_cpu_ns = 76000000;
    fixture->results[GCD_THREADS].samples[0].timed = timed;
    text = emit(0, false);
    expect_text(text, "  no CPU  ");
    expect_text(text, "  5.6%  ");
    cr_expect_null(strstr(strstr(text, "no CPU") + 1, "no CPU"), "in one section:\n%s", text);
    free(text);
}

/* Samples and rows with different numbers of runs. */
Test(report_table, counts_switches_per_run) {
    struct sample *samples = fixture->results[GCD_SERIAL].samples;

    fixture->results[GCD_SERIAL].passes = 7;
    for (size_t i = 0; i < fixture->results[GCD_SERIAL].sample_count; i++) {
        samples[i].warmup_runs = i % 2 ? 1 : 33;
        samples[i].voluntary_switches = i % 2 ? 400 : 2000;
        samples[i].involuntary_switches = 0;
    }
    char *text = fixture_emit(fixture, "csv", &(struct report_style){0});
    cr_expect_not_null(strstr(text, ",400,0,"));
    free(text);
    text = fixture_emit(fixture, "table", &(struct report_style){0});
    cr_expect_not_null(strstr(text, "   50  "), "%s", text);
    free(text);
}

Test(report_table, looks_as_recorded_in_80_columns) {
    check_golden(80, false, "table-80.txt");
}

Test(report_table, looks_as_recorded_in_120_columns) {
    check_golden(120, false, "table-120.txt");
}

Test(report_table, looks_as_recorded_without_a_limit) {
    check_golden(0, false, "table-unlimited.txt");
}

Test(report_table, looks_as_recorded_in_colour) {
    check_golden(80, true, "table-color.txt");
}

static char *emit_plots(int width, enum report_plot plot) {
    return fixture_emit(fixture, "table", &(struct report_style){.width = width, .plot = plot});
}

Test(report_table, draws_samples_in_the_reach_of_their_section) {
    char *text = emit_plots(0, PLOT_ALWAYS);

    expect_text(text, "  95% interval  samples +-5%       run");
    expect_text(text, "  95% interval  samples +-20%      run");
    expect_text(text, "processes                2   81.2 ms    80.6..81.9       *@        80.3 ms");
    free(text);
    text = emit_plots(0, PLOT_NEVER);
    expect_no_text(text, "samples +-");
    free(text);
}

/* The number of columns of the first table. */
static int first_table_width(const char *text) {
    return (int)strcspn(strstr(text, "executor "), "\n");
}

Test(report_table, leaves_out_plots_before_all_other_columns) {
    char *all = emit_plots(0, PLOT_IF_ROOM), *without = emit_plots(0, PLOT_NEVER);
    int width = first_table_width(all);

    fixture->plan.section_count = 1;
    fixture->plan.case_count = SLEEP_SERIAL;
    char *text = emit_plots(width, PLOT_IF_ROOM);
    cr_expect_eq(first_table_width(text), width);
    free(text);
    text = emit_plots(width - 1, PLOT_IF_ROOM);
    cr_expect_eq(first_table_width(text), first_table_width(without));
    free(text);
    free(all);
    free(without);
}

Test(report_table, keeps_plots_that_were_asked_for) {
    for (int width = 60; width <= 180; width += 20) {
        char *text = emit_plots(width, PLOT_ALWAYS);
        expect_lines_within(text, (size_t)width);
        expect_text(text, "samples +-5%");
        free(text);
    }
}

Test(report_table, draws_in_characters_of_the_locale) {
    char *text = emit_plots(0, PLOT_ALWAYS);
    expect_text(text, "80.6..81.9       *@ ");
    free(text);
    cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8"));
    text = emit_plots(0, PLOT_ALWAYS);
    expect_text(text, "80.6..81.9       \u2586\u2588 ");
    free(text);
}

Test(report_table, writes_no_escapes_without_colour) {
    char *text = emit(80, false);

    expect_no_text(text, "\033");
    free(text);
}

Test(report_table, fits_every_width) {
    for (int width = 32; width <= 180; width++) {
        char *text = emit(width, false);
        expect_lines_within(text, (size_t)width);
        expect_text(text, "executor");
        expect_text(text, "workers");
        expect_text(text, "time");
        free(text);
    }
}

Test(report_table, fits_long_names_into_80_columns) {
    static const char name[] =
        "a-name-of-more-than-eighty-characters-that-somebody-has-given-to-a-run"
        "-and-that-has-no-blanks";

    for (size_t i = GCD_SERIAL; i <= GCD_CONTROL; i++) {
        fixture->cases[i].name = name;
        fixture->cases[i].id = arena_printf(fixture->arena, "%s/executor/%zu", name, i);
    }
    fixture->cases[GCD_CHUNK].name = "other";
    fixture->sections[0].title = arena_printf(fixture->arena, "%s: 100 jobs", name);
    memset(fixture->session.environment.cpu_model, 'x', 120);
    char *text = emit(80, false);
    expect_lines_within(text, 80);
    free(text);
}

Test(report_table, names_the_run_where_a_section_has_several) {
    fixture->cases[GCD_CHUNK].name = "batched";
    fixture->cases[GCD_CHUNK].id = "batched/threads/2/chunk=16";
    char *text = emit(0, false);
    expect_text(text, "\nbatched/threads chunk=16 ");
    expect_text(text, "fastest: gcd/threads/2 at");
    free(text);
}

Test(report_table, shows_control_characters_escaped) {
    fixture->results[GCD_PROCESSES].samples[0].failure = "a\tb\033[31m\nc\x80";
    char *text = emit(80, false);
    expect_text(text, "3 of 10 samples: a b [31m c?\n");
    free(text);
}

Test(report_table, has_no_intervals_for_few_rounds) {
    struct fixture *small = fixture_new(5);
    char *text = fixture_emit(small, "table", &(struct report_style){0});

    expect_no_text(text, "..");
    expect_text(text, "; too few rounds to tell it from the others");
    expect_text(text, "too few rounds for an interval");
    expect_text(text, "warning: intervals need at least 6 rounds; use --rounds=10");
    free(text);
    fixture_free(small);
}

Test(report_table, says_what_is_not_separable) {
    fixture_set_times(fixture, GCD_THREADS, 100e6, 0.01);
    fixture_set_times(fixture, GCD_CHUNK, 100.3e6, -0.01);
    fixture_set_times(fixture, GCD_PROCESSES, 120e6, 0.01);
    char *text = emit(0, false);
    expect_text(text, "; not separable from it: threads/2/chunk=16\n");
    free(text);
    fixture_set_times(fixture, GCD_SERIAL, 100.3e6, -0.01);
    fixture_set_times(fixture, GCD_PROCESSES, 100.4e6, -0.02);
    fixture_set_times(fixture, GCD_COROUTINES, 100.4e6, -0.02);
    text = emit(0, false);
    expect_text(text, "; not separable from it: all the others\n");
    free(text);
}

Test(report_table, gives_no_ratio_to_itself_when_serial_is_fastest) {
    fixture_set_times(fixture, GCD_SERIAL, 10e6, 0.01);
    char *text = emit(0, false);
    expect_text(text, "fastest: serial/1 at 10.01 ms\n");
    free(text);
}

Test(report_table, says_when_the_control_differs) {
    fixture_set_times(fixture, GCD_THREADS, 100e6, 0.01);
    fixture_set_times(fixture, GCD_CONTROL, 104e6, 0.01);
    char *text = emit(0, false);
    expect_text(text,
        "control: threads/2 against its twin 1.040 (1.040..1.040): the same code "
        "seems to differ");
    free(text);
}

Test(report_table, says_how_far_an_interrupted_session_came) {
    fixture->session.interrupted_by = 2;
    fixture->session.rounds_done = 7;
    char *text = emit(80, false);
    expect_text(text, "interrupted: by SIGINT: 7 of 10 rounds are complete\n");
    free(text);
}

Test(report_table, prints_a_session_without_any_sample) {
    for (size_t i = 0; i < FIXTURE_CASES; i++)
        fixture->results[i].sample_count = 0;
    fixture->results[SLEEP_PROCESSES].given_up = false;
    char *text = emit(80, false);
    expect_lines_within(text, 80);
    expect_no_text(text, "fastest");
    expect_no_text(text, "nan");
    expect_text(text, "control: threads/2 and its twin have no valid round in common");
    free(text);
}

Test(report_table, shows_pool_parameters_that_differ_from_their_defaults) {
    fixture->cases[GCD_COROUTINES].pool[0].number = 8;
    char *text = emit(0, false);
    expect_text(text, "\ncoroutines concurrency=8 ");
    expect_text(text, "\nthreads chunk=16 "); /* varied, so shown once */
    expect_no_text(text, "chunk=16 chunk=16");
    free(text);
}

Test(report_table, shows_the_quota_and_the_governor) {
    fixture->session.environment.cpu_quota = 1.5;
    strcpy(fixture->session.environment.governor, "performance");
    char *text = emit(0, false);
    expect_text(text,
        ", 2 of 4 CPUs usable (quota 1.5), Linux 6.1.0-18-amd64, governor "
        "performance, 10 rounds, seed 4242\n");
    free(text);
}
