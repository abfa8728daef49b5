/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "answers.h"
#include "checks.h"
#include "columns.h"
#include "emitters.h"
#include "verdict_rows.h"

/* GitHub-flavoured Markdown, to be pasted into a pull request: whole tables, whatever their width.
 */

/* Text as itself: what Markdown would take for marks is escaped. */
static void put_text(FILE *out, const char *text) {
    for (; *text; text++) {
        if (strchr("\\`*_|<>[]~&", *text))
            (void)fputc('\\', out);
        (void)fputc(*text, out);
    }
}

static void put_cells(FILE *out, const struct grid *grid, size_t row, bool is_best) {
    for (size_t i = 0; i < grid->column_count; i++) {
        const char *mark = is_best && i == grid->executor ? "**" : "";

        (void)fprintf(out, "| %s", mark);
        put_text(out, grid_cell(grid, row, i));
        (void)fprintf(out, "%s ", mark);
    }
    (void)fputs("|\n", out);
}

static void put_grid(FILE *out, const struct grid *grid, const struct section *section,
    const struct section_summary *found) {
    for (size_t i = 0; i < grid->column_count; i++)
        (void)fprintf(out, "| %s ", grid->columns[i]->heading);
    (void)fputs("|\n", out);
    for (size_t i = 0; i < grid->column_count; i++)
        (void)fputs(grid->columns[i]->is_text ? "|:---" : "|---:", out);
    (void)fputs("|\n", out);
    for (size_t row = 0; row < grid->row_count; row++)
        put_cells(out, grid, row, found->fastest == (ptrdiff_t)(section->first + row));
}

/* An entry of a list. */
static void put_line(FILE *out, const char *label, const char *text, struct arena *arena) {
    (void)fputs("- **", out);
    put_text(out, text_clean(arena, label));
    (void)fputs(":** ", out);
    put_text(out, text_clean(arena, text));
    (void)fputc('\n', out);
}

static void put_latencies(FILE *out, const struct session *session,
    const struct session_summary *summary, const struct section *section, struct arena *arena) {
    const struct grid *grid = latency_grid_new(arena, session, summary, section);
    const struct section_summary none = {.fastest = -1};

    if (!grid)
        return;
    (void)fputc('\n', out);
    if (!verdict_has_tables(summary->gate)) {
        put_text(out, text_clean(arena, section->title));
        (void)fputs(", ", out);
    }
    (void)fputs(LATENCY_TITLE ":\n\n", out);
    put_grid(out, grid, section, &none);
    const char *answer = latency_answer(arena, session, summary, section);
    if (answer) {
        (void)fputc('\n', out);
        put_line(out, "recording", answer, arena);
    }
    answer = latency_gap(arena, session, section);
    if (answer) {
        (void)fputc('\n', out);
        put_line(out, "missing", answer, arena);
    }
}

static void put_section(FILE *out, const struct session *session,
    const struct session_summary *summary, const struct section *section) {
    struct arena *arena = arena_new();
    const char *fastest = fastest_answer(arena, session, summary, section);
    const char *control = control_answer(arena, session, summary, section);
    const char *pools = pools_answer(arena, session, section);
    const char *impossible = impossible_answer(arena, session, section);

    (void)fputs("\n### ", out);
    put_text(out, text_clean(arena, section->title));
    (void)fputs("\n\n", out);
    put_grid(out, grid_new(arena, session, summary, section), section,
        &summary->sections[section - session->plan->sections]);
    if (fastest || control || pools || impossible)
        (void)fputc('\n', out);
    if (fastest)
        put_line(out, "fastest", fastest, arena);
    if (control)
        put_line(out, "control", control, arena);
    if (pools)
        put_line(out, "pools", pools, arena);
    if (impossible)
        put_line(out, "n/a", impossible, arena);
    put_latencies(out, session, summary, section, arena);
    arena_free(arena);
}

/* The rows of a comparison; those that want a look stand out. */
static void put_comparison(FILE *out, const struct gate_verdict *gate, struct arena *arena) {
    size_t rows = gate->row_count + gate->has_control;
    size_t columns[VERDICT_COLUMNS], count = verdict_columns(gate, columns);

    (void)fprintf(out, "\n### %s\n\n", verdict_name(gate->verdict));
    for (size_t i = 0; i < count; i++)
        (void)fprintf(out, "| %s ", verdict_headings[columns[i]]);
    (void)fputs("|\n", out);
    for (size_t i = 0; i < count; i++)
        (void)fputs(verdict_column_is_text(columns[i]) ? "|:---" : "|---:", out);
    (void)fputs("|\n", out);
    for (size_t i = 0; i < rows; i++) {
        const struct row_verdict *row = i < gate->row_count ? &gate->rows[i] : &gate->control;
        for (size_t j = 0; j < count; j++) {
            bool loud =
                columns[j] == VERDICT_WORD && verdict_counted(gate, row) == VERDICT_REGRESSED;
            (void)fputs(loud ? "| **" : "| ", out);
            put_text(out, verdict_cell(arena, gate, row, columns[j]));
            (void)fputs(loud ? "** " : " ", out);
        }
        (void)fputs("|\n", out);
    }
    (void)fputc('\n', out);
    for (size_t i = 0; i < gate->row_count; i++) {
        const char *note = verdict_note(arena, gate, &gate->rows[i]);
        if (note)
            put_line(out, gate->rows[i].id, note, arena);
    }
    put_line(out, "today", verdict_basis(arena, gate), arena);
    if (gate->advice)
        put_line(out, "next", gate->advice, arena);
}

static void put_checks(FILE *out, const struct session_summary *summary, struct arena *arena) {
    if (summary->check_count > 0)
        (void)fputs("\n### checks\n\n", out);
    for (size_t i = 0; i < summary->check_count; i++)
        put_line(out, summary->checks[i].text, summary->checks[i].said, arena);
}

static void put_troubles(FILE *out, const struct session *session,
    const struct session_summary *summary, struct arena *arena) {
    const char *interruption = interruption_answer(arena, session);

    if (has_notes(session, summary))
        (void)fputs("\n### notes\n\n", out);
    for (size_t i = 0; i < session->plan->case_count; i++) {
        const char *failure = failure_answer(arena, session, summary, i);
        if (failure)
            put_line(out, "failed", failure, arena);
    }
    if (interruption)
        put_line(out, "interrupted", interruption, arena);
    for (size_t i = 0; i < summary->warning_count; i++)
        put_line(out, "warning", summary->warnings[i], arena);
}

int markdown_emit(FILE *out, const struct session *session, const struct session_summary *summary,
    const struct report_style *style, struct diag *diag) {
    bool tables = verdict_has_tables(summary->gate);
    struct arena *arena = arena_new();

    (void)style;
    (void)diag;
    put_text(out, text_clean(arena, environment_line(arena, session)));
    (void)fputc('\n', out);
    if (summary->gate && !tables)
        put_comparison(out, summary->gate, arena);
    for (size_t i = 0; i < session->plan->section_count; i++) {
        if (tables)
            put_section(out, session, summary, &session->plan->sections[i]);
        else
            put_latencies(out, session, summary, &session->plan->sections[i], arena);
    }
    if (summary->gate && tables)
        put_comparison(out, summary->gate, arena);
    put_checks(out, summary, arena);
    put_troubles(out, session, summary, arena);
    arena_free(arena);
    return 0;
}
