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

int measuring_write(struct measuring *measuring, const struct session *session,
    const struct session_summary *summary) {
    int code = outputs_write(&measuring->outputs, session, summary);

    /* Now, so that in a common log standard error stands behind the results. */
    return stdout_finish() != EXIT_FINE ? EXIT_FAILED : code;
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

/* Results for people show the checks; with other formats standard error names those that fail. */
static void note_checks(const struct report_format *format, const struct session_summary *summary) {
    if (format && format->for_people)
        return;
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

int measuring_exit(const struct measuring *measuring, const struct options *options, int written,
    const struct session *session, const struct session_summary *summary) {
    if (session->interrupted_by) {
        if (!options->output.quiet)
            complain(0,
                "interrupted after %d of %d rounds; the results cover what was measured before",
                session->rounds_done, session->plan->rounds);
        return written != EXIT_FINE ? written : EXIT_SIGNAL + session->interrupted_by;
    }
    note_checks(measuring->outputs.stdout_format, summary);
    if (summary->any_failed)
        return complain_failures(session->plan, summary);
    return written != EXIT_FINE ? written : judgement_exit(options, summary);
}
