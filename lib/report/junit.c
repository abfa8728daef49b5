/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "answers.h"
#include "checks.h"
#include "columns.h"
#include "emitters.h"
#include "verdict_rows.h"

/* JUnit XML in its common form, for the test reports of CI servers: a section is a test suite, a
 * case a test case, whose time is the median in seconds. */

/* The next character of UTF-8: its bytes, or 0 if these are none. Overlong forms, surrogates and
 * what lies beyond U+10FFFF are none. */
static size_t utf8_char(const char *text, unsigned *ret_code) {
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *at = (const unsigned char *)text;
    size_t bytes = at[0] < 0x80 ? 1
        : at[0] >> 5 == 6       ? 2
        : at[0] >> 4 == 14      ? 3
        : at[0] >> 3 == 30      ? 4
                                : 0;
    unsigned code = bytes == 1 ? at[0] : at[0] & (0x7Fu >> bytes);

    if (bytes == 0)
        return 0;
    for (size_t i = 1; i < bytes; i++) {
        if ((at[i] & 0xC0) != 0x80)
            return 0;
        code = code << 6 | (at[i] & 0x3F);
    }
    if (code < least[bytes] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
        return 0;
    *ret_code = code;
    return bytes;
}

/* XML 1.0 has no place for most control characters, not even escaped: they become '?', as does what
 * is no UTF-8. Line breaks are escaped so that attributes keep them. */
static void put_text(FILE *out, const char *text) {
    while (*text) {
        unsigned code = 0;
        size_t bytes = utf8_char(text, &code);
        bool control = (code < 0x20 && code != '\t' && code != '\n' && code != '\r')
            || code == 0xFFFE || code == 0xFFFF;

        if (bytes == 0 || control)
            (void)fputc('?', out);
        else if (code < 0x20 || code == 0x7F || (code < 0x80 && strchr("&<>\"'", (int)code)))
            (void)fprintf(out, "&#%u;", code);
        else
            (void)fwrite(text, 1, bytes, out);
        text += bytes ? bytes : 1;
    }
}

static void put_attribute(FILE *out, const char *name, const char *text) {
    (void)fprintf(out, " %s=\"", name);
    put_text(out, text);
    (void)fputc('"', out);
}

/* The schemas of CI servers allow no more than three decimals; the figures in words have the rest.
 */
static void put_seconds(FILE *out, double ns) {
    (void)fprintf(out, " time=\"%.3f\"", isnan(ns) ? 0 : ns / 1e9);
}

/* How many cases of a section, or of all (NULL), end in which way. */
struct endings {
    size_t tests, failures, errors, skipped;
    double time_ns;
};

static struct endings count_endings(const struct session *session,
    const struct session_summary *summary, const struct section *section) {
    struct endings endings = {0};
    size_t first = section ? section->first : 0;
    size_t end = section ? first + section->count : session->plan->case_count;

    for (size_t i = first; i < end; i++) {
        const struct case_summary *figures = &summary->cases[i];
        endings.tests++;
        endings.failures += figures->failed > 0 && !figures->covered;
        endings.skipped += figures->failed + figures->valid == 0;
        endings.time_ns += isnan(figures->time_ns) ? 0 : figures->time_ns;
    }
    return endings;
}

/* Of all suites, where the schemas know nothing of what was skipped. */
static void put_totals(FILE *out, struct endings endings) {
    (void)fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"", endings.tests,
        endings.failures, endings.errors);
    put_seconds(out, endings.time_ns);
}

static void put_endings(FILE *out, struct endings endings) {
    (void)fprintf(out, " skipped=\"%zu\"", endings.skipped);
    put_totals(out, endings);
}

/* The row of the table in words: "time 80.4 ms, 95% interval 79.9..80.9, ..." */
static void put_figures(FILE *out, const struct grid *grid, size_t row, struct arena *arena) {
    const char *text = "";

    for (size_t i = 0; i < grid->column_count; i++) {
        if (strcmp(grid_cell(grid, row, i), "-") != 0)
            text = arena_printf(arena, "%s%s%s %s", text, text[0] ? ", " : "",
                grid->columns[i]->heading, grid_cell(grid, row, i));
    }
    (void)fputs("      <system-out>", out);
    put_text(out, text);
    (void)fputs("</system-out>\n", out);
}

static void put_case(FILE *out, const struct session *session,
    const struct session_summary *summary, size_t index, const struct grid *grid, size_t row,
    struct arena *arena) {
    const struct bench_case *bench_case = &session->plan->cases[index];
    const struct case_summary *figures = &summary->cases[index];

    (void)fputs("    <testcase", out);
    put_attribute(out, "classname", bench_case->name);
    put_attribute(out, "name", bench_case->id);
    put_seconds(out, figures->time_ns);
    (void)fputs(">\n", out);
    if (figures->failed > 0 && !figures->covered) {
        (void)fputs("      <failure", out);
        put_attribute(out, "message", failure_answer(arena, session, summary, index));
        (void)fputs(" type=\"sample\"/>\n", out);
    } else if (figures->failed + figures->valid == 0) {
        (void)fputs("      <skipped", out);
        put_attribute(out, "message",
            bench_case->impossible ? bench_case->impossible : "it was not measured");
        (void)fputs("/>\n", out);
    }
    put_figures(out, grid, row, arena);
    (void)fputs("    </testcase>\n", out);
}

static void put_property(FILE *out, const char *name, const char *text) {
    (void)fputs("      <property", out);
    put_attribute(out, "name", name);
    put_attribute(out, "value", text);
    (void)fputs("/>\n", out);
}

/* What stands above and below the tables elsewhere. */
static void put_properties(FILE *out, const struct session *session,
    const struct session_summary *summary, const struct section *section, struct arena *arena) {
    const char *fastest = fastest_answer(arena, session, summary, section);
    const char *control = control_answer(arena, session, summary, section);
    const char *pools = pools_answer(arena, session, section);
    const char *interruption = interruption_answer(arena, session);

    (void)fputs("    <properties>\n", out);
    put_property(out, "environment", environment_line(arena, session));
    if (fastest)
        put_property(out, "fastest", fastest);
    if (control)
        put_property(out, "control", control);
    if (pools)
        put_property(out, "pools", pools);
    if (interruption)
        put_property(out, "interrupted", interruption);
    for (size_t i = 0; i < summary->warning_count; i++)
        put_property(out, "warning", summary->warnings[i]);
    (void)fputs("    </properties>\n", out);
}

static void put_section(FILE *out, const struct session *session,
    const struct session_summary *summary, const struct section *section) {
    struct arena *arena = arena_new();
    const struct grid *grid = grid_new(arena, session, summary, section);

    (void)fputs("  <testsuite", out);
    put_attribute(out, "name", section->title);
    put_endings(out, count_endings(session, summary, section));
    if (session->environment.started[0])
        put_attribute(out, "timestamp", session->environment.started);
    (void)fputs(">\n", out);
    put_properties(out, session, summary, section, arena);
    for (size_t i = 0; i < section->count; i++)
        put_case(out, session, summary, section->first + i, grid, i, arena);
    (void)fputs("  </testsuite>\n", out);
    arena_free(arena);
}

/* A regression fails, a failed control is an error, what is inconclusive was skipped. */
static void put_verdict(FILE *out, const struct gate_verdict *gate, const struct row_verdict *row,
    const char *element, struct arena *arena) {
    (void)fputs("    <testcase classname=\"comparison\"", out);
    put_attribute(out, "name", row->id);
    put_seconds(out, row->b_ns);
    (void)fputs(">\n", out);
    if (element) {
        (void)fprintf(out, "      <%s", element);
        put_attribute(out, "message", verdict_sentence(arena, gate, row));
        (void)fputs("/>\n", out);
    }
    (void)fputs("      <system-out>", out);
    put_text(out, verdict_sentence(arena, gate, row));
    (void)fputs("</system-out>\n    </testcase>\n", out);
}

static const char *verdict_element(const struct gate_verdict *gate, const struct row_verdict *row) {
    enum verdict verdict = verdict_counted(gate, row);

    return verdict == VERDICT_REGRESSED   ? "failure"
        : verdict == VERDICT_INCONCLUSIVE ? "skipped"
                                          : NULL;
}

static struct endings count_verdicts(const struct gate_verdict *gate) {
    struct endings endings = {.tests = gate->row_count + gate->has_control,
        .errors = gate->has_control && gate->control_failed};

    for (size_t i = 0; i < gate->row_count; i++) {
        enum verdict verdict = verdict_counted(gate, &gate->rows[i]);

        endings.failures += verdict == VERDICT_REGRESSED;
        endings.skipped += verdict == VERDICT_INCONCLUSIVE;
        endings.time_ns += isnan(gate->rows[i].b_ns) ? 0 : gate->rows[i].b_ns;
    }
    return endings;
}

/* The suite of the rows stands before those of the cases. */
static void put_comparison(
    FILE *out, const struct session *session, const struct gate_verdict *gate) {
    struct arena *arena = arena_new();

    (void)fputs("  <testsuite name=\"comparison\"", out);
    put_endings(out, count_verdicts(gate));
    if (session->environment.started[0])
        put_attribute(out, "timestamp", session->environment.started);
    (void)fputs(">\n    <properties>\n", out);
    put_property(out, "verdict", verdict_name(gate->verdict));
    put_property(out, "today", verdict_basis(arena, gate));
    if (gate->advice)
        put_property(out, "next", gate->advice);
    (void)fputs("    </properties>\n", out);
    for (size_t i = 0; i < gate->row_count; i++)
        put_verdict(out, gate, &gate->rows[i], verdict_element(gate, &gate->rows[i]), arena);
    if (gate->has_control)
        put_verdict(out, gate, &gate->control, gate->control_failed ? "error" : NULL, arena);
    (void)fputs("  </testsuite>\n", out);
    arena_free(arena);
}

static struct endings count_checks(const struct session_summary *summary) {
    struct endings endings = {.tests = summary->check_count};

    for (size_t i = 0; i < summary->check_count; i++) {
        endings.failures += summary->checks[i].state == CHECK_FAILS;
        endings.skipped += summary->checks[i].state == CHECK_OPEN;
    }
    return endings;
}

/* A check that fails is a failure, one that cannot be told was skipped. */
static void put_check(FILE *out, const struct check_result *check) {
    static const char *const elements[] = {
        [CHECK_HOLDS] = NULL, [CHECK_FAILS] = "failure", [CHECK_OPEN] = "skipped"};
    const char *element = elements[check->state];

    (void)fputs("    <testcase classname=\"checks\"", out);
    put_attribute(out, "name", check->text);
    put_seconds(out, 0);
    (void)fputs(">\n", out);
    if (element) {
        (void)fprintf(out, "      <%s", element);
        put_attribute(out, "message", check->said);
        (void)fputs(check->state == CHECK_FAILS ? " type=\"check\"/>\n" : "/>\n", out);
    }
    (void)fputs("      <system-out>", out);
    put_text(out, check->said);
    (void)fputs("</system-out>\n    </testcase>\n", out);
}

static void put_checks(
    FILE *out, const struct session *session, const struct session_summary *summary) {
    if (summary->check_count == 0)
        return;
    (void)fputs("  <testsuite name=\"checks\"", out);
    put_endings(out, count_checks(summary));
    if (session->environment.started[0])
        put_attribute(out, "timestamp", session->environment.started);
    (void)fputs(">\n", out);
    for (size_t i = 0; i < summary->check_count; i++)
        put_check(out, &summary->checks[i]);
    (void)fputs("  </testsuite>\n", out);
}

static void add_endings(struct endings *all, struct endings more) {
    all->tests += more.tests;
    all->failures += more.failures;
    all->errors += more.errors;
    all->skipped += more.skipped;
    all->time_ns += more.time_ns;
}

static struct endings count_all(
    const struct session *session, const struct session_summary *summary) {
    struct endings all = count_endings(session, summary, NULL);

    if (summary->gate)
        add_endings(&all, count_verdicts(summary->gate));
    add_endings(&all, count_checks(summary));
    return all;
}

int junit_emit(FILE *out, const struct session *session, const struct session_summary *summary,
    const struct report_style *style, struct diag *diag) {
    (void)style;
    (void)diag;
    (void)fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"pconc\"", out);
    put_totals(out, count_all(session, summary));
    (void)fputs(">\n", out);
    if (summary->gate)
        put_comparison(out, session, summary->gate);
    put_checks(out, session, summary);
    for (size_t i = 0; i < session->plan->section_count; i++)
        put_section(out, session, summary, &session->plan->sections[i]);
    (void)fputs("</testsuites>\n", out);
    return 0;
}
