/* SPDX-License-Identifier: MIT */
#include <libsmartcols/libsmartcols.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "answers.h"
#include "checks.h"
#include "columns.h"
#include "emitters.h"
#include "verdict_rows.h"
#include "verdict_table.h"

#define GAP "  " /* between columns */

/* A label is broken into lines rather than made narrower than this. */
#define LABEL_MIN 14
#define LABEL_BREAKS " ,/"

/* How a grid is fitted into a width. */
struct fit {
    bool shown[COLUMNS_MAX];
    size_t label; /* columns for the executor; longer labels go on in the next line */
};

static size_t column_width(const struct grid *grid, size_t column) {
    size_t widest = text_width(grid->columns[column]->heading);

    for (size_t row = 0; row < grid->row_count; row++) {
        size_t width = text_width(grid_cell(grid, row, column));
        if (width > widest)
            widest = width;
    }
    return widest;
}

static size_t width_of(const struct grid *grid, const struct fit *fit) {
    size_t width = 0;

    for (size_t i = 0; i < grid->column_count; i++) {
        if (fit->shown[i])
            width += strlen(GAP) + (i == grid->executor ? fit->label : column_width(grid, i));
    }
    return width - strlen(GAP);
}

/* What stays longest: the columns that give the answer, whatever is in them. */
#define ANSWER_RANK 9

/* The next to go: a column of nothing but "-" before any other. -1: none may. */
static ptrdiff_t least_needed(const struct grid *grid, const struct fit *fit) {
    ptrdiff_t least = -1;
    int least_rank = INT_MAX;

    for (size_t i = 0; i < grid->column_count; i++) {
        int rank = grid->columns[i]->dropped;

        if (rank < ANSWER_RANK && grid_is_silent(grid, i))
            rank -= COLUMNS_MAX;
        if (fit->shown[i] && rank < least_rank) {
            least = (ptrdiff_t)i;
            least_rank = rank;
        }
    }
    return least;
}

/* Long labels are broken before the answer loses a column, but not to make room for more. */
static void fit_label(const struct grid *grid, size_t width, struct fit *fit) {
    struct fit answer = {.label = 0};

    for (size_t i = 0; i < grid->column_count; i++)
        answer.shown[i] = grid->columns[i]->dropped >= ANSWER_RANK;
    size_t others = width_of(grid, &answer);
    size_t room = others < width ? width - others : 0;
    if (fit->label > room)
        fit->label = room > LABEL_MIN ? room : LABEL_MIN;
}

static struct fit fit_grid(const struct grid *grid, int style_width) {
    struct fit fit = {.label = column_width(grid, grid->executor)};
    size_t width = (size_t)style_width;

    for (size_t i = 0; i < grid->column_count; i++)
        fit.shown[i] = true;
    if (style_width <= 0)
        return fit;
    fit_label(grid, width, &fit);
    while (width_of(grid, &fit) > width) {
        ptrdiff_t least = least_needed(grid, &fit);
        if (least < 0)
            break;
        fit.shown[least] = false;
    }
    return fit;
}

static const char *row_ink(const struct session_summary *summary, const struct section *section,
    size_t row, const struct section_summary *found) {
    size_t index = section->first + row;

    if (summary->cases[index].failed > 0)
        return INK_BAD;
    return found->fastest == (ptrdiff_t)index ? INK_BEST : NULL;
}

/* One table while it is filled; smartcols reports nothing but a want of memory. */
struct printer {
    struct libscols_table *table;
    const struct grid *grid;
    const struct fit *fit;
    struct arena *arena;
};

static int add_line(struct printer *printer, size_t row, const char *label, const char *ink) {
    struct libscols_line *line = scols_table_new_line(printer->table, NULL);
    size_t cell = 0;

    if (!line || (ink && scols_line_set_color(line, ink)))
        return -ENOMEM;
    for (size_t i = 0; i < printer->grid->column_count; i++) {
        const char *text = row < printer->grid->row_count ? grid_cell(printer->grid, row, i) : "";

        if (!printer->fit->shown[i])
            continue;
        if (scols_line_set_data(line, cell++, i == printer->grid->executor ? label : text))
            return -ENOMEM;
    }
    return 0;
}

/* A row, and lines below it for as much of its label as has no room there. */
static int add_row(struct printer *printer, size_t row, const char *ink) {
    const char *rest = grid_cell(printer->grid, row, printer->grid->executor);
    size_t room = printer->fit->label;
    const char *indent = "";
    int code = 0;

    while (code == 0 && *rest) {
        size_t length = text_line(rest, room - strlen(indent), LABEL_BREAKS);

        code = add_line(
            printer, row, arena_printf(printer->arena, "%s%.*s", indent, (int)length, rest), ink);
        rest += length;
        rest += strspn(rest, " ");
        indent = "  ";
        row = printer->grid->row_count;
    }
    return code;
}

static int add_columns(struct printer *printer) {
    for (size_t i = 0; i < printer->grid->column_count; i++) {
        const struct column *column = printer->grid->columns[i];

        if (printer->fit->shown[i]
            && !scols_table_new_column(
                printer->table, column->heading, 0, column->is_text ? 0 : SCOLS_FL_RIGHT))
            return -ENOMEM;
    }
    return 0;
}

/* smartcols fills up short rows with blanks. */
static void print_trimmed(FILE *out, const char *text) {
    while (*text) {
        size_t length = strcspn(text, "\n"), end = length;

        while (end > 0 && text[end - 1] == ' ')
            end--;
        (void)fprintf(out, "%.*s\n", (int)end, text);
        text += length + (text[length] == '\n');
    }
}

/* Prints the table; never cuts a line of it. */
static int print_grid(FILE *out, const struct grid *grid, const struct session_summary *summary,
    const struct section *section, const struct section_summary *found,
    const struct report_style *style, struct arena *arena) {
    struct fit fit = fit_grid(grid, style->width);
    struct printer printer = {scols_new_table(), grid, &fit, arena};
    char *text = NULL;
    int code = -ENOMEM;

    if (!printer.table || scols_table_set_column_separator(printer.table, GAP)
        || scols_table_enable_colors(printer.table, style->color)
        || scols_table_set_termforce(printer.table, SCOLS_TERMFORCE_NEVER))
        goto out;
    code = add_columns(&printer);
    for (size_t row = 0; code == 0 && row < grid->row_count; row++)
        code = add_row(&printer, row, row_ink(summary, section, row, found));
    if (code == 0)
        code = scols_print_table_to_string(printer.table, &text);
    if (code == 0)
        print_trimmed(out, text);
out:
    free(text);
    scols_unref_table(printer.table);
    return code;
}

static void print_answers(FILE *out, const struct session *session,
    const struct session_summary *summary, const struct section *section,
    const struct report_style *style, struct arena *arena) {
    const char *fastest = fastest_answer(arena, session, summary, section);
    const char *control = control_answer(arena, session, summary, section);
    const char *pools = pools_answer(arena, session, section);
    const char *impossible = impossible_answer(arena, session, section);

    if (fastest)
        print_paragraph(out, style, INK_BEST, "fastest", fastest, " ");
    if (control)
        print_paragraph(out, style, NULL, "control", control, " ");
    if (pools)
        print_paragraph(out, style, NULL, "pools", pools, ";");
    if (impossible)
        print_paragraph(out, style, NULL, "n/a", impossible, " ");
}

static int print_latencies(FILE *out, const struct session *session,
    const struct session_summary *summary, const struct section *section,
    const struct report_style *style, struct arena *arena) {
    const struct grid *grid = latency_grid_new(arena, session, summary, section);
    const struct section_summary none = {.fastest = -1};

    if (!grid)
        return 0;
    (void)fputc('\n', out);
    if (!verdict_has_tables(summary->gate))
        print_paragraph(out, style, INK_TITLE, NULL, section->title, " ");
    print_paragraph(out, style, NULL, NULL, LATENCY_TITLE, " ");
    int code = print_grid(out, grid, summary, section, &none, style, arena);
    const char *answer = latency_answer(arena, session, summary, section);
    if (code == 0 && answer)
        print_paragraph(out, style, INK_WARNING, "recording", answer, " ");
    answer = latency_gap(arena, session, section);
    if (code == 0 && answer)
        print_paragraph(out, style, INK_WARNING, "missing", answer, " ");
    return code;
}

static int print_section(FILE *out, const struct session *session,
    const struct session_summary *summary, const struct section *section,
    const struct report_style *style) {
    struct arena *arena = arena_new();
    const struct grid *grid = grid_new(arena, session, summary, section);

    (void)fputc('\n', out);
    print_paragraph(out, style, INK_TITLE, NULL, section->title, " ");
    int code = print_grid(out, grid, summary, section,
        &summary->sections[section - session->plan->sections], style, arena);
    if (code == 0)
        print_answers(out, session, summary, section, style, arena);
    if (code == 0)
        code = print_latencies(out, session, summary, section, style, arena);
    arena_free(arena);
    return code;
}

/* What went wrong, and what may have. An empty line parts it from the tables. */
static void print_checks(FILE *out, const struct session_summary *summary,
    const struct report_style *style, struct arena *arena) {
    static const char *const inks[] = {
        [CHECK_HOLDS] = INK_BEST, [CHECK_FAILS] = INK_BAD, [CHECK_OPEN] = INK_WARNING};

    if (summary->check_count > 0)
        (void)fputc('\n', out);
    for (size_t i = 0; i < summary->check_count; i++) {
        const struct check_result *check = &summary->checks[i];

        print_paragraph(out, style, inks[check->state], "check",
            text_clean(arena, arena_printf(arena, "%s: %s", check->text, check->said)), " ");
    }
}

static void print_troubles(FILE *out, const struct session *session,
    const struct session_summary *summary, const struct report_style *style, struct arena *arena) {
    const char *interruption = interruption_answer(arena, session);

    if (has_notes(session, summary))
        (void)fputc('\n', out);
    for (size_t i = 0; i < session->plan->case_count; i++) {
        const char *failure = failure_answer(arena, session, summary, i);
        if (failure)
            print_paragraph(out, style, INK_BAD, "failed", failure, " ");
    }
    if (interruption)
        print_paragraph(out, style, INK_WARNING, "interrupted", interruption, " ");
    for (size_t i = 0; i < summary->warning_count; i++)
        print_paragraph(out, style, INK_WARNING, "warning", summary->warnings[i], " ");
}

int table_emit(FILE *out, const struct session *session, const struct session_summary *summary,
    const struct report_style *style, struct diag *diag) {
    const struct gate_verdict *gate = summary->gate;
    struct arena *arena = arena_new();
    int code = 0;

    print_paragraph(out, style, NULL, NULL, environment_line(arena, session), ",");
    if (gate && !verdict_has_tables(gate))
        code = verdict_table_print(out, gate, style);
    for (size_t i = 0; code == 0 && i < session->plan->section_count; i++) {
        const struct section *section = &session->plan->sections[i];

        code = verdict_has_tables(gate)
            ? print_section(out, session, summary, section, style)
            : print_latencies(out, session, summary, section, style, arena);
    }
    if (code == 0 && gate && verdict_has_tables(gate))
        code = verdict_table_print(out, gate, style);
    if (code == 0) {
        print_checks(out, summary, style, arena);
        print_troubles(out, session, summary, style, arena);
    } else {
        code = diag_no_memory(diag, "the table (--format=csv takes less)");
    }
    arena_free(arena);
    return code;
}
