/* SPDX-License-Identifier: MIT */
#include "measuring.h"
#include "planning.h"
#include "streams.h"
#include "words.h"

#include <errno.h>
#include <string.h>

/* pconc 'COMMAND A' 'COMMAND B': the cases of all commands in one table, each with its ratio to the
 * first. Nothing is judged. */

#define NAME_SHOWN 48 /* bytes of a command in the table */

struct side {
    struct planned planned;
    const char *name;
};

/* Long ones are cut in the middle, where they differ least. Never within a UTF-8 character. */
static const char *name_of(const struct options *options, size_t which) {
    const char *text = options->arguments.items[which].text;
    size_t length = strlen(text), half = (NAME_SHOWN - 3) / 2, end = length - half;

    if (which < options->names.count)
        return options->names.items[which].text;
    if (length <= NAME_SHOWN)
        return text;
    while (half > 0 && ((unsigned char)text[half] & 0xC0) == 0x80)
        half--;
    while (((unsigned char)text[end] & 0xC0) == 0x80)
        end++;
    return arena_printf(options->arena, "%.*s...%s", (int)half, text, text + end);
}

static int plan_side(
    const struct options *options, size_t which, struct side *side, struct diag *diag) {
    struct options own = *options;
    struct spec_text command = options->arguments.items[which];
    struct spec_text param = {
        .text = arena_printf(options->arena, "command=%s", command.text),
        .origin = {.file = arena_printf(options->arena, "command %zu", which + 1)},
    };

    side->name = name_of(options, which);
    own.workloads = (struct spec_text){.text = "exec", .origin = param.origin};
    if (!own.executors.text)
        own.executors = (struct spec_text){.text = "serial", .origin = param.origin};
    if (!own.over.warmup.text)
        own.over.warmup.text = "0"; /* each is a new process; the calibration warms the caches */
    if (option_param_add(own.arena, &own.run.params, param, diag) < 0)
        return diag->code;
    return planned_make(&own, &side->planned, diag);
}

/* Adds the cases of a side, which must have another name than those before. */
static int add_cases(struct plan *plan, const struct side *side, struct diag *diag) {
    const struct plan *from = side->planned.plan;

    for (size_t i = 0; i < plan->case_count; i++)
        if (strcmp(plan->cases[i].name, side->name) == 0)
            return diag_set(diag, -EINVAL, "two commands are called '%s'; give each a --name",
                shown(side->name).text);
    for (size_t i = 0; i < from->case_count; i++) {
        struct bench_case *added = &plan->cases[plan->case_count + i];
        const char *rest = from->cases[i].id + strlen(from->cases[i].name);

        *added = from->cases[i];
        added->name = arena_strdup(plan->arena, side->name);
        added->id = arena_printf(plan->arena, "%s%s", side->name, rest);
        added->section = 0;
        added->is_baseline = plan->case_count + i == 0;
        added->twin_of = -1;
    }
    plan->case_count += from->case_count;
    return 0;
}

/* One section; its first case is what the others are compared with. */
static int merge(
    const struct side *sides, size_t count, struct plan **ret_plan, struct diag *diag) {
    struct arena *arena = arena_new();
    struct plan *plan = arena_array(arena, struct plan, 1);
    size_t cases = 0;
    int code = 0;

    for (size_t i = 0; i < count; i++)
        cases += sides[i].planned.plan->case_count;
    *plan = *sides[0].planned.plan;
    plan->arena = arena;
    plan->cases = arena_array(arena, struct bench_case, cases);
    plan->case_count = 0;
    plan->sections = arena_array(arena, struct section, 1);
    for (size_t i = 0; code == 0 && i < count; i++)
        code = add_cases(plan, &sides[i], diag);
    if (code < 0) {
        arena_free(arena);
        return code;
    }
    plan->sections[0] = (struct section){
        .title = arena_printf(arena, "%zu commands, compared with the first", count),
        .count = cases,
        .control = -1,
    };
    plan->section_count = 1;
    plan_index(plan);
    *ret_plan = plan;
    return 0;
}

static int run_session(void *context, const struct session_options *how,
    struct session **ret_session, struct diag *diag) {
    return session_run(context, how, ret_session, diag);
}

static int judge_nothing(
    void *context, const struct session *session, struct session_summary *summary) {
    (void)context;
    (void)session;
    (void)summary;
    return EXIT_FINE;
}

static int measure_plan(const struct options *options, struct plan *plan) {
    const struct measuring measuring = {
        .run = run_session, .judge = judge_nothing, .context = plan};

    if (!options->dry_run)
        return measure_and_report(options, &measuring);
    plan_print(stdout, plan);
    return EXIT_FINE;
}

static int run(struct options *options) {
    size_t count = options->arguments.count;
    struct side *sides = arena_array(options->arena, struct side, count);
    struct plan *plan = NULL;
    struct diag diag = {0};
    int code = 0;

    if (count < 2)
        return complain(EXIT_USAGE,
            "'%s' is one command; write two, pconc 'COMMAND A' 'COMMAND B', or a command of pconc",
            shown(count ? options->arguments.items[0].text : "").text);
    if (options->names.count > count)
        return complain(EXIT_USAGE, "there are %zu commands and %zu times --name; leave some out",
            count, options->names.count);
    for (size_t i = 0; code == 0 && i < count; i++)
        code = plan_side(options, i, &sides[i], &diag);
    if (code == 0)
        code = merge(sides, count, &plan, &diag);
    code = code < 0 ? complain(EXIT_USAGE, "%s", diag.text) : measure_plan(options, plan);
    plan_free(plan);
    for (size_t i = 0; i < count; i++)
        planned_release(&sides[i].planned);
    return code;
}

const struct command pair_command = {
    .arguments = "'COMMAND A' 'COMMAND B'...",
    .doc = "Measure commands in turns and show their times, each with its ratio to the first.\n"
           "\v"
           "Speed-up is the time of the first command divided by that of the row, from samples of "
           "the same round. Nothing is judged: 'pconc ab' does that, with exit codes for CI.\n\n"
           "Exit codes: 0 success, 2 bad usage, 3 a command failed, 129, 130 or 143 interrupted "
           "by a signal.",
    .takes = FOR_PAIR,
    .run = run,
};
