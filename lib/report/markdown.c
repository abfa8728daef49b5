/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "answers.h"
#include "columns.h"
#include "emitters.h"

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
    (void)fprintf(out, "- **%s:** ", label);
    put_text(out, text_clean(arena, text));
    (void)fputc('\n', out);
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
    arena_free(arena);
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
    struct arena *arena = arena_new();

    (void)style;
    (void)diag;
    put_text(out, text_clean(arena, environment_line(arena, session)));
    (void)fputc('\n', out);
    for (size_t i = 0; i < session->plan->section_count; i++)
        put_section(out, session, summary, &session->plan->sections[i]);
    put_troubles(out, session, summary, arena);
    arena_free(arena);
    return 0;
}
