/* SPDX-License-Identifier: MIT */
#include "fit.h"

#include <stdint.h>
#include <string.h>

#include "text.h"

/* The label column is not made narrower than this. */
#define LABEL_MIN 14
#define LABEL_BREAKS " ,/"
#define LABEL_INDENT "  "
#define VERSUS " vs "

/* The state of fit_block. */
struct fitting {
    struct arena *arena;
    const struct report_block *block;
    enum report_plot plot;
    size_t room; /* the width of the table at most */
    struct fit fit;
};

static size_t column_width(const struct fitting *fitting, size_t column) {
    const struct report_block *block = fitting->block;
    size_t widest = text_width(block->columns[column].heading);
    for (size_t row = 0; row < block->row_count; row++) {
        size_t width = text_width(
            column == block->label ? fitting->fit.labels[row] : block->rows[row].cells[column]);
        widest = width > widest ? width : widest;
    }
    return widest;
}

/* Whether all cells of a column are "-". */
static bool is_empty(const struct report_block *block, size_t column) {
    for (size_t row = 0; row < block->row_count; row++)
        if (strcmp(block->rows[row].cells[column], "-") != 0)
            return false;
    return true;
}

static int rank_of(const struct fitting *fitting, size_t column) {
    const struct report_block *block = fitting->block;
    int rank = block->columns[column].rank;
    if ((ptrdiff_t)column == block->plot && fitting->plot == PLOT_ALWAYS)
        return RANK_ALWAYS;
    return rank < RANK_ANSWER && is_empty(block, column) ? rank - RANK_ANSWER : rank;
}

/* The width of the shown columns with at least this rank. */
static size_t table_width(const struct fitting *fitting, int rank) {
    size_t width = 0;
    for (size_t i = 0; i < fitting->block->column_count; i++)
        if (fitting->fit.shown[i] && rank_of(fitting, i) >= rank)
            width += strlen(FIT_GAP) + column_width(fitting, i);
    return width - strlen(FIT_GAP);
}

/* "A vs\nB" */
static void break_sides(const struct fitting *fitting) {
    for (size_t row = 0; row < fitting->block->row_count; row++) {
        const char **label = &fitting->fit.labels[row], *at = strstr(*label, VERSUS);
        if (at)
            *label = arena_printf(
                fitting->arena, "%.*s vs\n%s", (int)(at - *label), *label, at + strlen(VERSUS));
    }
}

static const char *break_label(struct arena *arena, const char *label, size_t width) {
    const char *text = "", *indent = "";
    while (*label) {
        size_t length = text_line(label, width - strlen(indent), LABEL_BREAKS);
        text = arena_printf(
            arena, "%s%s%s%.*s", text, text[0] ? "\n" : "", indent, (int)length, label);
        label += length;
        label += strspn(label, " ");
        indent = LABEL_INDENT;
    }
    return text;
}

/* Breaks labels where the columns of the answer need the room. */
static void narrow_labels(const struct fitting *fitting) {
    size_t width = column_width(fitting, fitting->block->label);
    size_t others = table_width(fitting, RANK_ANSWER) - width;
    size_t room = others < fitting->room ? fitting->room - others : 0;
    if (width > room)
        width = room > LABEL_MIN ? room : LABEL_MIN;
    for (size_t row = 0; row < fitting->block->row_count; row++)
        fitting->fit.labels[row] = break_label(fitting->arena, fitting->fit.labels[row], width);
}

/* Leaves out all columns of the lowest rank. False: no column may be left out. */
static bool leave_out(struct fitting *fitting) {
    const struct report_block *block = fitting->block;
    int lowest = RANK_ALWAYS;
    for (size_t i = 0; i < block->column_count; i++)
        if (fitting->fit.shown[i] && rank_of(fitting, i) < lowest)
            lowest = rank_of(fitting, i);
    for (size_t i = 0; i < block->column_count; i++)
        if (lowest < RANK_ALWAYS && rank_of(fitting, i) == lowest)
            fitting->fit.shown[i] = false;
    return lowest < RANK_ALWAYS;
}

struct fit fit_block(
    struct arena *arena, const struct report_block *block, const struct report_style *style) {
    struct fitting fitting = {arena, block, style->plot,
        style->width > 0 ? (size_t)style->width : SIZE_MAX,
        {arena_array(arena, bool, block->column_count),
            arena_array(arena, const char *, block->row_count)}};
    for (size_t i = 0; i < block->column_count; i++)
        fitting.fit.shown[i] = (ptrdiff_t)i != block->plot || style->plot != PLOT_NEVER;
    for (size_t row = 0; row < block->row_count; row++)
        fitting.fit.labels[row] = block->rows[row].cells[block->label];
    if (block->kind != BLOCK_COMPARISON)
        narrow_labels(&fitting);
    else if (table_width(&fitting, INT_MIN) > fitting.room)
        break_sides(&fitting);
    while (table_width(&fitting, INT_MIN) > fitting.room && leave_out(&fitting))
        ;
    return fitting.fit;
}
