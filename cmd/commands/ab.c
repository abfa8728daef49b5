/* SPDX-License-Identifier: MIT */
#include "ab_options.h"
#include "ab_sides.h"
#include "cmd.h"
#include "progress.h"
#include "rounds.h"
#include "summary.h"
#include "terminal.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* What was measured, and what it comes to. */
struct findings {
    struct session *session;
    struct gate_verdict *verdict;
    struct session_summary *summary;
};

/* 0, or EXIT_FAILED after a complaint. */
static int check_samples(const struct findings *found) {
    const struct plan *plan = found->session->plan;

    for (size_t i = 0; i < plan->case_count; i++) {
        const struct case_summary *summary = &found->summary->cases[i];

        if (summary->failed > 0)
            return complain(
                EXIT_FAILED, "'%s' failed: %s", plan->cases[i].id, summary->first_failure);
    }
    return EXIT_FINE;
}

/* The first that applies of: interrupted, a run failed, regressed, inconclusive, fine. */
static int exit_of(const struct ab_command *command, const struct findings *found) {
    const struct session *session = found->session;
    int code;

    if (session->interrupted_by) {
        if (!command->sides[0].outputs.quiet)
            complain(0, "interrupted after %d round%s; the verdict covers what was measured before",
                session->rounds_done, session->rounds_done == 1 ? "" : "s");
        return EXIT_SIGNAL + session->interrupted_by;
    }
    code = check_samples(found);
    return code != EXIT_FINE ? code : verdict_exit(found->verdict->verdict, command->fail_on);
}

static int report(
    const struct ab_command *command, struct outputs *outputs, const struct findings *found) {
    int code = outputs_write(outputs, found->session, found->summary);

    /* Now, so that what is said on standard error stands behind the results in a common log. */
    if (stdout_finish() != 0)
        code = EXIT_FAILED;
    return code != EXIT_FINE ? code : exit_of(command, found);
}

static int measure(struct ab_command *command, const struct plan *plan) {
    struct bench_options *options = &command->sides[0];
    struct progress_line line = {0};
    struct outputs outputs = {.file_count = 0};
    struct findings found;
    struct diag diag = {0};
    int code, r;

    if (!options->outputs.quiet && terminal_is_capable(STDERR_FILENO))
        command->ab.session = (struct session_options){.progress = progress_show, .context = &line};
    command->ab.settings.rounds = plan->rounds;
    r = ab_check(plan, &command->ab, &diag);
    if (r == 0)
        r = outputs_open(&options->outputs, &outputs, &diag);
    if (r != 0)
        return complain(EXIT_USAGE, "%s", diag.text);
    code = outputs.stdout_format ? stdout_check() : EXIT_FINE;
    if (code == EXIT_FINE) {
        r = ab_run(plan, &command->ab, &found.session, &found.verdict, &diag);
        progress_erase(&line);
        if (r < 0) {
            code = complain(EXIT_FAILED, "%s", diag.text);
        } else {
            found.summary = summarize(found.session);
            found.summary->gate = found.verdict;
            code = report(command, &outputs, &found);
            session_summary_free(found.summary);
            session_free(found.session);
        }
    }
    outputs_close(&outputs);
    return code;
}

static void print_plan(const struct plan *plan) {
    size_t rows = plan->section_count;

    for (size_t i = 0; i < rows; i++) {
        const struct section *section = &plan->sections[i];

        printf(
            "%s\n  threshold: %g%%\n", section->title, 100 * plan->cases[section->first].threshold);
        for (size_t j = 0; j < section->count; j++)
            printf("  %s\n", plan->cases[section->first + j].id);
        putchar('\n');
    }
    printf("%zu row%s, at most %d rounds of %d samples a side; seed %" PRIu64
           "; nothing was measured\n",
        rows, rows == 1 ? "" : "s", plan->rounds, SIDE_SAMPLES, plan->seed);
}

int ab_run_command(int argc, char **argv) {
    struct ab_command command;
    struct ab_sides sides = {.plan = NULL};
    struct diag diag = {0};
    int parsed = ab_options_parse(argc, argv, &command);
    int code = EXIT_FINE;

    if (parsed != OPTIONS_DONE) {
        code = options_exit(parsed);
    } else if (ab_sides_make(&command, &sides, &diag) < 0) {
        code = complain(EXIT_USAGE, "%s", diag.text);
    } else if (command.sides[0].dry_run) {
        print_plan(sides.plan);
    } else {
        sides.plan->latency = command.sides[0].latency;
        code = measure(&command, sides.plan);
    }
    ab_sides_release(&sides);
    ab_options_release(&command);
    return code;
}
