/* SPDX-License-Identifier: MIT */
#include "model.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fixture_session.h"
#include "numbers.h"
#include "units.h"

static struct fixture *fixture;
static struct session_summary *summary;
static struct report *report;

static void setup(void) {
    fixture = fixture_new(10);
}

static void teardown(void) {
    report_free(report);
    report = NULL;
    session_summary_free(summary);
    summary = NULL;
    fixture_free(fixture);
}

TestSuite(report_model, .init = setup, .fini = teardown);

static void build(void) {
    summary = summarize(&fixture->session);
    summary->gate = fixture->gate;
    report = report_new(&fixture->session, summary);
}

/* Block number `index` of its kind; NULL: there is none. */
static const struct report_block *find(enum report_block_kind kind, size_t index) {
    for (size_t i = 0; i < report->block_count; i++)
        if (report->blocks[i].kind == kind && index-- == 0)
            return &report->blocks[i];
    return NULL;
}

static const char *note(const struct report_block *block, const char *label) {
    for (size_t i = 0; i < block->notes.count; i++)
        if (strcmp(block->notes.items[i].label, label) == 0)
            return block->notes.items[i].text;
    return NULL;
}

static const char *cell(const struct report_block *block, size_t row, const char *heading) {
    for (size_t i = 0; i < block->column_count; i++)
        if (strcmp(block->columns[i].heading, heading) == 0)
            return block->rows[row].cells[i];
    return NULL;
}

Test(report_model, has_a_block_for_each_section_and_a_row_for_each_case) {
    build();
    cr_assert_eq(report->block_count, 4);
    for (size_t i = 0; i < 3; i++) {
        const struct report_block *block = find(BLOCK_SECTION, i);

        cr_expect_eq(block, &report->blocks[i], "in the order of the plan");
        cr_expect(!block->is_hidden);
        cr_expect_str_eq(block->title, fixture->sections[i].title);
        cr_assert_eq(block->row_count, fixture->sections[i].count);
        for (size_t row = 0; row < block->row_count; row++)
            cr_expect_str_eq(
                block->rows[row].id, fixture->cases[fixture->sections[i].first + row].id);
    }
    cr_expect_not_null(note(find(BLOCK_NOTES, 0), "warning"));
}

Test(report_model, says_how_each_row_counts) {
    build();
    const struct report_row *rows = find(BLOCK_SECTION, 0)->rows;
    cr_expect_eq(rows[0].outcome, OUTCOME_PASSED);
    cr_expect_eq(rows[GCD_THREADS].tone, TONE_GOOD);
    cr_expect_eq(rows[GCD_THREADS].bold, 0, "the fastest");
    cr_expect_eq(rows[GCD_PROCESSES].outcome, OUTCOME_FAILED);
    cr_expect_eq(rows[GCD_PROCESSES].tone, TONE_BAD);
    cr_expect_str_eq(rows[GCD_PROCESSES].why, note(find(BLOCK_NOTES, 0), "failed"));
    rows = find(BLOCK_SECTION, 2)->rows;
    cr_expect_eq(rows[2].outcome, OUTCOME_SKIPPED);
    cr_expect(isnan(rows[2].time_ns));
    cr_expect_str_eq(rows[2].sentence, "executor processes, workers 2");
    cr_expect_not_null(cell(find(BLOCK_SECTION, 2), 0, "samples +-20%"));
    cr_expect_null(strstr(rows[0].sentence, "samples"), "%s", rows[0].sentence);
}

Test(report_model, has_the_sentences_of_a_section) {
    build();
    const struct report_block *block = find(BLOCK_SECTION, 0);
    cr_expect_eq(strncmp(note(block, "fastest"), "threads/2 at ", 13), 0);
    cr_expect_not_null(note(block, "control"));
    cr_expect_null(note(block, "n/a"));
    cr_expect_null(note(find(BLOCK_SECTION, 2), "control"));
}

static double number(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);

    return json_is_number(value) ? json_number_value(value) : NAN;
}

static struct interval interval(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);

    if (!json_is_array(value))
        return (struct interval){NAN, NAN};
    return (struct interval){
        json_number_value(json_array_get(value, 0)), json_number_value(json_array_get(value, 1))};
}

/* Compares the cells of a case with its saved summary, in the same format. */
static void expect_figures(const struct report_block *block, size_t row, const json_t *saved) {
    struct arena *arena = fixture->arena;
    const json_t *speedup = json_object_get(saved, "speedup");
    struct interval time = interval(saved, "time_interval_ns");
    struct estimate ratio = {number(speedup, "value"), interval(speedup, "interval")};

    cr_expect_str_eq(cell(block, row, "time"), time_text(arena, number(saved, "time_ns"), time));
    cr_expect_str_eq(cell(block, row, "95% interval"),
        time_interval_text(arena, number(saved, "time_ns"), time));
    cr_expect_str_eq(cell(block, row, "run"),
        time_text(arena, number(saved, "run_ns"), interval(saved, "run_interval_ns")));
    cr_expect_str_eq(
        cell(block, row, "start-up"), unit_text(arena, show_duration, number(saved, "startup_ns")));
    cr_expect_str_eq(
        cell(block, row, "memory"), unit_text(arena, show_size, number(saved, "max_rss_bytes")));
    if (cell(block, row, "speed-up"))
        cr_expect_str_eq(cell(block, row, "speed-up"), ratio_text(arena, ratio));
}

Test(report_model, agrees_with_the_json) {
    char *text = fixture_emit(fixture, "json", &(struct report_style){0});
    json_t *root = json_loads(text, 0, NULL);
    const json_t *cases = json_object_get(root, "cases");

    build();
    for (size_t i = 0; i < FIXTURE_CASES; i++) {
        size_t section = fixture->cases[i].section;

        expect_figures(find(BLOCK_SECTION, section), i - fixture->sections[section].first,
            json_object_get(json_array_get(cases, i), "summary"));
    }
    json_decref(root);
    free(text);
}

Test(report_model, has_a_row_for_each_pair_and_the_control) {
    fixture_compare(fixture);
    build();
    const struct report_block *block = find(BLOCK_COMPARISON, 0);
    cr_assert_eq(block, &report->blocks[0], "before the sections, which are hidden");
    cr_expect(find(BLOCK_SECTION, 0)->is_hidden);
    cr_assert_eq(block->row_count, 3);
    cr_expect_str_eq(block->title, "regressed");
    cr_expect_eq(block->rows[0].outcome, OUTCOME_FAILED);
    cr_expect_str_eq(cell(block, 0, "verdict"), "regressed");
    cr_expect_str_eq(cell(block, 0, "B/A"), "1.051x");
    cr_expect_eq(block->rows[1].outcome, OUTCOME_SKIPPED);
    cr_expect_str_eq(cell(block, 1, "B/A"), "-");
    cr_expect_str_eq(note(block, "slow|io"), "about 90 rounds would settle it");
    cr_expect_str_eq(block->rows[2].id, "control");
    cr_expect_null(cell(block, 0, "threshold"), "all pairs have the same");
}

Test(report_model, has_latencies_if_they_were_recorded) {
    build();
    cr_expect_null(find(BLOCK_LATENCIES, 0));
    teardown();
    setup();
    fixture_time_jobs(fixture);
    build();
    const struct report_block *block = find(BLOCK_LATENCIES, 2);
    cr_assert_not_null(block);
    cr_expect_null(block->title, "the section has it");
    cr_expect_str_eq(cell(block, 2, "p99"), "-");
    cr_expect_not_null(note(block, "recording"));
    cr_expect_null(note(block, "missing"));
}
