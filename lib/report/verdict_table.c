/* SPDX-License-Identifier: MIT */
/* The table of a comparison: a line for each row, then what it rests on and what to do next. */
#include <libsmartcols/libsmartcols.h>

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "verdict_rows.h"
#include "verdict_table.h"

static const char *verdict_ink(enum verdict verdict) {
    static const char *const inks[] = {
        [VERDICT_INCONCLUSIVE] = INK_WARNING,
        [VERDICT_EQUIVALENT] = NULL,
        [VERDICT_IMPROVED] = INK_BEST,
        [VERDICT_REGRESSED] = INK_BAD,
    };

    return inks[verdict];
}

#define GAP "  "

/* What of the table is printed: all of it, or as much as fits into the width. */
struct sheet {
    const struct gate_verdict *gate;
    size_t columns[VERDICT_COLUMNS], count;
    bool breaks; /* ids of two sides stand below each other */
};

static size_t row_count(const struct sheet *sheet) {
    return sheet->gate->row_count + sheet->gate->has_control;
}

static const struct row_verdict *row_at(const struct sheet *sheet, size_t index) {
    const struct gate_verdict *gate = sheet->gate;

    return index < gate->row_count ? &gate->rows[index] : &gate->control;
}

static const char *cell(
    const struct sheet *sheet, const struct row_verdict *row, size_t column, struct arena *arena) {
    const char *text = verdict_cell(arena, sheet->gate, row, column);
    const char *vs = column == VERDICT_ROW && sheet->breaks ? strstr(text, " vs ") : NULL;

    if (!vs)
        return text;
    return arena_printf(arena, "%.*s vs\n%s", (int)(vs - text), text, vs + strlen(" vs "));
}

/* Of its longest line. */
static size_t cell_width(const char *text, struct arena *arena) {
    const char *end = strchr(text, '\n');
    size_t first, rest;

    if (!end)
        return text_width(text);
    first = text_width(arena_strndup(arena, text, (size_t)(end - text)));
    rest = text_width(end + 1);
    return first > rest ? first : rest;
}

static size_t sheet_width(const struct sheet *sheet, struct arena *arena) {
    size_t sum = 0;

    for (size_t i = 0; i < sheet->count; i++) {
        size_t widest = text_width(verdict_headings[sheet->columns[i]]);

        for (size_t j = 0; j < row_count(sheet); j++) {
            size_t width =
                cell_width(cell(sheet, row_at(sheet, j), sheet->columns[i], arena), arena);
            widest = width > widest ? width : widest;
        }
        sum += widest + (i > 0 ? strlen(GAP) : 0);
    }
    return sum;
}

/* The ratio says it all: the times of both sides stand in the other formats too. */
static void leave_out_times(struct sheet *sheet) {
    size_t kept = 0;

    for (size_t i = 0; i < sheet->count; i++)
        if (sheet->columns[i] != VERDICT_A && sheet->columns[i] != VERDICT_B)
            sheet->columns[kept++] = sheet->columns[i];
    sheet->count = kept;
}

static struct sheet sheet_make(
    const struct gate_verdict *gate, const struct report_style *style, struct arena *arena) {
    struct sheet sheet = {.gate = gate};
    size_t room = style->width > 0 ? (size_t)style->width : SIZE_MAX;

    sheet.count = verdict_columns(gate, sheet.columns);
    sheet.breaks = sheet_width(&sheet, arena) > room;
    if (sheet_width(&sheet, arena) > room)
        leave_out_times(&sheet);
    return sheet;
}

static int add_row(struct libscols_table *table, const struct sheet *sheet,
    const struct row_verdict *row, struct arena *arena) {
    struct libscols_line *line = scols_table_new_line(table, NULL);
    const char *ink = verdict_ink(verdict_counted(sheet->gate, row));

    if (!line || (ink && scols_line_set_color(line, ink)))
        return -ENOMEM;
    for (size_t i = 0; i < sheet->count; i++)
        if (scols_line_set_data(line, i, cell(sheet, row, sheet->columns[i], arena)))
            return -ENOMEM;
    return 0;
}

static int add_column(struct libscols_table *table, size_t column) {
    int flags = verdict_column_is_text(column) ? SCOLS_FL_WRAP : SCOLS_FL_RIGHT;
    struct libscols_column *added =
        scols_table_new_column(table, verdict_headings[column], 0, flags);

    if (!added
        || (flags == SCOLS_FL_WRAP
            && (scols_column_set_safechars(added, "\n")
                || scols_column_set_wrapfunc(
                    added, scols_wrapnl_chunksize, scols_wrapnl_nextchunk, NULL))))
        return -ENOMEM;
    return 0;
}

static int print_rows(FILE *out, const struct gate_verdict *gate, const struct report_style *style,
    struct arena *arena) {
    struct sheet sheet = sheet_make(gate, style, arena);
    struct libscols_table *table = scols_new_table();
    char *text = NULL;
    int code = -ENOMEM;

    if (!table || scols_table_set_column_separator(table, GAP)
        || scols_table_enable_colors(table, style->color)
        || scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER))
        goto out;
    for (size_t i = 0; i < sheet.count; i++)
        if (add_column(table, sheet.columns[i]) < 0)
            goto out;
    for (size_t i = 0; i < row_count(&sheet); i++)
        if (add_row(table, &sheet, row_at(&sheet, i), arena) < 0)
            goto out;
    code = scols_print_table_to_string(table, &text);
    if (code == 0)
        (void)fprintf(out, "\n%s\n\n", text);
out:
    free(text);
    scols_unref_table(table);
    return code;
}

static void print_note(
    FILE *out, const struct report_style *style, const char *label, const char *text) {
    if (text)
        print_paragraph(out, style, NULL, label, text, " ");
}

int verdict_table_print(
    FILE *out, const struct gate_verdict *gate, const struct report_style *style) {
    struct arena *arena = arena_new();
    int code = print_rows(out, gate, style, arena);

    for (size_t i = 0; code == 0 && i < gate->row_count; i++)
        print_note(out, style, gate->rows[i].id, verdict_note(arena, gate, &gate->rows[i]));
    if (code == 0) {
        print_note(out, style, "today", verdict_basis(arena, gate));
        print_paragraph(
            out, style, verdict_ink(gate->verdict), "verdict", verdict_name(gate->verdict), " ");
        print_note(out, style, "next", gate->advice);
    }
    arena_free(arena);
    return code;
}
