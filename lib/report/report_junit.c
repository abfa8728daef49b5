/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "report.h"

/* JUnit XML in its common form, for the test reports of CI servers: a block is a test suite, a row
 * a test case, whose time is the median in seconds. */

/* Decodes the next character of UTF-8 and returns the number of its bytes. 0: invalid; so are
 * overlong forms, surrogates and characters above U+10FFFF. */
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

/* XML 1.0 allows most control characters not even when escaped: they become '?', as do invalid
 * bytes. Line breaks are escaped, so that attributes keep them. */
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

/* The schemas of CI servers allow no more than three decimals; the sentence of the row has the
 * rest. */
static void put_seconds(FILE *out, double ns) {
    (void)fprintf(out, " time=\"%.3f\"", isnan(ns) ? 0 : ns / 1e9);
}

/* How many rows have which outcome. */
struct totals {
    size_t rows, failures, errors, skipped;
    double time_ns;
};

static void count_rows(const struct report_block *block, struct totals *totals) {
    for (size_t i = 0; i < block->row_count; i++) {
        const struct report_row *row = &block->rows[i];

        totals->rows++;
        totals->failures += row->outcome == OUTCOME_FAILED;
        totals->errors += row->outcome == OUTCOME_ERROR;
        totals->skipped += row->outcome == OUTCOME_SKIPPED;
        totals->time_ns += isnan(row->time_ns) ? 0 : row->time_ns;
    }
}

/* The schemas have no `skipped` for all suites together. */
static void put_totals(FILE *out, const struct totals *totals) {
    (void)fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"", totals->rows,
        totals->failures, totals->errors);
    put_seconds(out, totals->time_ns);
}

/* `failure_type`: of the failure of a row; NULL: none is written. */
static void put_row(FILE *out, const struct report_row *row, const char *failure_type) {
    static const char *const elements[] = {
        [OUTCOME_FAILED] = "failure", [OUTCOME_ERROR] = "error", [OUTCOME_SKIPPED] = "skipped"};

    (void)fputs("    <testcase", out);
    put_attribute(out, "classname", row->group);
    put_attribute(out, "name", row->id);
    put_seconds(out, row->time_ns);
    (void)fputs(">\n", out);
    if (row->outcome != OUTCOME_PASSED) {
        (void)fprintf(out, "      <%s", elements[row->outcome]);
        put_attribute(out, "message", row->why);
        if (row->outcome == OUTCOME_FAILED && failure_type)
            put_attribute(out, "type", failure_type);
        (void)fputs("/>\n", out);
    }
    (void)fputs("      <system-out>", out);
    put_text(out, row->sentence);
    (void)fputs("</system-out>\n    </testcase>\n", out);
}

static void put_property(FILE *out, const char *name, const char *text) {
    (void)fputs("      <property", out);
    put_attribute(out, "name", name);
    put_attribute(out, "value", text);
    (void)fputs("/>\n", out);
}

/* Notes that are about a row are its message. */
static void put_notes(FILE *out, const struct report_notes *notes) {
    for (size_t i = 0; i < notes->count; i++)
        if (notes->items[i].kind == NOTE_OF_TABLE)
            put_property(out, notes->items[i].label, notes->items[i].text);
}

/* Notes of the whole session are repeated in every section: a suite stands for itself. */
static void put_properties(
    FILE *out, const struct report *report, const struct report_block *block) {
    const struct report_block *last = &report->blocks[report->block_count - 1];

    if (block->kind == BLOCK_CHECKS)
        return;
    (void)fputs("    <properties>\n", out);
    if (block->kind == BLOCK_SECTION)
        put_property(out, "environment", report->environment);
    else
        put_property(out, "verdict", block->title);
    put_notes(out, &block->notes);
    if (block->kind == BLOCK_SECTION && last->kind == BLOCK_NOTES)
        put_notes(out, &last->notes);
    (void)fputs("    </properties>\n", out);
}

static void put_suite(FILE *out, const struct report *report, const struct report_block *block) {
    static const char *const failure_types[] = {
        [BLOCK_SECTION] = "sample", [BLOCK_COMPARISON] = NULL, [BLOCK_CHECKS] = "check"};
    struct totals totals = {0};

    count_rows(block, &totals);
    (void)fputs("  <testsuite", out);
    put_attribute(out, "name", block->kind == BLOCK_COMPARISON ? "comparison" : block->title);
    (void)fprintf(out, " skipped=\"%zu\"", totals.skipped);
    put_totals(out, &totals);
    if (report->session->environment.started[0])
        put_attribute(out, "timestamp", report->session->environment.started);
    (void)fputs(">\n", out);
    put_properties(out, report, block);
    for (size_t i = 0; i < block->row_count; i++)
        put_row(out, &block->rows[i], failure_types[block->kind]);
    (void)fputs("  </testsuite>\n", out);
}

static int junit_emit(
    FILE *out, const struct report *report, const struct report_style *style, struct diag *diag) {
    static const enum report_block_kind kinds[] = {BLOCK_COMPARISON, BLOCK_CHECKS, BLOCK_SECTION};
    struct totals totals = {0};

    (void)style;
    (void)diag;
    for (size_t i = 0; i < report->block_count; i++)
        if (report->blocks[i].kind != BLOCK_LATENCIES)
            count_rows(&report->blocks[i], &totals);
    (void)fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"pconc\"", out);
    put_totals(out, &totals);
    (void)fputs(">\n", out);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        for (size_t j = 0; j < report->block_count; j++)
            if (report->blocks[j].kind == kinds[i])
                put_suite(out, report, &report->blocks[j]);
    (void)fputs("</testsuites>\n", out);
    return 0;
}

const struct report_format junit_format = {.name = "junit", .ending = ".xml", .emit = junit_emit};
