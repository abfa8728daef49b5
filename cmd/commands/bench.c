/* SPDX-License-Identifier: MIT */
#include "baseline.h"
#include "bench_options.h"
#include "bench_plan.h"
#include "checks.h"
#include "cmd.h"
#include "outputs.h"
#include "progress.h"
#include "session.h"
#include "summary.h"
#include "terminal.h"

#include <string.h>
#include <unistd.h>

/* People are told the warnings of other formats on standard error. */
static void note_warnings(
    const struct report_format *format, const struct session_summary *summary) {
    if (format && format->for_people)
        return;
    for (size_t i = 0; i < summary->warning_count; i++)
        complain(0, "warning: %s", summary->warnings[i]);
}

static int complain_failures(const struct plan *plan, const struct session_summary *summary) {
    const struct bench_case *first = NULL;
    const char *why = NULL;
    size_t failed = 0;

    for (size_t i = 0; i < plan->case_count; i++) {
        if (plan->cases[i].impossible || summary->cases[i].covered
            || (summary->cases[i].failed == 0 && summary->cases[i].valid > 0))
            continue;
        failed++;
        if (!why) {
            first = &plan->cases[i];
            why = summary->cases[i].first_failure;
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

/* People see them in the results; with other formats standard error tells what does not hold. */
static void note_checks(const struct report_format *format, const struct session_summary *summary) {
    if (format && format->for_people)
        return;
    for (size_t i = 0; i < summary->check_count; i++)
        if (summary->checks[i].state != CHECK_HOLDS)
            complain(0, "check: %s: %s", summary->checks[i].text, summary->checks[i].said);
}

/* A check that fails weighs as much as a case that has regressed. */
static int judgement_exit(const struct session_summary *summary, enum fail_on fail_on) {
    static const enum verdict verdicts[] = {[CHECK_HOLDS] = VERDICT_EQUIVALENT,
        [CHECK_FAILS] = VERDICT_REGRESSED,
        [CHECK_OPEN] = VERDICT_INCONCLUSIVE};
    int checks =
        verdict_exit(verdicts[checks_worst(summary->checks, summary->check_count)], fail_on);
    int gate = summary->gate ? verdict_exit(summary->gate->verdict, fail_on) : EXIT_FINE;

    if (checks == EXIT_REGRESSED || gate == EXIT_FINE)
        return checks;
    return gate;
}

static bool anything_measured(const struct session *session) {
    for (size_t i = 0; i < session->plan->case_count; i++)
        if (session->results[i].sample_count > 0)
            return true;
    return false;
}

static int report(struct outputs *to, const struct bench_options *options,
    const struct session *session, const struct session_summary *summary) {
    int code = outputs_write(to, session, summary);

    /* Now, so that what is said on standard error stands behind the results in a common log. */
    if (stdout_finish() != 0)
        code = EXIT_FAILED;
    else if (!options->outputs.quiet)
        note_warnings(to->stdout_format, summary);
    if (session->interrupted_by) {
        if (!options->outputs.quiet)
            complain(0,
                "interrupted after %d of %d rounds; the results cover what was measured before",
                session->rounds_done, session->plan->rounds);
        if (code == EXIT_FINE)
            code = EXIT_SIGNAL + session->interrupted_by;
        return code;
    }
    note_checks(to->stdout_format, summary);
    if (summary->any_failed)
        return complain_failures(session->plan, summary);
    return code == EXIT_FINE ? judgement_exit(summary, options->judging.fail_on) : code;
}

static int finish(struct outputs *to, const struct bench_options *options,
    const struct session *session, struct baseline *baseline) {
    struct session_summary *summary;
    struct gate_verdict *verdict = NULL;
    int code = EXIT_FINE;

    if (!anything_measured(session))
        return session->interrupted_by ? complain(EXIT_SIGNAL + session->interrupted_by,
                   "interrupted before anything was measured; run it again")
                                       : complain(EXIT_FAILED, "nothing was measured");
    summary = summarize(session);
    if (baseline->count > 0)
        code = baseline_judge(baseline, &options->judging, session, &verdict);
    summary_judge(summary, verdict);
    if (code == EXIT_FINE)
        code = report(to, options, session, summary);
    session_summary_free(summary);
    return code;
}

static int measure(
    const struct bench_options *options, const struct plan *plan, struct baseline *baseline) {
    struct progress_line line = {0};
    struct session_options how = {.passes = baseline->passes};
    struct outputs to;
    struct session *session;
    struct diag diag = {0};
    int code;

    if (!options->outputs.quiet && terminal_is_capable(STDERR_FILENO)) {
        how.progress = progress_show;
        how.context = &line;
    }
    if (outputs_open(&options->outputs, &to, &diag) < 0)
        return complain(EXIT_USAGE, "%s", diag.text);
    code = to.stdout_format ? stdout_check() : 0;
    if (code == 0) {
        int r = session_run(plan, &how, &session, &diag);
        progress_erase(&line);
        if (r < 0) {
            code = complain(EXIT_FAILED, "%s", diag.text);
        } else {
            code = finish(&to, options, session, baseline);
            session_free(session);
        }
    }
    outputs_close(&to);
    return code;
}

static int run_plan(const struct bench_options *options, struct plan *plan) {
    struct baseline baseline;
    int code;

    plan->latency = options->latency;
    code = baseline_open(options, plan, &baseline);
    if (code == EXIT_FINE && options->dry_run)
        bench_plan_print(stdout, plan);
    else if (code == EXIT_FINE)
        code = measure(options, plan, &baseline);
    baseline_release(&baseline);
    return code;
}

int bench_run(int argc, char **argv) {
    struct bench_options options;
    struct catalog catalog = {0};
    struct plan *plan = NULL;
    struct diag diag = {0};
    int parsed = bench_options_parse(argc, argv, &options);
    int code = EXIT_FINE;

    if (parsed != OPTIONS_DONE)
        code = options_exit(parsed);
    else if (bench_plan_make(&options, &catalog, &plan, &diag) < 0)
        code = complain(EXIT_USAGE, "%s", diag.text);
    else
        code = run_plan(&options, plan);
    plan_free(plan);
    catalog_release(&catalog);
    bench_options_release(&options);
    return code;
}
