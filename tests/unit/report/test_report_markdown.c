/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "fixture_session.h"

static struct fixture *fixture;

static void setup(void) {
    fixture = fixture_new(10);
}

static void teardown(void) {
    fixture_free(fixture);
}

TestSuite(report_markdown, .init = setup, .fini = teardown);

static char *emit(int width) {
    return fixture_emit(
        fixture, "markdown", &(struct report_style){.width = width, .plot = PLOT_IF_ROOM});
}

Test(report_markdown, looks_as_recorded) {
    cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8"));
    char *text = emit(0);

    fixture_check_golden("markdown.md", text);
    free(text);
}

Test(report_markdown, is_the_same_at_any_width) {
    char *wide = emit(0), *narrow = emit(40);

    cr_expect_str_eq(wide, narrow);
    free(wide);
    free(narrow);
}

/* In code, blanks are kept, except one at either end. */
Test(report_markdown, draws_samples_as_code) {
    char *text = emit(0);
    cr_expect_not_null(strstr(text, "| samples +-5% |"), "%s", text);
    cr_expect_not_null(strstr(text, "| 80.6..81.9 | `      *@      ` | 80.3 ms |"), "%s", text);
    cr_expect_not_null(strstr(text, "| processes chunk=2 | 4 | - | - | - | - |"), "%s", text);
    free(text);
    text = fixture_emit(fixture, "markdown", &(struct report_style){.plot = PLOT_NEVER});
    cr_expect_null(strstr(text, "samples +-"), "%s", text);
    free(text);
}

/* The unescaped bars of a line, which separate cells. */
static size_t count_bars(const char *line) {
    size_t bars = 0;

    for (; *line; line++) {
        if (*line == '\\')
            line++;
        else
            bars += *line == '|';
    }
    return bars;
}

Test(report_markdown, has_as_many_cells_in_every_row) {
    fixture->cases[GCD_CHUNK].variant = "chunk=a|b\nc";
    char *text = emit(0), *rest = text;
    size_t bars = 0, rows = 0;
    for (char *line; (line = strsep(&rest, "\n"));) {
        if (line[0] != '|') {
            bars = 0;
            continue;
        }
        rows++;
        cr_expect(bars == 0 || count_bars(line) == bars, "%s", line);
        bars = count_bars(line);
    }
    cr_expect_eq(rows, FIXTURE_CASES + 2 * 3);
    free(text);
}

Test(report_markdown, shows_marks_as_they_are) {
    fixture->results[GCD_PROCESSES].samples[0].failure = "a|b *c* <d> _e_ \\ `f`\n# g";
    char *text = emit(0);
    cr_expect_not_null(
        strstr(text, "samples: a\\|b \\*c\\* \\<d\\> \\_e\\_ \\\\ \\`f\\` # g\n"), "%s", text);
    free(text);
}

Test(report_markdown, has_no_notes_without_a_reason) {
    for (size_t i = 0; i < 3; i++)
        fixture->results[GCD_PROCESSES].samples[i].failure = NULL;
    fixture->plan.section_count = 1;
    fixture->plan.case_count = SLEEP_SERIAL;
    char *text = emit(0);
    cr_expect_null(strstr(text, "notes"), "%s", text);
    cr_expect_null(strstr(text, "failed"), "%s", text);
    free(text);
}
