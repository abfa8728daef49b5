/* SPDX-License-Identifier: MIT */
#include "measuring.h"

#include "checks.h"
#include "progress.h"
#include "saved.h"
#include "streams.h"
#include "terminal.h"

#include <unistd.h>

static int complain_failures(const struct session *session, const struct session_summary *summary) {
    const struct plan *plan = session->plan;
    const struct bench_case *first = NULL;
    const char *why = NULL;
    size_t failed = 0;

    for (size_t i = 0; i < plan->case_count; i++) {
        const struct case_summary *the = &summary->cases[i];
        if (plan->cases[i].impossible || the->covered
            || (the->failed == 0 && (the->valid > 0 || session->time_over)))
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
static int report(const struct options *options, const struct measuring *measuring,
    struct outputs *outputs, const struct session *session, const struct session_summary *summary) {
    const struct report_format *format = outputs->stdout_format;
    bool quiet = options->output.quiet, for_people = format && format->for_people;
    int code = outputs_write(outputs, session, summary);

    if (code == EXIT_FINE && measuring->written)
        measuring->written(measuring->context, session);
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
        return complain_failures(session, summary);
    return code != EXIT_FINE ? code : judgement_exit(options, summary);
}

static bool anything_measured(const struct session *session) {
    for (size_t i = 0; i < session->plan->case_count; i++)
        if (session->results[i].sample_count > 0)
            return true;
    return false;
}

static int judge_and_report(const struct options *options, const struct measuring *measuring,
    struct outputs *outputs, const struct session *session) {
    struct session_summary *summary;
    int code;

    if (!anything_measured(session) && session->interrupted_by)
        return complain(EXIT_SIGNAL + session->interrupted_by,
            "interrupted before anything was measured; run it again");
    if (!anything_measured(session) && !session->time_over)
        return complain(EXIT_FAILED, "nothing was measured");
    summary = summarize(session);
    code = measuring->judge(measuring->context, session, summary);
    if (code == EXIT_FINE)
        code = report(options, measuring, outputs, session, summary);
    session_summary_free(summary);
    return code;
}

static int run_session(
    const struct options *options, const struct measuring *measuring, struct outputs *outputs) {
    struct progress_line line = {0};
    struct session_options how = {0};
    struct session *session;
    struct diag diag = {0};
    int code;

    if (!options->output.quiet && terminal_is_capable(STDERR_FILENO)) {
        how.progress = progress_show;
        how.context = &line;
    }
    how.keep_trying = options->keep_trying;
    code = measuring->run(measuring->context, &how, &session, &diag);
    progress_erase(&line);
    if (code < 0)
        return complain(EXIT_FAILED, "%s", diag.text);
    code = judge_and_report(options, measuring, outputs, session);
    session_free(session);
    return code;
}

int measure_and_report(const struct options *options, const struct measuring *measuring) {
    struct outputs outputs;
    struct diag diag = {0};
    int code;

    if (outputs_open(&options->output, &outputs, &diag) < 0)
        return complain(EXIT_USAGE, "%s", diag.text);
    code = outputs.stdout_format ? stdout_check() : EXIT_FINE;
    if (code == EXIT_FINE)
        code = outputs_measuring(&outputs);
    if (code == EXIT_FINE)
        code = run_session(options, measuring, &outputs);
    outputs_close(&outputs);
    return code;
}
