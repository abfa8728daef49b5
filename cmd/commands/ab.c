/* SPDX-License-Identifier: MIT */
#include "ab.h"
#include "ab_sides.h"
#include "measuring.h"
#include "metrics.h"
#include "progress.h"
#include "rounds.h"
#include "streams.h"

#include <inttypes.h>
#include <math.h>

struct ab {
    const struct plan *plan;
    struct ab_options options;
    struct gate_verdict *verdict; /* lives as long as the session */
    struct progress_line *line;   /* NULL: none is shown */
};

static void say(void *context, const char *sentence) {
    const struct ab *ab = context;

    if (ab->line)
        progress_erase(ab->line);
    complain(0, "warning: %s", sentence);
}

static int run_session(void *context, const struct session_options *how,
    struct session **ret_session, struct diag *diag) {
    struct ab *ab = context;

    ab->options.session = *how;
    if (how->progress)
        ab->line = how->context;
    return ab_run(ab->plan, &ab->options, ret_session, &ab->verdict, diag);
}

static int judge(void *context, const struct session *session, struct session_summary *summary) {
    const struct ab *ab = context;

    (void)session;
    summary->gate = ab->verdict;
    return EXIT_FINE;
}

static void print_plan(const struct plan *plan, const struct gate_settings *settings) {
    size_t rows = plan->section_count;

    for (size_t i = 0; i < rows; i++) {
        const struct section *section = &plan->sections[i];

        printf(
            "%s\n  threshold: %g%%\n", section->title, 100 * plan->cases[section->first].threshold);
        for (size_t j = 0; j < section->count; j++)
            printf("  %s\n", plan->cases[section->first + j].id);
        putchar('\n');
    }
    for (size_t i = 0; i < settings->unpaired_count; i++)
        printf("%s: %s\n", settings->unpaired[i].id, settings->unpaired[i].note);
    printf("%zu row%s, at most %d rounds of %d samples a side; seed %" PRIu64
           "; nothing was measured\n",
        rows, plural(rows), plan->rounds, SIDE_SAMPLES, plan->seed);
}

static int run_plan(
    const struct options *options, const struct ab_sides *sides, const struct metrics *metrics) {
    const struct plan *plan = sides->plan;
    struct ab ab = {
        .plan = plan,
        .options.settings =
            {
                .rule = DEFAULT_RULE,
                .alpha = isnan(options->alpha) ? DEFAULT_ALPHA : options->alpha,
                .equal_alpha = DEFAULT_EQUAL_ALPHA,
                .looks = LOOKS_MAX,
                .rounds = plan->rounds,
                .detect = options->detect,
                .power = options->power,
                .metrics = *metrics,
                .unpaired = sides->unpaired.unpaired,
                .unpaired_count = sides->unpaired.unpaired_count,
                .allow_missing = options->allow_missing,
            },
        .options.max_time_ns = options->max_time_ns,
        .options.say = options->output.quiet ? NULL : say,
    };
    ab.options.say_context = &ab;
    const struct measuring measuring = {.run = run_session, .judge = judge, .context = &ab};
    struct diag diag = {0};

    if (options->dry_run) {
        print_plan(plan, &ab.options.settings);
        return EXIT_FINE;
    }
    if (ab_check(plan, &ab.options, &diag) < 0)
        return complain(EXIT_USAGE, "%s", diag.text);
    return measure_and_report(options, &measuring);
}

static int run(struct options *options) {
    struct ab_sides sides = {0};
    struct metrics metrics;
    struct diag diag = {0};
    int code;

    if (metrics_take(options, &metrics, &diag) < 0)
        return complain(EXIT_USAGE, "%s", diag.text);
    options->latency |= metrics_have(&metrics, METRIC_P99);
    if (ab_sides_make(options, &sides, &diag) < 0)
        code = complain(EXIT_USAGE, "%s", diag.text);
    else
        code = run_plan(options, &sides, &metrics);
    ab_sides_release(&sides);
    return code;
}

const struct command ab_command = {
    .name = "ab",
    .arguments = "A B",
    .summary = "compare two executors, plug-ins or commands",
    .doc = "Compare A and B in one session and say whether B is slower.\n\n"
           "A and B are two executors (pconc ab threads processes --workload=gcd), two plug-ins "
           "with workloads of the same names (pconc ab ./base.so ./head.so), or two commands "
           "(pconc ab 'sort a' 'sort -u a'). They are measured in short interleaved rounds (ABBA "
           "and its mirror), each sample in a fresh process. A is also measured against itself; "
           "there must be no difference.\n"
           "\v"
           "regressed: the whole interval of B/A is above 1 + threshold, and new rounds confirm "
           "it. improved: the whole interval is below 1 / (1 + threshold). equivalent: a narrower "
           "interval is between these limits. failed: a side failed or its results are wrong. "
           "missing, new: only A or only B has the case. Anything else is inconclusive.\n\n"
           "Exit codes: 0 success, 1 regressed or missing, 2 bad usage, 3 a run failed, 4 "
           "inconclusive, 129, "
           "130 or 143 interrupted by a signal.",
    .takes = FOR_AB,
    .run = run,
};
