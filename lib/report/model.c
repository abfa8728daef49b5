/* SPDX-License-Identifier: MIT */
#include "model.h"

#include <math.h>
#include <string.h>

#include "checks.h"
#include "model_parts.h"

void notes_add(struct arena *arena, struct report_notes *notes, struct report_note note) {
    if (!note.text)
        return;
    notes->items = arena_grown(arena, notes->items, notes->count, &notes->room, sizeof(note));
    notes->items[notes->count++] = note;
}

/* "executor threads, workers 2, time 80.4 ms, ..." */
static const char *row_sentence(
    struct arena *arena, const struct report_table *table, const struct report_row *row) {
    const char *text = "";

    for (size_t i = 0; i < table->column_count; i++) {
        if (strcmp(row->cells[i], "-") != 0)
            text = arena_printf(arena, "%s%s%s %s", text, text[0] ? ", " : "",
                table->columns[i].heading, row->cells[i]);
    }
    return text;
}

/* What a row of figures says of its case beside the cells. */
static void judge_row(
    struct report *report, const struct report_table *table, size_t index, struct report_row *row) {
    const struct bench_case *bench_case = &report->session->plan->cases[index];
    const struct case_summary *figures = &report->summary->cases[index];

    row->id = bench_case->id;
    row->group = bench_case->name;
    row->time_ns = figures->time_ns;
    row->sentence = row_sentence(report->arena, table, row);
    if (figures->failed > 0 && !figures->covered) {
        row->outcome = OUTCOME_FAILED;
        row->why = failure_sentence(report, index);
    } else if (figures->failed + figures->valid == 0) {
        row->outcome = OUTCOME_SKIPPED;
        row->why = bench_case->impossible ? bench_case->impossible : "it was not measured";
    }
}

/* Tones and bold names; of the latencies no row is the best (fastest -1). */
static void mark_rows(struct report *report, const struct section *section, ptrdiff_t fastest,
    struct report_table *table) {
    for (size_t i = 0; i < table->row_count; i++) {
        bool is_fastest = fastest == (ptrdiff_t)(section->first + i);

        table->rows[i].bold = is_fastest ? (ptrdiff_t)table->label : -1;
        table->rows[i].tone = report->summary->cases[section->first + i].failed > 0 ? TONE_BAD
            : is_fastest                                                            ? TONE_GOOD
                                                                                    : TONE_PLAIN;
    }
}

static void add_all(struct report *report, struct report_notes *notes,
    const struct report_note *more, size_t count) {
    for (size_t i = 0; i < count; i++)
        notes_add(report->arena, notes, more[i]);
}

static void add_latencies(
    struct report *report, const struct section *section, struct report_section *shown) {
    const struct report_note notes[] = {
        {"recording", recording_sentence(report, section), " ", TONE_WARNING, false},
        {"missing", missing_sentence(report, section), " ", TONE_WARNING, false},
    };

    model_latencies(report, section, &shown->latencies);
    if (!shown->latencies)
        return;
    shown->latencies->title = "latency of single jobs, from submission to completion";
    mark_rows(report, section, -1, shown->latencies);
    add_all(report, &shown->latencies->notes, notes, 2);
}

static void add_section(struct report *report, size_t index) {
    const struct section *section = &report->session->plan->sections[index];
    struct report_section *shown = &report->sections[index];
    const struct report_note notes[] = {
        {"fastest", fastest_sentence(report, section), " ", TONE_GOOD, false},
        {"control", control_sentence(report, section), " ", TONE_PLAIN, false},
        {"pools", pools_sentence(report, section), ";", TONE_PLAIN, false},
        {"n/a", impossible_sentence(report, section), " ", TONE_PLAIN, true},
    };

    shown->figures.title = section->title;
    model_figures(report, section, &shown->figures);
    for (size_t i = 0; i < section->count; i++)
        judge_row(report, &shown->figures, section->first + i, &shown->figures.rows[i]);
    mark_rows(report, section, report->summary->sections[index].fastest, &shown->figures);
    add_all(report, &shown->figures.notes, notes, 4);
    add_latencies(report, section, shown);
}

/* A check that cannot be decided was skipped. */
static void add_checks(struct report *report) {
    static const struct {
        enum report_outcome outcome;
        enum report_tone tone;
    } states[] = {
        [CHECK_HOLDS] = {OUTCOME_PASSED, TONE_GOOD},
        [CHECK_FAILS] = {OUTCOME_FAILED, TONE_BAD},
        [CHECK_OPEN] = {OUTCOME_SKIPPED, TONE_WARNING},
    };
    struct report_table *table = &report->checks;

    table->title = "checks";
    table->row_count = report->summary->check_count;
    table->rows = arena_array(report->arena, struct report_row, table->row_count);
    for (size_t i = 0; i < table->row_count; i++) {
        const struct check_result *check = &report->summary->checks[i];

        table->rows[i] = (struct report_row){.id = check->text,
            .group = table->title,
            .bold = -1,
            .tone = states[check->state].tone,
            .time_ns = NAN,
            .outcome = states[check->state].outcome,
            .why = check->said,
            .sentence = check->said};
    }
}

static void add_notes(struct report *report) {
    const struct session_summary *summary = report->summary;
    struct report_notes *notes = &report->notes;
    struct arena *arena = report->arena;

    for (size_t i = 0; i < report->session->plan->case_count; i++)
        notes_add(arena, notes,
            (struct report_note){"failed", failure_sentence(report, i), " ", TONE_BAD, true});
    notes_add(arena, notes,
        (struct report_note){
            "interrupted", interruption_sentence(report), " ", TONE_WARNING, false});
    for (size_t i = 0; i < summary->warning_count; i++)
        notes_add(arena, notes,
            (struct report_note){"warning", summary->warnings[i], " ", TONE_WARNING, false});
}

struct report *report_new(const struct session *session, const struct session_summary *summary) {
    const struct gate_verdict *gate = summary->gate;
    struct arena *arena = arena_new();
    struct report *report = arena_array(arena, struct report, 1);

    report->arena = arena;
    report->session = session;
    report->summary = summary;
    report->environment = environment_sentence(report);
    report->comparison_only = gate && !(gate->compared && gate->compared->with_tables);
    report->comparison = gate ? model_comparison(arena, gate) : NULL;
    report->section_count = session->plan->section_count;
    report->sections = arena_array(arena, struct report_section, report->section_count);
    for (size_t i = 0; i < report->section_count; i++)
        add_section(report, i);
    add_checks(report);
    add_notes(report);
    return report;
}

void report_free(struct report *report) {
    if (report)
        arena_free(report->arena);
}
