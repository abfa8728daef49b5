/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "fixture_session.h"

static struct fixture *fixture;
static char *text;

static void setup(void) {
    fixture = fixture_new(2);
    fixture_compare(fixture);
}

static void teardown(void) {
    free(text);
    text = NULL;
    fixture_free(fixture);
}

TestSuite(report_verdict, .init = setup, .fini = teardown);

static void emit(const char *format) {
    free(text);
    text = fixture_emit(fixture, format, &(struct report_style){0});
}

/* tests/cli checks these files against their schemas. */
Test(report_verdict, prints_what_it_printed_before) {
    static const char *const files[][2] = {{"json", "comparison.json"}, {"csv", "comparison.csv"},
        {"markdown", "comparison.md"}, {"junit", "comparison.xml"}};

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        emit(files[i][0]);
        fixture_check_golden(files[i][1], text);
    }
}

Test(report_verdict, fails_a_regression_in_junit_and_skips_what_is_inconclusive) {
    emit("junit");
    cr_expect_not_null(strstr(text,
        "<testsuite name=\"comparison\" skipped=\"1\" tests=\"3\" failures=\"1\" errors=\"0\""));
    cr_expect_not_null(strstr(text,
        "<failure message=\"regressed: B takes 1.051x the time of A (1.041..1.060) in 20+20 "
        "rounds, threshold 2%\"/>"));
    cr_expect_not_null(
        strstr(text, "<skipped message=\"inconclusive; about 90 rounds would settle it\"/>"));
}

static void fail_control(struct gate_verdict *gate) {
    *gate = *fixture->gate;
    gate->control_failed = true;
    gate->control.verdict = VERDICT_IMPROVED;
    gate->verdict = VERDICT_INCONCLUSIVE;
    fixture->gate = gate;
}

Test(report_verdict, calls_a_failed_control_an_error) {
    struct gate_verdict gate;

    fail_control(&gate);
    emit("junit");
    cr_expect_not_null(
        strstr(text, "skipped=\"2\" tests=\"3\" failures=\"0\" errors=\"1\""), "%s", text);
    cr_expect_not_null(strstr(text, "<error message=\"improved: "));
}

/* Even if the interval of the row is above the threshold. */
Test(report_verdict, is_not_red_if_the_control_failed) {
    static const char note[] = "its own interval says regressed, but the control failed";
    struct gate_verdict gate;

    fail_control(&gate);
    emit("junit");
    cr_expect_null(strstr(text, "<failure message=\"regressed"), "%s", text);
    cr_expect_not_null(strstr(text, "<skipped message=\"inconclusive: B takes 1.051x"));
    cr_expect_not_null(strstr(text, note));
    emit("markdown");
    cr_expect_null(strstr(text, "**regressed**"), "%s", text);
    cr_expect_not_null(strstr(text, note));
    emit("table");
    cr_expect_null(strstr(text, " regressed  "), "%s", text);
    cr_expect_not_null(strstr(text, note));
    emit("csv");
    cr_expect_null(strstr(text, "regressed"), "%s", text);
}

static void expect(const char *format, const char *part) {
    emit(format);
    cr_expect_not_null(strstr(text, part), "%s: no '%s' in: %s", format, part, text);
}

Test(report_verdict, says_above_the_table_what_was_compared) {
    expect("table",
        "\nA: threads\nB: processes\nmeasured: 40 rounds, each of 4 samples of A and 4 of B in "
        "turns\n\nrow ");
    expect("markdown",
        "### regressed\n\n- **A:** threads\n- **B:** processes\n- **measured:** 40 rounds, each "
        "of");
    expect("junit", "<property name=\"B\" value=\"processes\"/>");
    expect("json", "\"sides\": {");
}

/* A side whose results are wrong: its message, no ratio, and nothing about noise. */
Test(report_verdict, is_failed_with_its_message_in_every_format) {
    static const char message[] = "B failed in 3 of 3 samples: job 1 is wrong";
    static const char *const formats[] = {"table", "markdown", "junit", "json"};
    struct gate_verdict gate = *fixture->gate;
    struct pair_verdict pairs[2] = {gate.pairs[0], gate.pairs[1]};

    pairs[1].verdict = VERDICT_FAILED;
    pairs[1].note = message;
    gate.pairs = pairs;
    gate.verdict = VERDICT_FAILED;
    fixture->gate = &gate;
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        expect(formats[i], message);
        cr_expect_null(strstr(text, "noise floor "), "%s", text);
    }
    expect("markdown", "### failed\n");
    expect("markdown", "| **failed** | 0 |");
    expect("junit", "<error message=\"failed; B failed in 3 of 3 samples: job 1 is wrong\"/>");
    expect("json", "\"verdict\": \"failed\"");
    expect("csv", ",slow|io,A,failed,,,\n");
}

Test(report_verdict, is_in_each_sample_line_of_csv) {
    emit("csv");
    cr_expect_not_null(strstr(text, "_periods,row,side,verdict,ratio,ratio_low,ratio_high\n"));
    cr_expect_not_null(
        strstr(text, ",gcd/threads/2 vs gcd/processes/2,control,regressed,1.0511999999999999,"));
    cr_expect_not_null(strstr(text, ",slow|io,A,inconclusive,,,\n"));
}

Test(report_verdict, begins_with_the_verdict_in_markdown) {
    emit("markdown");
    cr_expect_not_null(strstr(text, "\n### regressed\n"));
    cr_expect_not_null(strstr(text, "| **regressed** |"));
    cr_expect_not_null(strstr(text, "| slow\\|io "));
}

static void print_in(int width) {
    free(text);
    text = fixture_emit(fixture, "table", &(struct report_style){.width = width});
}

/* No line of the table is longer than `width`. */
static bool fits(size_t width) {
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
        if (strcspn(line, "\n") > width)
            return false;
    return true;
}

Test(report_verdict, prints_the_sides_in_two_lines_if_one_is_too_long) {
    print_in(0);
    cr_expect_not_null(strstr(text, "\ngcd/threads/2 vs gcd/processes/2  "), "%s", text);
    print_in(80);
    cr_expect_not_null(strstr(text, "\ngcd/threads/2 vs "), "%s", text);
    cr_expect_not_null(strstr(text, "\ngcd/processes/2 "), "%s", text);
    cr_expect_not_null(strstr(text, " 84.5 ms "), "%s", text);
    cr_expect(fits(80), "%s", text);
}

Test(report_verdict, leaves_out_the_times_if_a_line_is_too_long) {
    print_in(70);
    cr_expect_null(strstr(text, "84.5"), "%s", text);
    cr_expect_not_null(strstr(text, "1.051x"), "%s", text);
    cr_expect(fits(70), "%s", text);
}

Test(report_verdict, shows_thresholds_if_they_differ) {
    struct gate_verdict gate = *fixture->gate;
    struct pair_verdict pairs[2] = {gate.pairs[0], gate.pairs[1]};

    print_in(0);
    cr_expect_null(strstr(text, "  threshold  "), "%s", text);
    cr_expect_not_null(strstr(text, "this session: threshold 2%; noise floor "), "%s", text);
    pairs[1].threshold = 0.125;
    gate.pairs = pairs;
    fixture->gate = &gate;
    print_in(0);
    cr_expect_not_null(strstr(text, "  threshold  verdict "), "%s", text);
    cr_expect_not_null(strstr(text, " 12.5%  inconclusive "), "%s", text);
    cr_expect_not_null(strstr(text, "this session: noise floor "), "%s", text);
}
