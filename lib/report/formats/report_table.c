/* SPDX-License-Identifier: MIT */
#include <libsmartcols/libsmartcols.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fit.h"
#include "layout.h"
#include "report.h"

/* Tables for a terminal: the columns that fit, then the notes. */

static const char *ink(enum report_tone tone) {
    static const char *const inks[] = {
        [TONE_GOOD] = INK_BEST, [TONE_BAD] = INK_BAD, [TONE_WARNING] = INK_WARNING};
    return tone == TONE_PLAIN ? NULL : inks[tone];
}

static int add_columns(
    struct libscols_table *made, const struct report_block *block, const struct fit *fit) {
    for (size_t i = 0; i < block->column_count; i++) {
        const struct report_column *column = &block->columns[i];
        int flags = column->is_text ? SCOLS_FL_WRAP : SCOLS_FL_RIGHT;
        if (!fit->shown[i])
            continue;
        struct libscols_column *added = scols_table_new_column(made, column->heading, 0, flags);
        if (!added
            || (column->is_text
                && (scols_column_set_safechars(added, "\n")
                    || scols_column_set_wrapfunc(
                        added, scols_wrapnl_chunksize, scols_wrapnl_nextchunk, NULL))))
            return -ENOMEM;
    }
    return 0;
}

static int add_row(struct libscols_table *made, const struct report_block *block, size_t row,
    const struct fit *fit) {
    struct libscols_line *line = scols_table_new_line(made, NULL);
    const char *color = ink(block->rows[row].tone);
    size_t cell = 0;
    if (!line || (color && scols_line_set_color(line, color)))
        return -ENOMEM;
    for (size_t i = 0; i < block->column_count; i++) {
        const char *text = i == block->label ? fit->labels[row] : block->rows[row].cells[i];
        if (fit->shown[i] && scols_line_set_data(line, cell++, text))
            return -ENOMEM;
    }
    return 0;
}

/* Without the blanks with which smartcols pads the last cell of a row. */
static void print_trimmed(FILE *out, const char *text) {
    while (*text) {
        size_t length = strcspn(text, "\n"), end = length;
        while (end > 0 && text[end - 1] == ' ')
            end--;
        fprintf(out, "%.*s\n", (int)end, text);
        text += length + (text[length] == '\n');
    }
}

/* 0 or -ENOMEM. */
static int print_rows(const struct printer *printer, const struct report_block *block) {
    struct fit fit = fit_block(printer->report->arena, block, printer->style);
    struct libscols_table *made = scols_new_table();
    char *text = NULL;
    int code = -ENOMEM;
    if (!made || scols_table_set_column_separator(made, FIT_GAP)
        || scols_table_enable_colors(made, printer->style->color)
        || scols_table_set_termforce(made, SCOLS_TERMFORCE_NEVER))
        goto out;
    code = add_columns(made, block, &fit);
    for (size_t row = 0; code == 0 && row < block->row_count; row++)
        code = add_row(made, block, row, &fit);
    if (code == 0)
        code = scols_print_table_to_string(made, &text);
    if (code == 0 && block->kind == BLOCK_COMPARISON)
        fprintf(printer->out, "%s\n", text);
    else if (code == 0)
        print_trimmed(printer->out, text);
out:
    free(text);
    scols_unref_table(made);
    return code;
}

static void print_notes(const struct printer *printer, const struct report_block *block,
    const struct report_notes *notes) {
    for (size_t i = 0; i < notes->count; i++) {
        const struct report_note *note = &notes->items[i];
        bool is_check = block->kind == BLOCK_CHECKS;
        const char *text = is_check
            ? arena_printf(printer->report->arena, "%s: %s", note->label, note->text)
            : note->text;
        print_paragraph(
            printer, ink(note->tone), is_check ? "check" : note->label, text, note->breaks);
    }
}

/* The verdict, checks and notes have no title: their labels say what they are. */
static int print_block(const struct printer *printer, const struct report_block *block) {
    bool has_title = block->kind == BLOCK_SECTION || block->kind == BLOCK_LATENCIES;
    int code = 0;
    fputc('\n', printer->out);
    if (has_title && block->title)
        print_paragraph(printer, INK_TITLE, NULL, block->title, NULL);
    if (block->subtitle)
        print_paragraph(printer, NULL, NULL, block->subtitle, NULL);
    print_notes(printer, block, &block->intro);
    if (block->intro.count > 0)
        fputc('\n', printer->out);
    if (block->column_count > 0)
        code = print_rows(printer, block);
    if (block->kind == BLOCK_COMPARISON)
        fputc('\n', printer->out);
    if (code == 0)
        print_notes(printer, block, &block->notes);
    return code;
}

static int table_emit(const struct printer *printer) {
    const struct report *report = printer->report;
    int code = 0;
    print_paragraph(printer, NULL, NULL, report->environment, ",");
    for (size_t i = 0; code == 0 && i < report->block_count; i++)
        if (!report->blocks[i].is_hidden)
            code = print_block(printer, &report->blocks[i]);
    return code;
}

const struct report_format table_format = {.name = "table",
    .summary = "for people, on a terminal",
    .for_people = true,
    .emit = table_emit};
