/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "layout.h"
#include "report.h"

/* GitHub-flavoured Markdown, for a pull request: all columns, whatever their width. */

struct printer {
    FILE *out;
    struct arena *arena;
};

/* What Markdown would read as marks is escaped. */
static void put_text(FILE *out, const char *text) {
    for (; *text; text++) {
        if (strchr("\\`*_|<>[]~&", *text))
            (void)fputc('\\', out);
        (void)fputc(*text, out);
    }
}

static void put_line(const struct printer *printer, const char *text) {
    put_text(printer->out, text_clean(printer->arena, text));
}

static void put_row(FILE *out, const struct report_table *table, const struct report_row *row) {
    for (size_t i = 0; i < table->column_count; i++) {
        const char *mark = row->bold == (ptrdiff_t)i ? "**" : "";

        (void)fprintf(out, "| %s", mark);
        put_text(out, row->cells[i]);
        (void)fprintf(out, "%s ", mark);
    }
    (void)fputs("|\n", out);
}

static void put_rows(FILE *out, const struct report_table *table) {
    for (size_t i = 0; i < table->column_count; i++)
        (void)fprintf(out, "| %s ", table->columns[i].heading);
    (void)fputs("|\n", out);
    for (size_t i = 0; i < table->column_count; i++)
        (void)fputs(table->columns[i].is_text ? "|:---" : "|---:", out);
    (void)fputs("|\n", out);
    for (size_t i = 0; i < table->row_count; i++)
        put_row(out, table, &table->rows[i]);
}

static void put_heading(const struct printer *printer, const char *title) {
    (void)fputs("\n### ", printer->out);
    put_line(printer, title);
    (void)fputs("\n\n", printer->out);
}

/* An item of a list. */
static void put_note(const struct printer *printer, const char *label, const char *text) {
    if (!text)
        return;
    (void)fputs("- **", printer->out);
    put_line(printer, label);
    (void)fputs(":** ", printer->out);
    put_line(printer, text);
    (void)fputc('\n', printer->out);
}

static void put_notes(const struct printer *printer, const struct report_notes *notes) {
    for (size_t i = 0; i < notes->count; i++)
        put_note(printer, notes->items[i].label, notes->items[i].text);
}

static void put_latencies(
    const struct printer *printer, const struct report_section *section, bool with_title) {
    const struct report_table *table = section->latencies;

    if (!table)
        return;
    (void)fputc('\n', printer->out);
    if (with_title) {
        put_line(printer, section->figures.title);
        (void)fputs(", ", printer->out);
    }
    (void)fprintf(printer->out, "%s:\n\n", table->title);
    put_rows(printer->out, table);
    for (size_t i = 0; i < table->notes.count; i++) {
        (void)fputc('\n', printer->out);
        put_note(printer, table->notes.items[i].label, table->notes.items[i].text);
    }
}

static void put_section(const struct printer *printer, const struct report_section *section) {
    put_heading(printer, section->figures.title);
    put_rows(printer->out, &section->figures);
    if (section->figures.notes.count > 0)
        (void)fputc('\n', printer->out);
    put_notes(printer, &section->figures.notes);
    put_latencies(printer, section, false);
}

static void put_comparison(
    const struct printer *printer, const struct report_comparison *comparison) {
    put_heading(printer, comparison->table.title);
    put_rows(printer->out, &comparison->table);
    (void)fputc('\n', printer->out);
    put_notes(printer, &comparison->table.notes);
    put_note(printer, "today", comparison->basis);
    put_note(printer, "next", comparison->advice);
}

static void put_checks(const struct printer *printer, const struct report_table *checks) {
    if (checks->row_count > 0)
        put_heading(printer, checks->title);
    for (size_t i = 0; i < checks->row_count; i++)
        put_note(printer, checks->rows[i].id, checks->rows[i].sentence);
}

static int markdown_emit(
    FILE *out, const struct report *report, const struct report_style *style, struct diag *diag) {
    struct printer printer = {out, arena_new()};

    (void)style;
    (void)diag;
    put_line(&printer, report->environment);
    (void)fputc('\n', out);
    if (report->comparison_only)
        put_comparison(&printer, report->comparison);
    for (size_t i = 0; i < report->section_count; i++) {
        if (report->comparison_only)
            put_latencies(&printer, &report->sections[i], true);
        else
            put_section(&printer, &report->sections[i]);
    }
    if (report->comparison && !report->comparison_only)
        put_comparison(&printer, report->comparison);
    put_checks(&printer, &report->checks);
    if (report->notes.count > 0)
        put_heading(&printer, "notes");
    put_notes(&printer, &report->notes);
    arena_free(printer.arena);
    return 0;
}

const struct report_format markdown_format = {
    .name = "markdown", .ending = ".md", .for_people = true, .emit = markdown_emit};
