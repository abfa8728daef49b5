/* SPDX-License-Identifier: MIT */
#include "model.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fixture_session.h"
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

static const char *note(const struct report_notes *notes, const char *label) {
    for (size_t i = 0; i < notes->count; i++)
        if (strcmp(notes->items[i].label, label) == 0)
            return notes->items[i].text;
    return NULL;
}

static const char *cell(const struct report_table *table, size_t row, const char *heading) {
    for (size_t i = 0; i < table->column_count; i++)
        if (strcmp(table->columns[i].heading, heading) == 0)
            return table->rows[row].cells[i];
    return NULL;
}

Test(report_model, has_a_table_for_each_section_and_a_row_for_each_case) {
    build();
    cr_assert_eq(report->section_count, 3);
    for (size_t i = 0; i < report->section_count; i++) {
        const struct report_table *table = &report->sections[i].figures;

        cr_expect_str_eq(table->title, fixture->sections[i].title);
        cr_assert_eq(table->row_count, fixture->sections[i].count);
        cr_expect_null(report->sections[i].latencies);
        for (size_t row = 0; row < table->row_count; row++)
            cr_expect_str_eq(
                table->rows[row].id, fixture->cases[fixture->sections[i].first + row].id);
    }
    cr_expect_null(report->comparison);
    cr_expect_eq(report->checks.row_count, 0);
}

Test(report_model, says_how_each_row_counts) {
    build();
    const struct report_row *rows = report->sections[0].figures.rows;
    cr_expect_eq(rows[0].outcome, OUTCOME_PASSED);
    cr_expect_eq(rows[GCD_THREADS].tone, TONE_GOOD);
    cr_expect_eq(rows[GCD_THREADS].bold, 0, "the fastest");
    cr_expect_eq(rows[GCD_PROCESSES].outcome, OUTCOME_FAILED);
    cr_expect_eq(rows[GCD_PROCESSES].tone, TONE_BAD);
    cr_expect_str_eq(rows[GCD_PROCESSES].why, note(&report->notes, "failed"));
    rows = report->sections[2].figures.rows;
    cr_expect_eq(rows[2].outcome, OUTCOME_SKIPPED);
    cr_expect(isnan(rows[2].time_ns));
    cr_expect_str_eq(rows[2].sentence, "executor processes, workers 2");
}

Test(report_model, has_the_sentences_of_a_section) {
    build();
    const struct report_notes *notes = &report->sections[0].figures.notes;
    cr_expect_eq(strncmp(note(notes, "fastest"), "threads/2 at ", 13), 0);
    cr_expect_not_null(note(notes, "control"));
    cr_expect_null(note(notes, "n/a"));
    cr_expect_null(note(&report->sections[2].figures.notes, "control"));
}

/* Every figure of the saved result that has a column, formatted as that column does. */
Test(report_model, agrees_with_the_json) {
    static const struct {
        const char *heading, *member;
        size_t (*show)(double, char *, size_t);
    } figures[] = {
        {"start-up", "startup_ns", show_duration}, {"memory", "max_rss_bytes", show_size}};
    char *text = fixture_emit(fixture, "json", &(struct report_style){0});
    json_t *root = json_loads(text, 0, NULL);

    build();
    for (size_t i = 0; i < FIXTURE_CASES; i++) {
        const json_t *one = json_array_get(json_object_get(root, "cases"), i);
        const json_t *said = json_object_get(one, "summary");
        size_t section = fixture->cases[i].section;

        for (size_t j = 0; j < 2; j++) {
            const json_t *value = json_object_get(said, figures[j].member);
            char expected[64];
            (void)figures[j].show(
                json_is_null(value) ? NAN : json_number_value(value), expected, sizeof(expected));
            cr_expect_str_eq(cell(&report->sections[section].figures,
                                 i - fixture->sections[section].first, figures[j].heading),
                expected);
        }
    }
    json_decref(root);
    free(text);
}

Test(report_model, has_a_row_for_each_pair_and_the_control) {
    fixture_compare(fixture);
    build();
    cr_assert_not_null(report->comparison);
    cr_expect(report->comparison_only);
    const struct report_table *table = &report->comparison->table;
    cr_assert_eq(table->row_count, 3);
    cr_expect_str_eq(table->title, "regressed");
    cr_expect_eq(table->rows[0].outcome, OUTCOME_FAILED);
    cr_expect_str_eq(cell(table, 0, "verdict"), "regressed");
    cr_expect_str_eq(cell(table, 0, "B/A"), "1.051x");
    cr_expect_eq(table->rows[1].outcome, OUTCOME_SKIPPED);
    cr_expect_str_eq(cell(table, 1, "B/A"), "-");
    cr_expect_str_eq(note(&table->notes, "slow|io"), "its samples fail; mend them first");
    cr_expect_str_eq(table->rows[2].id, "control");
    cr_expect_null(cell(table, 0, "threshold"), "all rows have the same");
}

Test(report_model, has_latencies_where_they_were_recorded) {
    fixture_time_jobs(fixture);
    build();
    const struct report_table *table = report->sections[2].latencies;
    cr_assert_not_null(table);
    cr_expect_str_eq(cell(table, 2, "p99"), "-");
    cr_expect_not_null(note(&table->notes, "recording"));
    cr_expect_null(note(&table->notes, "missing"));
}
