/* SPDX-License-Identifier: MIT */
/* The table of a comparison: a line for each row, then what it rests on and what to do next. */
#include <libsmartcols/libsmartcols.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "answers.h"
#include "columns.h"
#include "emitters.h"
#include "verdict_table.h"

static const struct {
    const char *heading;
    bool right;
} headings[] = {{"row", false}, {"A", true}, {"B", true}, {"B/A", true}, {"interval", true},
    {"verdict", false}, {"rounds", true}};
#define COLUMNS (sizeof(headings) / sizeof(headings[0]))

static const char *verdict_ink(enum verdict verdict) {
    static const char *const inks[] = {
        [VERDICT_INCONCLUSIVE] = INK_WARNING,
        [VERDICT_EQUIVALENT] = NULL,
        [VERDICT_IMPROVED] = INK_BEST,
        [VERDICT_REGRESSED] = INK_BAD,
    };

    return inks[verdict];
}

static int add_row(
    struct libscols_table *table, const struct row_verdict *row, struct arena *arena) {
    const struct interval unknown = {NAN, NAN};
    struct libscols_line *line = scols_table_new_line(table, NULL);
    const char *ink = verdict_ink(row->verdict);
    char cells[COLUMNS][SHOWN_MAX] = {""};

    if (!line || (ink && scols_line_set_color(line, ink))
        || scols_line_set_data(line, 0, text_clean(arena, row->id)))
        return -ENOMEM;
    show_time(row->a_ns, unknown, cells[1], SHOWN_MAX);
    show_time(row->b_ns, unknown, cells[2], SHOWN_MAX);
    show_ratio(row->ratio, cells[3], SHOWN_MAX);
    show_ratio_interval(row->ratio, cells[4], SHOWN_MAX);
    (void)snprintf(cells[5], SHOWN_MAX, "%s", verdict_name(row->verdict));
    if (row->second_rounds > 0)
        (void)snprintf(
            cells[6], SHOWN_MAX, "%d+%d", row->rounds - row->second_rounds, row->second_rounds);
    else
        (void)snprintf(cells[6], SHOWN_MAX, "%d", row->rounds);
    for (size_t i = 1; i < COLUMNS; i++)
        if (scols_line_set_data(line, i, cells[i]))
            return -ENOMEM;
    return 0;
}

static int print_rows(FILE *out, const struct gate_verdict *gate, const struct report_style *style,
    struct arena *arena) {
    struct libscols_table *table = scols_new_table();
    char *text = NULL;
    int code = -ENOMEM;

    if (!table || scols_table_set_column_separator(table, "  ")
        || scols_table_enable_colors(table, style->color)
        || scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER))
        goto out;
    for (size_t i = 0; i < COLUMNS; i++)
        if (!scols_table_new_column(
                table, headings[i].heading, 0, headings[i].right ? SCOLS_FL_RIGHT : 0))
            goto out;
    for (size_t i = 0; i < gate->row_count; i++)
        if (add_row(table, &gate->rows[i], arena) < 0)
            goto out;
    if (gate->has_control && add_row(table, &gate->control, arena) < 0)
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

static const char *percent(struct arena *arena, double share) {
    return isnan(share) ? "unknown" : arena_printf(arena, "%.2g%%", 100 * share);
}

static const char *basis(const struct gate_verdict *gate, struct arena *arena) {
    const char *floor = percent(arena, gate->noise_floor);

    return arena_printf(arena,
        "noise floor %s (half the control's interval); smallest slow-down that %d rounds find with "
        "a "
        "power of %.3g%%: %s",
        gate->has_control ? floor : "unknown", gate->rounds_planned, 100 * gate->settings.power,
        percent(arena, gate->detectable));
}

int verdict_table_print(FILE *out, const struct gate_verdict *gate,
    const struct report_style *style, struct diag *diag) {
    struct arena *arena = arena_new();
    int code = print_rows(out, gate, style, arena);

    for (size_t i = 0; code == 0 && i < gate->row_count; i++)
        print_note(out, style, gate->rows[i].id, gate->rows[i].note);
    if (code == 0) {
        print_note(out, style, "today", basis(gate, arena));
        print_paragraph(
            out, style, verdict_ink(gate->verdict), "verdict", verdict_name(gate->verdict), " ");
        print_note(out, style, "next", gate->advice);
    } else {
        code = diag_set(diag, -ENOMEM, "out of memory for the table; use --format=csv");
    }
    arena_free(arena);
    return code;
}
