/* SPDX-License-Identifier: MIT */
#include <libsmartcols/libsmartcols.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fit.h"
#include "layout.h"
#include "report.h"

/* Tables for a terminal: as many columns as fit, then the sentences. */

struct printer {
    FILE *out;
    const struct report_style *style;
    struct arena *arena;
};

static const char *ink(enum report_tone tone) {
    static const char *const inks[] = {
        [TONE_GOOD] = INK_BEST, [TONE_BAD] = INK_BAD, [TONE_WARNING] = INK_WARNING};

    return tone == TONE_PLAIN ? NULL : inks[tone];
}

static int add_columns(
    struct libscols_table *made, const struct report_table *table, const struct fit *fit) {
    for (size_t i = 0; i < table->column_count; i++) {
        const struct report_column *column = &table->columns[i];
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

static int add_row(struct libscols_table *made, const struct report_table *table, size_t row,
    const struct fit *fit) {
    struct libscols_line *line = scols_table_new_line(made, NULL);
    const char *color = ink(table->rows[row].tone);
    size_t cell = 0;

    if (!line || (color && scols_line_set_color(line, color)))
        return -ENOMEM;
    for (size_t i = 0; i < table->column_count; i++) {
        const char *text = i == table->label ? fit->labels[row] : table->rows[row].cells[i];

        if (fit->shown[i] && scols_line_set_data(line, cell++, text))
            return -ENOMEM;
    }
    return 0;
}

/* smartcols fills up short rows with blanks: the tables of sections are printed without them. */
static void print_trimmed(FILE *out, const char *text) {
    while (*text) {
        size_t length = strcspn(text, "\n"), end = length;

        while (end > 0 && text[end - 1] == ' ')
            end--;
        (void)fprintf(out, "%.*s\n", (int)end, text);
        text += length + (text[length] == '\n');
    }
}

/* Never cuts a line. -ENOMEM is all that can go wrong. */
static int print_rows(const struct printer *printer, const struct report_table *table) {
    struct fit fit = fit_table(printer->arena, table, printer->style->width);
    struct libscols_table *made = scols_new_table();
    char *text = NULL;
    int code = -ENOMEM;

    if (!made || scols_table_set_column_separator(made, FIT_GAP)
        || scols_table_enable_colors(made, printer->style->color)
        || scols_table_set_termforce(made, SCOLS_TERMFORCE_NEVER))
        goto out;
    code = add_columns(made, table, &fit);
    for (size_t row = 0; code == 0 && row < table->row_count; row++)
        code = add_row(made, table, row, &fit);
    if (code == 0)
        code = scols_print_table_to_string(made, &text);
    if (code == 0 && table->has_sides)
        (void)fprintf(printer->out, "%s\n", text);
    else if (code == 0)
        print_trimmed(printer->out, text);
out:
    free(text);
    scols_unref_table(made);
    return code;
}

static void print_title(const struct printer *printer, const char *title) {
    print_paragraph(printer->out, printer->style, INK_TITLE, NULL, title, " ");
}

static void print_note(const struct printer *printer, const struct report_note *note) {
    print_paragraph(
        printer->out, printer->style, ink(note->tone), note->label, note->text, note->breaks);
}

static void print_notes(const struct printer *printer, const struct report_notes *notes) {
    for (size_t i = 0; i < notes->count; i++)
        print_note(printer, &notes->items[i]);
}

static int print_latencies(
    const struct printer *printer, const struct report_section *section, bool with_title) {
    if (!section->latencies)
        return 0;
    (void)fputc('\n', printer->out);
    if (with_title)
        print_title(printer, section->figures.title);
    print_paragraph(printer->out, printer->style, NULL, NULL, section->latencies->title, " ");
    int code = print_rows(printer, section->latencies);
    if (code == 0)
        print_notes(printer, &section->latencies->notes);
    return code;
}

static int print_section(const struct printer *printer, const struct report_section *section) {
    (void)fputc('\n', printer->out);
    print_title(printer, section->figures.title);
    int code = print_rows(printer, &section->figures);
    if (code < 0)
        return code;
    print_notes(printer, &section->figures.notes);
    return print_latencies(printer, section, false);
}

static int print_comparison(
    const struct printer *printer, const struct report_comparison *comparison) {
    const struct report_note conclusion[] = {
        {"today", comparison->basis, " ", TONE_PLAIN, false},
        {"verdict", comparison->table.title, " ", comparison->tone, false},
        {"next", comparison->advice, " ", TONE_PLAIN, false},
    };

    (void)fputc('\n', printer->out);
    int code = print_rows(printer, &comparison->table);
    if (code < 0)
        return code;
    (void)fputc('\n', printer->out);
    print_notes(printer, &comparison->table.notes);
    for (size_t i = 0; i < sizeof(conclusion) / sizeof(conclusion[0]); i++)
        if (conclusion[i].text)
            print_note(printer, &conclusion[i]);
    return 0;
}

static void print_checks(const struct printer *printer, const struct report_table *checks) {
    if (checks->row_count > 0)
        (void)fputc('\n', printer->out);
    for (size_t i = 0; i < checks->row_count; i++) {
        const struct report_row *row = &checks->rows[i];
        const char *text = arena_printf(printer->arena, "%s: %s", row->id, row->sentence);

        print_note(printer, &(struct report_note){"check", text, " ", row->tone, false});
    }
}

static int print_report(const struct printer *printer, const struct report *report) {
    int code = 0;

    print_paragraph(printer->out, printer->style, NULL, NULL, report->environment, ",");
    if (report->comparison_only)
        code = print_comparison(printer, report->comparison);
    for (size_t i = 0; code == 0 && i < report->section_count; i++)
        code = report->comparison_only ? print_latencies(printer, &report->sections[i], true)
                                       : print_section(printer, &report->sections[i]);
    if (code == 0 && report->comparison && !report->comparison_only)
        code = print_comparison(printer, report->comparison);
    if (code < 0)
        return code;
    print_checks(printer, &report->checks);
    if (report->notes.count > 0)
        (void)fputc('\n', printer->out);
    print_notes(printer, &report->notes);
    return 0;
}

static int table_emit(
    FILE *out, const struct report *report, const struct report_style *style, struct diag *diag) {
    struct printer printer = {out, style, arena_new()};
    int code = print_report(&printer, report);

    arena_free(printer.arena);
    return code < 0 ? diag_no_memory(diag, "the table (--format=csv takes less)") : 0;
}

const struct report_format table_format = {.name = "table", .for_people = true, .emit = table_emit};
