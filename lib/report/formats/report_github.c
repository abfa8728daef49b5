/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "format_parts.h"

/*
 * Workflow commands of GitHub Actions, which annotate the page of a run
 * (docs.github.com/actions/reference/workflow-commands-for-github-actions): errors for what
 * regressed, failed or is missing, warnings for what is inconclusive, notices for what improved or
 * is new.
 *
 * GitHub shows ten of a kind for each step. So the worst come first, and the last one says how many
 * are left out.
 */

#define SHOWN_MAX 10

enum { ERRORS, WARNINGS, NOTICES, KINDS };

struct annotation {
    const char *title, *message;
    double weight; /* the largest comes first */
    size_t order;  /* among the same weight: as in the report */
};

struct annotations {
    struct annotation *items;
    size_t count, room;
};

/* As GitHub unescapes it. A title is a property, in which ':' and ',' are special too. */
static void put_escaped(FILE *out, const char *text, bool is_property) {
    while (*text) {
        unsigned code = 0;
        size_t bytes = utf8_char(text, &code);
        bool special = code == '%' || code == '\r' || code == '\n'
            || (is_property && (code == ':' || code == ','));
        if (bytes == 0)
            fputc('?', out);
        else if (special)
            fprintf(out, "%%%02X", code);
        else
            fwrite(text, 1, bytes, out);
        text += bytes ? bytes : 1;
    }
}

static void add(const struct report *report, struct annotations *list, const char *title,
    const char *message, double weight) {
    list->items =
        arena_grown(report->arena, list->items, list->count, &list->room, sizeof(*list->items));
    list->items[list->count] =
        (struct annotation){title, message, isnan(weight) ? 0 : weight, list->count};
    list->count++;
}

/* The sentence of a row, and what A and B are. */
static const char *pair_message(const struct report *report, const struct report_row *row) {
    const struct gate_verdict *gate = report->summary->gate;
    if (!gate->sides[0] || !gate->sides[1])
        return row->sentence;
    return arena_printf(
        report->arena, "%s\nA: %s\nB: %s", row->sentence, gate->sides[0], gate->sides[1]);
}

/* A pair, or the control, whose failure makes all pairs inconclusive. */
static void add_pair(const struct report *report, const struct report_block *block, size_t index,
    struct annotations *kinds) {
    const struct report_row *row = &block->rows[index];
    const struct gate_verdict *gate = report->summary->gate;
    bool is_control = index >= gate->pair_count;
    const char *message = pair_message(report, row);
    if (is_control) {
        if (row->outcome != OUTCOME_PASSED)
            add(report, &kinds[WARNINGS], row->id, message, INFINITY);
        return;
    }
    switch (report_verdict(gate, &gate->pairs[index])) {
    case VERDICT_FAILED:
        add(report, &kinds[ERRORS], row->id, message, INFINITY);
        break;
    case VERDICT_REGRESSED:
        add(report, &kinds[ERRORS], row->id, message, row->ratio);
        break;
    case VERDICT_MISSING:
        add(report, &kinds[row->outcome == OUTCOME_FAILED ? ERRORS : NOTICES], row->id, message, 0);
        break;
    case VERDICT_INCONCLUSIVE:
        add(report, &kinds[WARNINGS], row->id, message, row->ratio);
        break;
    case VERDICT_IMPROVED:
        add(report, &kinds[NOTICES], row->id, message, 1 / row->ratio);
        break;
    case VERDICT_NEW:
        add(report, &kinds[NOTICES], row->id, message, 0);
        break;
    case VERDICT_EQUIVALENT:
        break;
    }
}

static void add_check(const struct report *report, const struct report_block *block, size_t index,
    struct annotations *kinds) {
    const struct report_row *row = &block->rows[index];
    const char *message = arena_printf(report->arena, "%s: %s", row->id, row->why);
    if (row->outcome == OUTCOME_FAILED)
        add(report, &kinds[ERRORS], "check", message, 0);
    else if (row->outcome == OUTCOME_SKIPPED)
        add(report, &kinds[WARNINGS], "check", message, 0);
}

/* A case whose samples failed. In a comparison its pair says the same. */
static void add_case(const struct report *report, const struct report_block *block, size_t index,
    struct annotations *kinds) {
    const struct report_row *row = &block->rows[index];
    if (row->outcome == OUTCOME_FAILED && !block->is_hidden)
        add(report, &kinds[ERRORS], row->id, row->why, INFINITY);
}

static int by_weight(const void *a, const void *b) {
    const struct annotation *left = a, *right = b;
    if (left->weight != right->weight)
        return left->weight < right->weight ? 1 : -1;
    return left->order < right->order ? -1 : 1;
}

static void put_kind(
    FILE *out, const char *command, const char *noun, const struct annotations *list) {
    size_t shown = list->count < SHOWN_MAX ? list->count : SHOWN_MAX;
    if (list->count > 0)
        qsort(list->items, list->count, sizeof(*list->items), by_weight);
    for (size_t i = 0; i < shown; i++) {
        fprintf(out, "::%s title=", command);
        put_escaped(out, list->items[i].title, true);
        fputs("::", out);
        put_escaped(out, list->items[i].message, false);
        if (i + 1 == SHOWN_MAX && list->count > SHOWN_MAX)
            fprintf(out, "%%0A%zu more %s: see the table", list->count - SHOWN_MAX, noun);
        fputc('\n', out);
    }
}

static int github_emit(const struct printer *printer) {
    static void (*const adders[])(const struct report *, const struct report_block *, size_t,
        struct annotations *) = {[BLOCK_SECTION] = add_case,
        [BLOCK_LATENCIES] = NULL,
        [BLOCK_COMPARISON] = add_pair,
        [BLOCK_CHECKS] = add_check,
        [BLOCK_NOTES] = NULL};
    const struct report *report = printer->report;
    struct annotations kinds[KINDS] = {0};
    for (size_t i = 0; i < report->block_count; i++) {
        const struct report_block *block = &report->blocks[i];
        for (size_t j = 0; adders[block->kind] && j < block->row_count; j++)
            adders[block->kind](report, block, j, kinds);
    }
    put_kind(printer->out, "error", "errors", &kinds[ERRORS]);
    put_kind(printer->out, "warning", "warnings", &kinds[WARNINGS]);
    put_kind(printer->out, "notice", "notices", &kinds[NOTICES]);
    return 0;
}

const struct report_format github_format = {.name = "github",
    .summary = "for GitHub Actions: annotations of the run",
    .is_commands = true,
    .emit = github_emit};
