/* SPDX-License-Identifier: MIT */
#include "measuring.h"

#include "checks.h"
#include "saved.h"
#include "streams.h"
#include "terminal.h"

#include <unistd.h>

int measuring_open(const struct options *options, struct measuring *ret_measuring) {
    struct diag diag = {0};

    *ret_measuring = (struct measuring){.line = {.shown = false}};
    if (outputs_open(&options->output, &ret_measuring->outputs, &diag) < 0)
        return complain(EXIT_USAGE, "%s", diag.text);
    if (!options->output.quiet && terminal_is_capable(STDERR_FILENO)) {
        ret_measuring->session.progress = progress_show;
        ret_measuring->session.context = &ret_measuring->line;
    }
    return ret_measuring->outputs.stdout_format ? stdout_check() : EXIT_FINE;
}

void measuring_close(struct measuring *measuring) {
    outputs_close(&measuring->outputs);
}

static int complain_failures(const struct plan *plan, const struct session_summary *summary) {
    const struct bench_case *first = NULL;
    const char *why = NULL;
    size_t failed = 0;

    for (size_t i = 0; i < plan->case_count; i++) {
        const struct case_summary *the = &summary->cases[i];
        if (plan->cases[i].impossible || the->covered || (the->failed == 0 && the->valid > 0))
            continue;
        failed++;
        if (!why) {
            first = &plan->cases[i];
            why = the->first_failure;
        }
    }
    if (!first)
        return EXIT_FAILED;
    if (!why)
        why = "it was not measured";
    if (failed == 1)
        return complain(EXIT_FAILED, "'%s' failed: %s", first->id, why);
    return complain(EXIT_FAILED, "%zu of %zu cases failed; the first is '%s': %s", failed,
        plan->case_count, first->id, why);
}

static void note_warnings(const struct session_summary *summary) {
    for (size_t i = 0; i < summary->warning_count; i++)
        complain(0, "warning: %s", summary->warnings[i]);
}

static void note_checks(const struct session_summary *summary) {
    for (size_t i = 0; i < summary->check_count; i++)
        if (summary->checks[i].state != CHECK_HOLDS)
            complain(0, "check: %s: %s", summary->checks[i].text, summary->checks[i].said);
}

/* A failed check counts as a regression. */
static int judgement_exit(const struct options *options, const struct session_summary *summary) {
    static const enum verdict verdicts[] = {[CHECK_HOLDS] = VERDICT_EQUIVALENT,
        [CHECK_FAILS] = VERDICT_REGRESSED,
        [CHECK_OPEN] = VERDICT_INCONCLUSIVE};
    int checks =
        verdict_exit(options, verdicts[checks_worst(summary->checks, summary->check_count)]);
    int gate = summary->gate ? verdict_exit(options, summary->gate->verdict) : EXIT_FINE;

    if (checks == EXIT_REGRESSED || gate == EXIT_FINE)
        return checks;
    return gate;
}

/* Results for people show warnings and checks; with other formats they go to standard error. */
int measuring_report(struct measuring *measuring, const struct options *options,
    const struct session *session, const struct session_summary *summary) {
    const struct report_format *format = measuring->outputs.stdout_format;
    bool quiet = options->output.quiet, for_people = format && format->for_people;
    int code = outputs_write(&measuring->outputs, session, summary);

    /* Now, so that in a common log standard error stands behind the results. */
    if (stdout_finish() != EXIT_FINE)
        code = EXIT_FAILED;
    else if (!quiet && !for_people)
        note_warnings(summary);
    if (session->interrupted_by) {
        if (!quiet)
            complain(0,
                "interrupted after %d of %d rounds; the results cover what was measured before",
                session->rounds_done, session->plan->rounds);
        return code != EXIT_FINE ? code : EXIT_SIGNAL + session->interrupted_by;
    }
    if (!for_people)
        note_checks(summary);
    if (summary->any_failed)
        return complain_failures(session->plan, summary);
    return code != EXIT_FINE ? code : judgement_exit(options, summary);
}
