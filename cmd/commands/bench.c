/* SPDX-License-Identifier: MIT */
#include "measuring.h"
#include "planning.h"
#include "resume.h"
#include "saved.h"
#include "streams.h"
#include "summary.h"

#define OWN_NAME "this session"

struct bench {
    const struct options *options;
    struct plan *plan;
    struct saved baseline;   /* count 0: there is none */
    int64_t *passes;         /* of each case, if they are known before; 0: it is calibrated */
    struct resumed *resumed; /* NULL: without --resume */
};

static int64_t passes_of(const struct session *session, const char *id) {
    ptrdiff_t at = plan_find_case(session->plan, id);

    return at < 0 ? 0 : session->results[at].passes;
}

/* Compares the baseline with the session as it will be, without samples: no hours are to be spent
 * on measuring what does not match. */
static int check_ahead(struct bench *bench) {
    const struct plan *plan = bench->plan;
    struct arena *arena = bench->baseline.arena;
    struct session *ahead = arena_array(arena, struct session, 1);
    int64_t *passes = arena_array(arena, int64_t, plan->case_count);
    struct gate_verdict *verdict;
    int code;

    ahead->plan = plan;
    ahead->results = arena_array(arena, struct case_result, plan->case_count);
    environment_read(&ahead->environment);
    for (size_t i = 0; i < plan->case_count; i++) {
        passes[i] = passes_of(bench->baseline.sessions[0], plan->cases[i].id);
        ahead->results[i].passes = passes[i];
    }
    bench->passes = passes;
    saved_add(&bench->baseline, ahead, OWN_NAME);
    code = saved_check(bench->options, &bench->baseline);
    return code != EXIT_FINE ? code : saved_judge(bench->options, &bench->baseline, NULL, &verdict);
}

/* Reads the files of --baseline, gives the plan their seed unless the options have one, and refuses
 * what could not be compared. EXIT_FINE, or EXIT_USAGE after a complaint. */
static int load_baseline(struct bench *bench) {
    const struct options *options = bench->options;
    const struct spec_list *files = &options->baselines;
    int code;

    if (files->count == 0 && (options->drift > 0 || options->lenient || options->allow_missing))
        return complain(EXIT_USAGE,
            "--drift, --lenient and --allow-missing need a --baseline=FILE; add it, or leave them "
            "out");
    if (files->count == 0)
        return EXIT_FINE;
    code = saved_load(options, files, files->count, &bench->baseline);
    if (code != EXIT_FINE)
        return code;
    bench->baseline.compared.with_tables = true;
    if (!options->over.seed.text)
        bench->plan->seed = bench->baseline.sessions[0]->plan->seed;
    bench->plan->seed_was_drawn = false;
    return check_ahead(bench);
}

/* A sample of an open loop is one pass: it lasts as long as its jobs arrive, and each pass would
 * begin with an empty queue. */
static void fix_passes(struct bench *bench) {
    struct plan *plan = bench->plan;
    int64_t *passes;

    if (plan->rate <= 0)
        return;
    passes = arena_array(plan->arena, int64_t, plan->case_count);
    for (size_t i = 0; i < plan->case_count; i++)
        passes[i] = 1;
    bench->passes = passes;
}

static int run_session(void *context, const struct session_options *how,
    struct session **ret_session, struct diag *diag) {
    const struct bench *bench = context;
    struct session_options with_passes = *how;
    int code;

    with_passes.passes = bench->passes;
    resume_prepare(bench->resumed, bench->passes, &with_passes);
    code = session_run(bench->plan, &with_passes, ret_session, diag);
    if (code == 0)
        resume_note(bench->resumed, *ret_session);
    return code;
}

static void written(void *context, const struct session *session) {
    const struct bench *bench = context;

    resume_end(bench->resumed, session);
}

static int judge(void *context, const struct session *session, struct session_summary *summary) {
    struct bench *bench = context;
    struct gate_verdict *verdict = NULL;
    int code = EXIT_FINE;

    if (bench->baseline.count > 0) {
        saved_add(&bench->baseline, session, OWN_NAME);
        code = saved_judge(bench->options, &bench->baseline, NULL, &verdict);
    }
    summary_judge(summary, verdict);
    return code;
}

static int measure(struct bench *bench) {
    const struct measuring measuring = {
        .run = run_session, .judge = judge, .written = written, .context = bench};
    int code = EXIT_FINE;

    fix_passes(bench);
    if (bench->options->resume.text)
        code = resume_open(bench->options, bench->plan, &bench->resumed);
    if (code == EXIT_FINE)
        code = measure_and_report(bench->options, &measuring);
    resume_close(bench->resumed);
    return code;
}

static int bench_plan(const struct options *options, struct plan *plan) {
    struct bench bench = {.options = options, .plan = plan};
    int code = load_baseline(&bench);

    if (code == EXIT_FINE && options->dry_run)
        plan_print(stdout, plan);
    else if (code == EXIT_FINE)
        code = measure(&bench);
    saved_release(&bench.baseline);
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
