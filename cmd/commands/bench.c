/* SPDX-License-Identifier: MIT */
#include "measuring.h"
#include "planning.h"
#include "saved.h"
#include "streams.h"
#include "summary.h"

#define OWN_NAME "this session"

/* `bench --baseline`: saved sessions. The new session is measured in the same way, and then
 * compared with them. */
struct baseline {
    struct saved saved;    /* count 0: there is no baseline */
    const int64_t *passes; /* of each case of the plan, 0: the files do not have it */
};

static int64_t passes_of(const struct session *session, const char *id) {
    ptrdiff_t at = plan_find_case(session->plan, id);

    return at < 0 ? 0 : session->results[at].passes;
}

/* Compares with the session as it will be, without samples: hours are not to be spent on measuring
 * what does not match. */
static int check_ahead(
    const struct options *options, const struct plan *plan, struct baseline *baseline) {
    struct arena *arena = baseline->saved.arena;
    struct session *ahead = arena_array(arena, struct session, 1);
    int64_t *passes = arena_array(arena, int64_t, plan->case_count);
    struct gate_verdict *verdict;
    int code;

    ahead->plan = plan;
    ahead->results = arena_array(arena, struct case_result, plan->case_count);
    environment_read(&ahead->environment);
    for (size_t i = 0; i < plan->case_count; i++) {
        passes[i] = passes_of(baseline->saved.sessions[0], plan->cases[i].id);
        ahead->results[i].passes = passes[i];
    }
    baseline->passes = passes;
    saved_add(&baseline->saved, ahead, OWN_NAME);
    code = saved_check(options, &baseline->saved);
    return code != EXIT_FINE ? code : saved_judge(options, &baseline->saved, &verdict);
}

/* Reads the files, gives the plan their seed unless the options have one, and refuses what could
 * not be compared before anything is measured. EXIT_FINE, or EXIT_USAGE after a complaint. */
static int load_baseline(
    const struct options *options, struct plan *plan, struct baseline *ret_baseline) {
    const struct spec_list *files = &options->baselines;
    int code;

    *ret_baseline = (struct baseline){.passes = NULL};
    if (files->count == 0 && (options->drift > 0 || options->lenient))
        return complain(
            EXIT_USAGE, "--drift and --lenient need a --baseline=FILE; add it, or leave them out");
    if (files->count == 0)
        return EXIT_FINE;
    code = saved_load(options, files, files->count, &ret_baseline->saved);
    if (code != EXIT_FINE)
        return code;
    ret_baseline->saved.compared.with_tables = true;
    if (!options->over.seed.text)
        plan->seed = ret_baseline->saved.sessions[0]->plan->seed;
    return check_ahead(options, plan, ret_baseline);
}

static bool anything_measured(const struct session *session) {
    for (size_t i = 0; i < session->plan->case_count; i++)
        if (session->results[i].sample_count > 0)
            return true;
    return false;
}

static int report(const struct options *options, struct measuring *measuring,
    struct baseline *baseline, const struct session *session) {
    struct session_summary *summary;
    struct gate_verdict *verdict = NULL;
    int code = EXIT_FINE;

    if (!anything_measured(session) && session->interrupted_by)
        return complain(EXIT_SIGNAL + session->interrupted_by,
            "interrupted before anything was measured; run it again");
    if (!anything_measured(session))
        return complain(EXIT_FAILED, "nothing was measured");
    if (baseline->saved.count > 0) {
        saved_add(&baseline->saved, session, OWN_NAME);
        code = saved_judge(options, &baseline->saved, &verdict);
    }
    if (code != EXIT_FINE)
        return code;
    summary = summarize(session);
    summary_judge(summary, verdict);
    code = measuring_report(measuring, options, session, summary);
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
            code = report(options, &measuring, baseline, session);
            session_free(session);
        }
    }
    measuring_close(&measuring);
    return code;
}

static int bench_plan(const struct options *options, struct plan *plan) {
    struct baseline baseline;
    int code = load_baseline(options, plan, &baseline);

    if (code == EXIT_FINE && options->dry_run)
        plan_print(stdout, plan);
    else if (code == EXIT_FINE)
        code = measure(options, plan, &baseline);
    saved_release(&baseline.saved);
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
