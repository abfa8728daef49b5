/* SPDX-License-Identifier: MIT */
#include "model.h"

#include <math.h>
#include <string.h>

#include "checks.h"
#include "model_parts.h"
#include "numbers.h"
#include "units.h"

void notes_add(struct arena *arena, struct report_notes *notes, struct report_note note) {
    if (!note.text)
        return;
    notes->items = arena_grown(arena, notes->items, notes->count, &notes->room, sizeof(note));
    notes->items[notes->count++] = note;
}

static void add_note(struct report *report, struct report_block *block, const char *label,
    const char *text, enum report_tone tone) {
    notes_add(report->arena, &block->notes,
        (struct report_note){.label = label, .text = text, .tone = tone});
}

static struct report_block *add_block(
    struct report *report, enum report_block_kind kind, const char *title) {
    struct report_block *block = &report->blocks[report->block_count++];
    block->kind = kind;
    block->title = title;
    block->plot = -1;
    return block;
}

/* "executor threads, workers 2, time 80.4 ms, ..." */
static const char *row_sentence(
    struct arena *arena, const struct report_block *block, const struct report_row *row) {
    const char *text = "";
    for (size_t i = 0; i < block->column_count; i++)
        if (strcmp(row->cells[i], "-") != 0 && (ptrdiff_t)i != block->plot)
            text = list_text(arena, text, ", ",
                arena_printf(arena, "%s %s", block->columns[i].heading, row->cells[i]));
    return text;
}

/* Sets what a row has beside its cells. `fastest` is the index of the section's fastest case, or
 * -1. */
static void describe_row(const struct report *report, const struct report_block *block,
    size_t index, ptrdiff_t fastest, struct report_row *row) {
    const struct bench_case *bench_case = &report->session->plan->cases[index];
    const struct case_summary *figures = &report->summary->cases[index];
    bool is_fastest = fastest == (ptrdiff_t)index;
    row->id = bench_case->id;
    row->group = bench_case->name;
    row->bold = is_fastest ? (ptrdiff_t)block->label : -1;
    row->tone = figures->failed > 0 ? TONE_BAD : is_fastest ? TONE_GOOD : TONE_PLAIN;
    row->time_ns = figures->time_ns;
    row->index = index;
    row->ratio = NAN;
    row->sentence = row_sentence(report->arena, block, row);
    if (figures->failed > 0 && !figures->covered) {
        row->outcome = OUTCOME_FAILED;
        row->why = failure_sentence(report, index);
    } else if (figures->failed + figures->valid == 0) {
        row->outcome = OUTCOME_SKIPPED;
        row->why = bench_case->impossible ? bench_case->impossible : "it was not measured";
    }
}

static void describe_rows(const struct report *report, const struct section *section,
    ptrdiff_t fastest, struct report_block *block) {
    for (size_t i = 0; i < block->row_count; i++)
        describe_row(report, block, section->first + i, fastest, &block->rows[i]);
}

static const char *latencies_subtitle(struct arena *arena, const struct plan *plan) {
    char limit[32];
    if (plan->rate <= 0)
        return "latency of single jobs, from submission to completion";
    if (plan->rate_low <= 0)
        return "latency of single jobs, from when they were due to completion";
    format_duration(plan->latency_limit_ns, limit, sizeof(limit));
    return arena_printf(
        arena, "the highest rate at which p99 is at most %s, and the latencies at it", limit);
}

static void add_latencies(struct report *report, const struct section *section, bool with_title) {
    const struct case_summary *figures = &report->summary->cases[section->first];
    bool known = false;
    for (size_t i = 0; i < section->count; i++)
        known = known || latency_known(&figures[i].latency);
    if (!known)
        return;
    struct report_block *block =
        add_block(report, BLOCK_LATENCIES, with_title ? section->title : NULL);
    block->subtitle = latencies_subtitle(report->arena, report->session->plan);
    block_fill_latencies(report, section, block);
    describe_rows(report, section, -1, block);
    for (size_t i = section->first; i < section->first + section->count; i++)
        add_note(report, block, "too slow", too_slow_sentence(report, i), TONE_WARNING);
    add_note(report, block, "recording", recording_sentence(report, section), TONE_WARNING);
    add_note(report, block, "missing", missing_sentence(report, section), TONE_WARNING);
}

static void add_section(struct report *report, size_t index) {
    const struct section *section = &report->session->plan->sections[index];
    bool is_hidden = is_comparison_only(report->summary->gate);
    struct report_block *block = add_block(report, BLOCK_SECTION, section->title);
    block->is_hidden = is_hidden;
    block_fill_figures(report, section, block);
    describe_rows(report, section, report->summary->sections[index].fastest, block);
    add_note(report, block, "fastest", fastest_sentence(report, section), TONE_GOOD);
    add_note(report, block, "control", control_sentence(report, section), TONE_PLAIN);
    notes_add(report->arena, &block->notes,
        (struct report_note){
            .label = "pools", .text = pools_sentence(report, section), .breaks = ";"});
    notes_add(report->arena, &block->notes,
        (struct report_note){
            .label = "n/a", .text = impossible_sentence(report, section), .kind = NOTE_OF_ROW});
    add_latencies(report, section, is_hidden);
}

static void add_checks(struct report *report) {
    static const struct {
        enum report_outcome outcome;
        enum report_tone tone;
    } states[] = {
        [CHECK_HOLDS] = {OUTCOME_PASSED, TONE_GOOD},
        [CHECK_FAILS] = {OUTCOME_FAILED, TONE_BAD},
        [CHECK_OPEN] = {OUTCOME_SKIPPED, TONE_WARNING},
    };
    size_t count = report->summary->check_count;
    if (count == 0)
        return;
    struct report_block *block = add_block(report, BLOCK_CHECKS, "checks");
    block->row_count = count;
    block->rows = arena_array(report->arena, struct report_row, count);
    for (size_t i = 0; i < count; i++) {
        const struct check_result *check = &report->summary->checks[i];
        enum report_tone tone = states[check->state].tone;
        block->rows[i] = (struct report_row){.id = check->text,
            .group = "checks",
            .bold = -1,
            .tone = tone,
            .time_ns = NAN,
            .ratio = NAN,
            .outcome = states[check->state].outcome,
            .why = check->said,
            .sentence = check->said};
        notes_add(report->arena, &block->notes,
            (struct report_note){check->text, check->said, tone, NOTE_OF_ROW, NULL});
    }
}

static void add_notes(struct report *report) {
    const struct session_summary *summary = report->summary;
    struct report_block *block = add_block(report, BLOCK_NOTES, "notes");
    for (size_t i = 0; i < report->session->plan->case_count; i++)
        notes_add(report->arena, &block->notes,
            (struct report_note){
                "failed", failure_sentence(report, i), TONE_BAD, NOTE_OF_ROW, NULL});
    add_note(report, block, "resumed", resumed_sentence(report), TONE_PLAIN);
    add_note(report, block, "interrupted", interruption_sentence(report), TONE_WARNING);
    for (size_t i = 0; i < summary->warning_count; i++)
        add_note(report, block, "warning", summary->warnings[i], TONE_WARNING);
    if (block->notes.count == 0)
        report->block_count--;
}

struct report *report_new(const struct session *session, const struct session_summary *summary) {
    struct arena *arena = arena_new();
    struct report *report = arena_array(arena, struct report, 1);
    size_t sections = session->plan->section_count;
    bool comparison_first = is_comparison_only(summary->gate);
    report->arena = arena;
    report->session = session;
    report->summary = summary;
    report->environment = environment_sentence(report);
    report->has_names = sections_with_names(arena, session->plan);
    report->reaches = sections_reaches(report);
    /* Two for each section; comparison, checks and notes. */
    report->blocks = arena_array(arena, struct report_block, 2 * sections + 3);
    if (comparison_first)
        block_fill_comparison(arena, summary->gate, add_block(report, BLOCK_COMPARISON, NULL));
    for (size_t i = 0; i < sections; i++)
        add_section(report, i);
    if (summary->gate && !comparison_first)
        block_fill_comparison(arena, summary->gate, add_block(report, BLOCK_COMPARISON, NULL));
    add_checks(report);
    add_notes(report);
    return report;
}

void report_free(struct report *report) {
    if (report)
        arena_free(report->arena);
}
