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

static void put_row(FILE *out, const struct report_block *block, const struct report_row *row) {
    for (size_t i = 0; i < block->column_count; i++) {
        const char *mark = row->bold == (ptrdiff_t)i ? "**" : "";

        (void)fprintf(out, "| %s", mark);
        put_text(out, row->cells[i]);
        (void)fprintf(out, "%s ", mark);
    }
    (void)fputs("|\n", out);
}

static void put_rows(FILE *out, const struct report_block *block) {
    for (size_t i = 0; i < block->column_count; i++)
        (void)fprintf(out, "| %s ", block->columns[i].heading);
    (void)fputs("|\n", out);
    for (size_t i = 0; i < block->column_count; i++)
        (void)fputs(block->columns[i].is_text ? "|:---" : "|---:", out);
    (void)fputs("|\n", out);
    for (size_t i = 0; i < block->row_count; i++)
        put_row(out, block, &block->rows[i]);
}

/* "### TITLE", or "TITLE, SUBTITLE:" */
static void put_title(const struct printer *printer, const struct report_block *block) {
    (void)fputs(block->subtitle ? "\n" : "\n### ", printer->out);
    if (block->title)
        put_line(printer, block->title);
    if (block->subtitle)
        (void)fprintf(printer->out, "%s%s:", block->title ? ", " : "", block->subtitle);
    (void)fputs("\n\n", printer->out);
}

/* An item of a list. */
static void put_note(const struct printer *printer, const struct report_note *note) {
    (void)fputs("- **", printer->out);
    put_line(printer, note->label);
    (void)fputs(":** ", printer->out);
    put_line(printer, note->text);
    (void)fputc('\n', printer->out);
}

static void put_block(const struct printer *printer, const struct report_block *block) {
    put_title(printer, block);
    if (block->column_count > 0)
        put_rows(printer->out, block);
    for (size_t i = 0; i < block->notes.count; i++) {
        bool is_first = i == 0 && block->column_count > 0;

        if (block->notes.items[i].kind == NOTE_OF_TITLE)
            continue;
        if (is_first || block->kind == BLOCK_LATENCIES)
            (void)fputc('\n', printer->out);
        put_note(printer, &block->notes.items[i]);
    }
}

static int markdown_emit(
    FILE *out, const struct report *report, const struct report_style *style, struct diag *diag) {
    struct printer printer = {out, arena_new()};

    (void)style;
    (void)diag;
    put_line(&printer, report->environment);
    (void)fputc('\n', out);
    for (size_t i = 0; i < report->block_count; i++)
        if (!report->blocks[i].is_hidden)
            put_block(&printer, &report->blocks[i]);
    arena_free(printer.arena);
    return 0;
}

const struct report_format markdown_format = {
    .name = "markdown", .ending = ".md", .for_people = true, .emit = markdown_emit};
