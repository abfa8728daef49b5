/* SPDX-License-Identifier: MIT */
/* The table of a comparison: a line for each row, then what it rests on and what to do next. */
#include <libsmartcols/libsmartcols.h>

#include <errno.h>
#include <stdlib.h>

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

static int add_row(struct libscols_table *table, const struct gate_verdict *gate,
    const struct row_verdict *row, struct arena *arena) {
    struct libscols_line *line = scols_table_new_line(table, NULL);
    size_t columns[VERDICT_COLUMNS], count = verdict_columns(gate, columns);
    const char *ink = verdict_ink(verdict_counted(gate, row));

    if (!line || (ink && scols_line_set_color(line, ink)))
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        if (scols_line_set_data(line, i, verdict_cell(arena, gate, row, columns[i])))
            return -ENOMEM;
    return 0;
}

static int print_rows(FILE *out, const struct gate_verdict *gate, const struct report_style *style,
    struct arena *arena) {
    struct libscols_table *table = scols_new_table();
    size_t columns[VERDICT_COLUMNS], count = verdict_columns(gate, columns);
    char *text = NULL;
    int code = -ENOMEM;

    if (!table || scols_table_set_column_separator(table, "  ")
        || scols_table_enable_colors(table, style->color)
        || scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER))
        goto out;
    for (size_t i = 0; i < count; i++)
        if (!scols_table_new_column(table, verdict_headings[columns[i]], 0,
                verdict_column_is_text(columns[i]) ? 0 : SCOLS_FL_RIGHT))
            goto out;
    for (size_t i = 0; i < gate->row_count; i++)
        if (add_row(table, gate, &gate->rows[i], arena) < 0)
            goto out;
    if (gate->has_control && add_row(table, gate, &gate->control, arena) < 0)
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
