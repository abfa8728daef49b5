/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "model_parts.h"
#include "numbers.h"
#include "text.h"
#include "units.h"

/* The block of a comparison: a row for each pair, and the control as the last row. */

enum { LABEL, A, B, RATIO, INTERVAL, THRESHOLD, VERDICT, ROUNDS, COLUMNS };

/* The times of both sides have one rank, so that they are left out together. */
static const struct report_column columns[COLUMNS] = {
    [LABEL] = {"row", true, RANK_ALWAYS},
    [A] = {"A", false, RANK_ANSWER},
    [B] = {"B", false, RANK_ANSWER},
    [RATIO] = {"B/A", false, RANK_ALWAYS},
    [INTERVAL] = {"interval", false, RANK_ALWAYS},
    [THRESHOLD] = {"threshold", false, RANK_ALWAYS},
    [VERDICT] = {"verdict", true, RANK_ALWAYS},
    [ROUNDS] = {"rounds", false, RANK_ALWAYS},
};

const struct pair_verdict *report_pair_of(
    const struct gate_verdict *gate, size_t index, const char **ret_side) {
    ptrdiff_t wanted = (ptrdiff_t)index;
    for (size_t i = 0; i < gate->pair_count; i++) {
        const struct pair_verdict *pair = &gate->pairs[i];
        if (pair->a != wanted && pair->b != wanted && pair->twin != wanted)
            continue;
        *ret_side = pair->a == wanted ? "A" : pair->b == wanted ? "B" : "control";
        return pair;
    }
    return NULL;
}

enum verdict report_verdict(const struct gate_verdict *gate, const struct pair_verdict *pair) {
    if (!gate->control_failed || pair == &gate->control || !verdict_has_ratio(pair->verdict))
        return pair->verdict;
    return VERDICT_INCONCLUSIVE;
}

/* NaN: pairs have different ones. Unpaired cases, which are the last, have none. */
static double common_threshold(const struct gate_verdict *gate) {
    for (size_t i = 1; i < gate->pair_count && !isnan(gate->pairs[i].threshold); i++)
        if (gate->pairs[i].threshold != gate->pairs[0].threshold)
            return NAN;
    return gate->pair_count > 0 ? gate->pairs[0].threshold : NAN;
}

/* By verdict. */
static const struct {
    enum report_tone tone;
    enum report_outcome outcome;
} shown_as[] = {
    [VERDICT_INCONCLUSIVE] = {TONE_WARNING, OUTCOME_SKIPPED},
    [VERDICT_EQUIVALENT] = {TONE_PLAIN, OUTCOME_PASSED},
    [VERDICT_IMPROVED] = {TONE_GOOD, OUTCOME_PASSED},
    [VERDICT_REGRESSED] = {TONE_BAD, OUTCOME_FAILED},
    [VERDICT_FAILED] = {TONE_BAD, OUTCOME_ERROR},
    [VERDICT_MISSING] = {TONE_BAD, OUTCOME_FAILED},
    [VERDICT_NEW] = {TONE_PLAIN, OUTCOME_SKIPPED},
};

/* All cells, also those of a column that is not shown. */
static const char **cells_of(
    struct arena *arena, const struct gate_verdict *gate, const struct pair_verdict *pair) {
    const struct interval unknown = {NAN, NAN};
    const char **cells = arena_array(arena, const char *, COLUMNS);
    cells[LABEL] = text_clean(arena, pair->id);
    bool bytes = metric_is_bytes(pair->metric);
    cells[A] =
        bytes ? unit_text(arena, show_size, pair->a_bytes) : time_text(arena, pair->a_ns, unknown);
    cells[B] =
        bytes ? unit_text(arena, show_size, pair->b_bytes) : time_text(arena, pair->b_ns, unknown);
    cells[RATIO] = ratio_text(arena, pair->ratio);
    cells[INTERVAL] = ratio_interval_text(arena, pair->ratio);
    cells[THRESHOLD] =
        isnan(pair->threshold) ? "-" : arena_printf(arena, "%.4g%%", 100 * pair->threshold);
    cells[VERDICT] = verdict_name(report_verdict(gate, pair));
    cells[ROUNDS] = pair->verdict == VERDICT_NEW || pair->verdict == VERDICT_MISSING ? "-"
        : pair->second_rounds == 0
        ? arena_printf(arena, "%d", pair->rounds)
        : arena_printf(arena, "%d+%d", pair->rounds - pair->second_rounds, pair->second_rounds);
    return cells;
}

/* Why the pair has its verdict; NULL: nothing to say. */
static const char *note_of(
    struct arena *arena, const struct gate_verdict *gate, const struct pair_verdict *pair) {
    if (report_verdict(gate, pair) == pair->verdict)
        return pair->note;
    return arena_printf(arena, "its own interval says %s, but the control failed%s%s",
        verdict_name(pair->verdict), pair->note ? "; " : "", pair->note ? pair->note : "");
}

static const char *sentence_of(
    struct arena *arena, const struct pair_verdict *pair, const char **cells, const char *note) {
    note = note ? arena_printf(arena, "; %s", note) : "";
    if (isnan(pair->ratio.value))
        return arena_printf(arena, "%s%s", cells[VERDICT], note);
    return arena_printf(arena, "%s: B takes %s the %s of A (%s) in %s rounds, threshold %s%s",
        cells[VERDICT], cells[RATIO], metric_names[pair->metric], cells[INTERVAL], cells[ROUNDS],
        cells[THRESHOLD], note);
}

static void add_row(struct arena *arena, const struct gate_verdict *gate,
    const struct pair_verdict *pair, struct report_block *block) {
    struct report_row *row = &block->rows[block->row_count++];
    const char **cells = cells_of(arena, gate, pair);
    const char *note = note_of(arena, gate, pair);
    enum verdict verdict = report_verdict(gate, pair);
    size_t shown = 0;
    *row = (struct report_row){.id = pair->id,
        .group = "comparison",
        .bold = -1,
        .tone = shown_as[verdict].tone,
        .time_ns = pair->b_ns,
        .ratio = pair->ratio.value,
        .outcome = shown_as[verdict].outcome,
        .sentence = sentence_of(arena, pair, cells, note)};
    row->why = row->sentence;
    if (pair == &gate->control)
        row->outcome = gate->control_failed ? OUTCOME_ERROR : OUTCOME_PASSED;
    if (verdict == VERDICT_MISSING && gate->settings.allow_missing) {
        row->outcome = OUTCOME_SKIPPED;
        row->tone = TONE_PLAIN;
    }
    for (size_t i = 0; i < COLUMNS; i++) {
        if (i == THRESHOLD && block->column_count < COLUMNS)
            continue;
        if (i == VERDICT && row->tone == TONE_BAD)
            row->bold = (ptrdiff_t)shown;
        cells[shown++] = cells[i];
    }
    row->cells = cells;
    if (pair != &gate->control)
        notes_add(arena, &block->notes,
            (struct report_note){.label = pair->id, .text = note, .kind = NOTE_OF_ROW});
}

static const char *percent(struct arena *arena, double share) {
    if (isnan(share))
        return "unknown";
    return arena_printf(arena, share < 1 ? "%.2g%%" : "%.0f%%", 100 * share);
}

/* NULL: a side failed, and then noise is not the question. */
static const char *basis_of(struct arena *arena, const struct gate_verdict *gate) {
    double threshold = common_threshold(gate);
    const char *all =
        isnan(threshold) ? "" : arena_printf(arena, "threshold %.4g%%; ", 100 * threshold);
    if (gate->verdict == VERDICT_FAILED)
        return NULL;
    if (gate->compared)
        return arena_printf(arena,
            "%smedians of saved sessions; by chance, one alarm in %.3g comparisons", all,
            1 / gate->settings.alpha);
    const char *noise = arena_printf(arena, "%snoise floor %s (half the control's interval)", all,
        gate->has_control ? percent(arena, gate->noise_floor) : "unknown");
    if (isnan(gate->detectable))
        return noise;
    return arena_printf(arena,
        "%s; smallest slow-down that up to %d rounds find with a power of %.3g%%: %s", noise,
        gate->rounds_planned, 100 * gate->settings.power, percent(arena, gate->detectable));
}

bool is_comparison_only(const struct gate_verdict *gate) {
    return gate && !(gate->compared && gate->compared->with_tables);
}

void block_fill_comparison(
    struct arena *arena, const struct gate_verdict *gate, struct report_block *block) {
    const struct report_note conclusion[] = {
        {gate->compared ? "these sessions" : "this session", basis_of(arena, gate), TONE_PLAIN,
            NOTE_OF_TABLE, NULL},
        {"verdict", verdict_name(gate->verdict), shown_as[gate->verdict].tone, NOTE_OF_TITLE, NULL},
        {"next", gate->advice, TONE_PLAIN, NOTE_OF_TABLE, NULL},
    };
    const struct report_note intro[] = {
        {"A", gate->sides[0], TONE_PLAIN, NOTE_OF_TABLE, NULL},
        {"B", gate->sides[1], TONE_PLAIN, NOTE_OF_TABLE, NULL},
        {"measured", gate->method, TONE_PLAIN, NOTE_OF_TABLE, NULL},
    };
    for (size_t i = 0; i < COUNT(intro); i++)
        notes_add(arena, &block->intro, intro[i]);
    block->title = verdict_name(gate->verdict);
    block->columns = arena_array(arena, struct report_column, COLUMNS);
    /* A threshold that all pairs have is in the note, not in a column. */
    for (size_t i = 0; i < COLUMNS; i++)
        if (i != THRESHOLD || isnan(common_threshold(gate)))
            block->columns[block->column_count++] = columns[i];
    block->rows = arena_array(arena, struct report_row, gate->pair_count + 1);
    for (size_t i = 0; i < gate->pair_count; i++)
        add_row(arena, gate, &gate->pairs[i], block);
    if (gate->has_control)
        add_row(arena, gate, &gate->control, block);
    for (size_t i = 0; i < COUNT(conclusion); i++)
        notes_add(arena, &block->notes, conclusion[i]);
}
