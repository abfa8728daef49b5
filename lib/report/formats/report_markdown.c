/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "report.h"
#include "text.h"

/* GitHub-flavoured Markdown, for a pull request: all columns, however wide. */

/* Escapes what Markdown would read as marks, and GitHub as a formula: $x$. */
static void put_text(FILE *out, const char *text) {
    for (; *text; text++) {
        if (strchr("\\`*_|<>[]~&$", *text))
            fputc('\\', out);
        fputc(*text, out);
    }
}

static void put_line(const struct printer *printer, const char *text) {
    put_text(printer->out, text_clean(printer->report->arena, text));
}

static bool is_shown(
    const struct printer *printer, const struct report_block *block, size_t column) {
    return (ptrdiff_t)column != block->plot || printer->style->plot != PLOT_NEVER;
}

/* The drawing of samples is code, where blanks count: Markdown strips one from either end. */
static void put_cell(
    FILE *out, const struct report_block *block, const struct report_row *row, size_t column) {
    const char *mark = row->bold == (ptrdiff_t)column ? "**" : "", *text = row->cells[column];
    if ((ptrdiff_t)column == block->plot && strcmp(text, "-") != 0) {
        fprintf(out, "| ` %s ` ", text);
        return;
    }
    fprintf(out, "| %s", mark);
    put_text(out, text);
    fprintf(out, "%s ", mark);
}

static void put_table(const struct printer *printer, const struct report_block *block) {
    FILE *out = printer->out;
    for (size_t i = 0; i < block->column_count; i++)
        if (is_shown(printer, block, i))
            fprintf(out, "| %s ", block->columns[i].heading);
    fputs("|\n", out);
    for (size_t i = 0; i < block->column_count; i++)
        if (is_shown(printer, block, i))
            fputs(block->columns[i].is_text ? "|:---" : "|---:", out);
    fputs("|\n", out);
    for (size_t row = 0; row < block->row_count; row++) {
        for (size_t i = 0; i < block->column_count; i++)
            if (is_shown(printer, block, i))
                put_cell(out, block, &block->rows[row], i);
        fputs("|\n", out);
    }
}

/* "### TITLE", or "TITLE, SUBTITLE:" */
static void put_title(const struct printer *printer, const struct report_block *block) {
    fputs(block->subtitle ? "\n" : "\n### ", printer->out);
    if (block->title)
        put_line(printer, block->title);
    if (block->subtitle)
        fprintf(printer->out, "%s%s:", block->title ? ", " : "", block->subtitle);
    fputs("\n\n", printer->out);
}

/* An item of a list. */
static void put_note(const struct printer *printer, const struct report_note *note) {
    fputs("- **", printer->out);
    put_line(printer, note->label);
    fputs(":** ", printer->out);
    put_line(printer, note->text);
    fputc('\n', printer->out);
}

static void put_block(const struct printer *printer, const struct report_block *block) {
    put_title(printer, block);
    for (size_t i = 0; i < block->intro.count; i++)
        put_note(printer, &block->intro.items[i]);
    if (block->intro.count > 0)
        fputc('\n', printer->out);
    if (block->column_count > 0)
        put_table(printer, block);
    for (size_t i = 0; i < block->notes.count; i++) {
        bool is_first = i == 0 && block->column_count > 0;
        if (block->notes.items[i].kind == NOTE_OF_TITLE)
            continue;
        if (is_first || block->kind == BLOCK_LATENCIES)
            fputc('\n', printer->out);
        put_note(printer, &block->notes.items[i]);
    }
}

static int markdown_emit(const struct printer *printer) {
    const struct report *report = printer->report;
    put_line(printer, report->environment);
    fputc('\n', printer->out);
    for (size_t i = 0; i < report->block_count; i++)
        if (!report->blocks[i].is_hidden)
            put_block(printer, &report->blocks[i]);
    return 0;
}

const struct report_format markdown_format = {.name = "markdown",
    .summary = "for pull requests and the page of a run",
    .ending = ".md",
    .for_people = true,
    .plots_in_files = true,
    .emit = markdown_emit};
