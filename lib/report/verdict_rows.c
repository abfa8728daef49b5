/* SPDX-License-Identifier: MIT */
#include "verdict_rows.h"

#include <math.h>
#include <stdio.h>

#include "columns.h"

const char *const verdict_headings[VERDICT_COLUMNS] = {
    [VERDICT_ROW] = "row",
    [VERDICT_A] = "A",
    [VERDICT_B] = "B",
    [VERDICT_RATIO] = "B/A",
    [VERDICT_INTERVAL] = "interval",
    [VERDICT_THRESHOLD] = "threshold",
    [VERDICT_WORD] = "verdict",
    [VERDICT_ROUNDS] = "rounds",
};

bool verdict_column_is_text(size_t column) {
    return column == VERDICT_ROW || column == VERDICT_WORD;
}

/* NaN: they have different ones. */
static double common_threshold(const struct gate_verdict *gate) {
    for (size_t i = 1; i < gate->row_count; i++)
        if (gate->rows[i].threshold != gate->rows[0].threshold)
            return NAN;
    return gate->row_count > 0 ? gate->rows[0].threshold : NAN;
}

size_t verdict_columns(const struct gate_verdict *gate, size_t ret_columns[VERDICT_COLUMNS]) {
    size_t count = 0;

    for (size_t i = 0; i < VERDICT_COLUMNS; i++)
        if (i != VERDICT_THRESHOLD || isnan(common_threshold(gate)))
            ret_columns[count++] = i;
    return count;
}

static const char *threshold_text(struct arena *arena, double threshold) {
    return arena_printf(arena, "%.4g%%", 100 * threshold);
}

static const char *rounds_text(struct arena *arena, const struct row_verdict *row) {
    if (row->second_rounds == 0)
        return arena_printf(arena, "%d", row->rounds);
    return arena_printf(arena, "%d+%d", row->rounds - row->second_rounds, row->second_rounds);
}

bool verdict_has_tables(const struct gate_verdict *gate) {
    return !gate || (gate->compared && gate->compared->with_tables);
}

enum verdict verdict_counted(const struct gate_verdict *gate, const struct row_verdict *row) {
    return gate->control_failed && row != &gate->control ? VERDICT_INCONCLUSIVE : row->verdict;
}

const char *verdict_cell(struct arena *arena, const struct gate_verdict *gate,
    const struct row_verdict *row, size_t column) {
    const struct interval unknown = {NAN, NAN};
    char text[SHOWN_MAX] = "-";

    switch (column) {
    case VERDICT_ROW:
        return text_clean(arena, row->id);
    case VERDICT_A:
        show_time(row->a_ns, unknown, text, sizeof(text));
        break;
    case VERDICT_B:
        show_time(row->b_ns, unknown, text, sizeof(text));
        break;
    case VERDICT_RATIO:
        show_ratio(row->ratio, text, sizeof(text));
        break;
    case VERDICT_INTERVAL:
        show_ratio_interval(row->ratio, text, sizeof(text));
        break;
    case VERDICT_THRESHOLD:
        return threshold_text(arena, row->threshold);
    case VERDICT_WORD:
        return verdict_name(verdict_counted(gate, row));
    case VERDICT_ROUNDS:
        return rounds_text(arena, row);
    default:
        break;
    }
    return arena_strdup(arena, text);
}

static const char *percent(struct arena *arena, double share) {
    if (isnan(share))
        return "unknown";
    return arena_printf(arena, share < 1 ? "%.2g%%" : "%.0f%%", 100 * share);
}

const char *verdict_note(
    struct arena *arena, const struct gate_verdict *gate, const struct row_verdict *row) {
    if (verdict_counted(gate, row) == row->verdict)
        return row->note;
    return arena_printf(arena, "its own interval says %s, but the control failed%s%s",
        verdict_name(row->verdict), row->note ? "; " : "", row->note ? row->note : "");
}

const char *verdict_sentence(
    struct arena *arena, const struct gate_verdict *gate, const struct row_verdict *row) {
    const char *word = verdict_name(verdict_counted(gate, row));
    const char *note = verdict_note(arena, gate, row);

    note = note ? arena_printf(arena, "; %s", note) : "";
    if (isnan(row->ratio.value))
        return arena_printf(arena, "%s%s", word, note);
    return arena_printf(arena, "%s: B takes %s the time of A (%s) in %s rounds, threshold %s%s",
        word, verdict_cell(arena, gate, row, VERDICT_RATIO),
        verdict_cell(arena, gate, row, VERDICT_INTERVAL), rounds_text(arena, row),
        threshold_text(arena, row->threshold), note);
}

const char *verdict_basis(struct arena *arena, const struct gate_verdict *gate) {
    double threshold = common_threshold(gate);
    const char *all = isnan(threshold)
        ? ""
        : arena_printf(arena, "threshold %s; ", threshold_text(arena, threshold));

    if (gate->compared)
        return arena_printf(arena,
            "%smedians of saved sessions, of which one in %.3g may be called wrongly by chance",
            all, 1 / gate->settings.alpha);
    return arena_printf(arena,
        "%snoise floor %s (half the control's interval); smallest slow-down that %d rounds find "
        "with "
        "a power of %.3g%%: %s",
        all, gate->has_control ? percent(arena, gate->noise_floor) : "unknown",
        gate->rounds_planned, 100 * gate->settings.power, percent(arena, gate->detectable));
}

const struct row_verdict *verdict_row_of(
    const struct gate_verdict *gate, size_t index, const char **ret_side) {
    for (size_t i = 0; i < gate->row_count; i++) {
        const struct row_verdict *row = &gate->rows[i];
        ptrdiff_t wanted = (ptrdiff_t)index;

        if (row->a != wanted && row->b != wanted && row->twin != wanted)
            continue;
        *ret_side = row->a == wanted ? "A" : row->b == wanted ? "B" : "control";
        return row;
    }
    return NULL;
}
