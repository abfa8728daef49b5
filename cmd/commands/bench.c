/* SPDX-License-Identifier: MIT */
#include "baseline.h"
#include "measuring.h"
#include "planning.h"
#include "streams.h"
#include "summary.h"

/* Results for people show the warnings; with other formats they go to standard error. */
static void note_warnings(
    const struct report_format *format, const struct session_summary *summary) {
    if (format && format->for_people)
        return;
    for (size_t i = 0; i < summary->warning_count; i++)
        complain(0, "warning: %s", summary->warnings[i]);
}

static bool anything_measured(const struct session *session) {
    for (size_t i = 0; i < session->plan->case_count; i++)
        if (session->results[i].sample_count > 0)
            return true;
    return false;
}

static int report(const struct options *options, struct measuring *measuring,
    struct baseline *baseline, const struct session *session, struct session_summary *summary) {
    struct gate_verdict *verdict = NULL;
    int code = EXIT_FINE;

    if (baseline->saved.count > 0)
        code = baseline_judge(options, baseline, session, &verdict);
    if (code != EXIT_FINE)
        return code;
    summary_judge(summary, verdict);
    code = measuring_write(measuring, session, summary);
    if (code == EXIT_FINE && !options->output.quiet)
        note_warnings(measuring->outputs.stdout_format, summary);
    return measuring_exit(measuring, options, code, session, summary);
}

static int finish(const struct options *options, struct measuring *measuring,
    struct baseline *baseline, const struct session *session) {
    struct session_summary *summary;
    int code;

    if (!anything_measured(session) && session->interrupted_by)
        return complain(EXIT_SIGNAL + session->interrupted_by,
            "interrupted before anything was measured; run it again");
    if (!anything_measured(session))
        return complain(EXIT_FAILED, "nothing was measured");
    summary = summarize(session);
    code = report(options, measuring, baseline, session, summary);
    session_summary_free(summary);
    return code;
}

static int measure(
    const struct options *options, const struct plan *plan, struct baseline *baseline) {
    struct measuring measuring;
    struct session *session;
    struct diag diag = {0};
    int code = measuring_open(options, &measuring);

    measuring.session.passes = baseline->passes;
    if (code == EXIT_FINE) {
        int failed = session_run(plan, &measuring.session, &session, &diag);
        progress_erase(&measuring.line);
        if (failed < 0) {
            code = complain(EXIT_FAILED, "%s", diag.text);
        } else {
            code = finish(options, &measuring, baseline, session);
            session_free(session);
        }
    }
    measuring_close(&measuring);
    return code;
}

static int bench_plan(const struct options *options, struct plan *plan) {
    struct baseline baseline;
    int code = baseline_open(options, plan, &baseline);

    if (code == EXIT_FINE && options->dry_run)
        plan_print(stdout, plan);
    else if (code == EXIT_FINE)
        code = measure(options, plan, &baseline);
    baseline_release(&baseline);
    return code;
}

static int run(struct options *options) {
    struct planned planned;
    struct diag diag = {0};
    int code;

    options->configs = options->arguments;
    if (planned_make(options, &planned, &diag) < 0)
        code = complain(EXIT_USAGE, "%s", diag.text);
    else
        code = bench_plan(options, planned.plan);
    planned_release(&planned);
    return code;
}

const struct command bench_command = {
    .name = "bench",
    .arguments = "[CONFIG.yaml...]",
    .summary = "measure the cases of a plan",
    .doc = "Measure the cases of a plan and print a table for each section.\n\n"
           "With a CONFIG, --executor, --workload and --filter select cases from it. Without a "
           "CONFIG, --executor and --workload define the plan; the one that is not given means all "
           "(all workloads of the plug-ins, if there are any). Without any of these the built-in "
           "plan is measured.\n"
           "\v"
           "Write durations and sizes as 250ms, 1.5s, 64KiB. Several CONFIGs are measured in one "
           "session.\n\n"
           "Exit codes, the first that applies: 2 bad usage or config, 3 a run failed or the "
           "results could not be written, 1 a check failed or a case regressed, 4 a check or a "
           "case is inconclusive, 0 success; 129, 130 or 143 interrupted by a signal.",
    .takes = FOR_BENCH,
    .run = run,
};
