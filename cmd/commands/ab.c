/* SPDX-License-Identifier: MIT */
#include "ab.h"
#include "ab_sides.h"
#include "measuring.h"
#include "streams.h"
#include "summary.h"

#include <inttypes.h>
#include <math.h>

#include "rounds.h"

static int report(const struct options *options, struct measuring *measuring,
    const struct session *session, const struct gate_verdict *verdict) {
    struct session_summary *summary = summarize(session);
    int code;

    summary->gate = verdict;
    code = measuring_report(measuring, options, session, summary);
    session_summary_free(summary);
    return code;
}

static int measure(const struct options *options, const struct plan *plan, struct ab_options *ab) {
    struct measuring measuring;
    struct session *session;
    struct gate_verdict *verdict;
    struct diag diag = {0};
    int code = measuring_open(options, &measuring);

    if (code == EXIT_FINE) {
        int failed;
        ab->session = measuring.session;
        failed = ab_run(plan, ab, &session, &verdict, &diag);
        progress_erase(&measuring.line);
        if (failed < 0) {
            code = complain(EXIT_FAILED, "%s", diag.text);
        } else {
            code = report(options, &measuring, session, verdict);
            session_free(session);
        }
    }
    measuring_close(&measuring);
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
        rows, plural(rows), plan->rounds, SIDE_SAMPLES, plan->seed);
}

static int run_plan(const struct options *options, const struct plan *plan) {
    struct ab_options ab = {
        .settings =
            {
                .alpha = isnan(options->alpha) ? DEFAULT_ALPHA : options->alpha,
                .looks = LOOKS_MAX,
                .rounds = plan->rounds,
                .detect = options->detect,
                .power = options->power,
            },
        .max_time_ns = options->max_time_ns,
    };
    struct diag diag = {0};

    if (options->dry_run) {
        print_plan(plan);
        return EXIT_FINE;
    }
    if (ab_check(plan, &ab, &diag) < 0)
        return complain(EXIT_USAGE, "%s", diag.text);
    return measure(options, plan, &ab);
}

static int run(struct options *options) {
    struct ab_sides sides = {0};
    struct diag diag = {0};
    int code;

    if (ab_sides_make(options, &sides, &diag) < 0)
        code = complain(EXIT_USAGE, "%s", diag.text);
    else
        code = run_plan(options, sides.plan);
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
           "it. improved: the whole interval is below 1 / (1 + threshold). equivalent: it is "
           "between these limits. Anything else is inconclusive.\n\n"
           "Exit codes: 0 success, 1 regressed, 2 bad usage, 3 a run failed, 4 inconclusive, 129, "
           "130 or 143 interrupted by a signal.",
    .takes = FOR_AB,
    .run = run,
};
