/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "format_parts.h"

/* JUnit XML in its common form, for the test reports of CI servers. A block is a test suite, a row
 * is a test case. The time of a test case is its median in seconds. */

/* XML 1.0 forbids most control characters, even escaped: they become '?', as do invalid bytes. Line
 * breaks are escaped, so that attributes keep them. */
static void put_text(FILE *out, const char *text) {
    while (*text) {
        unsigned code = 0;
        size_t bytes = utf8_char(text, &code);
        bool control = (code < 0x20 && code != '\t' && code != '\n' && code != '\r')
            || code == 0xFFFE || code == 0xFFFF;
        if (bytes == 0 || control)
            fputc('?', out);
        else if (code < 0x20 || code == 0x7F || (code < 0x80 && strchr("&<>\"'", (int)code)))
            fprintf(out, "&#%u;", code);
        else
            fwrite(text, 1, bytes, out);
        text += bytes ? bytes : 1;
    }
}

static void put_attribute(FILE *out, const char *name, const char *text) {
    fprintf(out, " %s=\"", name);
    put_text(out, text);
    fputc('"', out);
}

/* The schemas of CI servers allow at most three decimals. */
static void put_seconds(FILE *out, double ns) {
    fprintf(out, " time=\"%.3f\"", isnan(ns) ? 0 : ns / 1e9);
}

struct junit {
    FILE *out;
    const struct report *report;
    struct names names; /* of test cases, with their classes */
};

struct totals {
    size_t rows, with[4]; /* with[OUTCOME_...] */
    double time_ns;
};

static void count_rows(const struct report_block *block, struct totals *totals) {
    for (size_t i = 0; i < block->row_count; i++) {
        const struct report_row *row = &block->rows[i];
        totals->rows++;
        totals->with[row->outcome]++;
        totals->time_ns += isnan(row->time_ns) ? 0 : row->time_ns;
    }
}

/* Without `skipped`, which the schemas do not allow for all suites together. */
static void put_totals(FILE *out, const struct totals *totals) {
    fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"", totals->rows,
        totals->with[OUTCOME_FAILED], totals->with[OUTCOME_ERROR]);
    put_seconds(out, totals->time_ns);
}

/* GitLab drops a test case whose classname and name another one has. The name of a later one gets a
 * number. NULL: out of memory. */
static const char *unique_name(struct junit *junit, const struct report_row *row) {
    struct arena *arena = junit->report->arena;
    const char *both = arena_printf(arena, "%s.%s", row->group, row->id);
    const char *taken = names_take(&junit->names, arena, both);
    return taken ? arena_printf(arena, "%s%s", row->id, taken + strlen(utf8_line(arena, both)))
                 : NULL;
}

/* `failure_type` is the type of a failure; NULL: none is written. */
static int put_row(struct junit *junit, const struct report_row *row, const char *failure_type) {
    static const char *const elements[] = {
        [OUTCOME_FAILED] = "failure", [OUTCOME_ERROR] = "error", [OUTCOME_SKIPPED] = "skipped"};
    FILE *out = junit->out;
    const char *name = unique_name(junit, row);
    if (!name)
        return -ENOMEM;
    fputs("    <testcase", out);
    put_attribute(out, "classname", row->group);
    put_attribute(out, "name", name);
    put_seconds(out, row->time_ns);
    fputs(">\n", out);
    if (row->outcome != OUTCOME_PASSED) {
        fprintf(out, "      <%s", elements[row->outcome]);
        put_attribute(out, "message", row->why);
        if (row->outcome == OUTCOME_FAILED && failure_type)
            put_attribute(out, "type", failure_type);
        fputs("/>\n", out);
    }
    fputs("      <system-out>", out);
    put_text(out, row->sentence);
    fputs("</system-out>\n    </testcase>\n", out);
    return 0;
}

static void put_property(FILE *out, const char *name, const char *text) {
    fputs("      <property", out);
    put_attribute(out, "name", name);
    put_attribute(out, "value", text);
    fputs("/>\n", out);
}

/* The notes of rows are the messages of their test cases. */
static void put_notes(FILE *out, const struct report_notes *notes) {
    for (size_t i = 0; i < notes->count; i++)
        if (notes->items[i].kind == NOTE_OF_TABLE)
            put_property(out, notes->items[i].label, notes->items[i].text);
}

/* The notes of the session are repeated in each section, because servers show suites one by one. */
static void put_properties(
    FILE *out, const struct report *report, const struct report_block *block) {
    const struct report_block *last = &report->blocks[report->block_count - 1];
    if (block->kind == BLOCK_CHECKS)
        return;
    fputs("    <properties>\n", out);
    if (block->kind == BLOCK_SECTION)
        put_property(out, "environment", report->environment);
    else
        put_property(out, "verdict", block->title);
    put_notes(out, &block->intro);
    put_notes(out, &block->notes);
    if (block->kind == BLOCK_SECTION && last->kind == BLOCK_NOTES)
        put_notes(out, &last->notes);
    fputs("    </properties>\n", out);
}

static int put_suite(struct junit *junit, const struct report_block *block) {
    static const char *const failure_types[] = {
        [BLOCK_SECTION] = "sample", [BLOCK_COMPARISON] = NULL, [BLOCK_CHECKS] = "check"};
    const struct report *report = junit->report;
    FILE *out = junit->out;
    struct totals totals = {0};
    int code = 0;
    count_rows(block, &totals);
    fputs("  <testsuite", out);
    put_attribute(out, "name", block->kind == BLOCK_COMPARISON ? "comparison" : block->title);
    fprintf(out, " skipped=\"%zu\"", totals.with[OUTCOME_SKIPPED]);
    put_totals(out, &totals);
    if (report->session->environment.started[0])
        put_attribute(out, "timestamp", report->session->environment.started);
    fputs(">\n", out);
    put_properties(out, report, block);
    for (size_t i = 0; code == 0 && i < block->row_count; i++)
        code = put_row(junit, &block->rows[i], failure_types[block->kind]);
    fputs("  </testsuite>\n", out);
    return code;
}

static int junit_emit(const struct printer *printer) {
    const struct report *report = printer->report;
    FILE *out = printer->out;
    static const enum report_block_kind kinds[] = {BLOCK_COMPARISON, BLOCK_CHECKS, BLOCK_SECTION};
    struct junit junit = {.out = out, .report = report};
    struct totals totals = {0};
    int code = 0;
    for (size_t i = 0; i < report->block_count; i++)
        if (report->blocks[i].kind != BLOCK_LATENCIES)
            count_rows(&report->blocks[i], &totals);
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"pconc\"", out);
    put_totals(out, &totals);
    fputs(">\n", out);
    for (size_t i = 0; i < COUNT(kinds); i++)
        for (size_t j = 0; code == 0 && j < report->block_count; j++)
            if (report->blocks[j].kind == kinds[i])
                code = put_suite(&junit, &report->blocks[j]);
    fputs("</testsuites>\n", out);
    names_release(&junit.names);
    return code;
}

const struct report_format junit_format = {.name = "junit",
    .summary = "for the list of tests of CI servers",
    .ending = ".xml",
    .emit = junit_emit};
