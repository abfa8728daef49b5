/* SPDX-License-Identifier: MIT */
#include "metrics.h"
#include "options.h"
#include "plan.h"
#include "saved.h"
#include "streams.h"

static int write_verdict(
    const struct options *options, struct stored *stored, const struct gate_verdict *verdict) {
    struct outputs outputs;
    struct diag diag = {0};
    int code;

    if (outputs_open(&options->output, &outputs, &diag) < 0)
        return complain(EXIT_USAGE, "%s", diag.text);
    summary_judge(stored->summary, verdict);
    code = outputs_write(&outputs, stored->session, stored->summary);
    outputs_close(&outputs);
    if (stdout_finish() != EXIT_FINE)
        code = EXIT_FAILED;
    return code != EXIT_FINE ? code : verdict_exit(options, verdict->verdict);
}

static int run(struct options *options) {
    struct saved saved;
    struct gate_verdict *verdict;
    struct metrics metrics;
    struct diag diag = {0};
    int code;

    if (options->base_count == 0 || options->arguments.count == options->base_count)
        return complain(EXIT_USAGE,
            "compare needs files on both sides of '--'; write pconc compare BASE.json... -- "
            "NEW.json");
    if (metrics_take(options, &metrics, &diag) < 0
        || (options->run.threshold.text
            && threshold_parse(&diag, options->run.threshold, &options->threshold) < 0))
        return complain(EXIT_USAGE, "%s", diag.text);
    code = saved_load(options, &options->arguments, options->base_count, &saved);
    if (code == EXIT_FINE)
        code = saved_check(options, &saved);
    if (code == EXIT_FINE)
        code = saved_judge(options, &saved, &metrics, &verdict);
    if (code == EXIT_FINE)
        code = write_verdict(options, saved.stored[options->base_count], verdict);
    saved_release(&saved);
    return code;
}

const struct command compare_command = {
    .name = "compare",
    .arguments = "BASE... -- NEW...",
    .summary = "compare saved results",
    .doc = "Compare saved results and say whether the NEW sessions are slower than the BASE "
           "sessions.\n"
           "\v"
           "Save each FILE with 'pconc bench --save=FILE'. '--' separates the two sides. A single "
           "session cannot detect drift between sessions: save at least five sessions a side, in "
           "turns. It is better still to measure both sides in one session with 'pconc ab'.\n\n"
           "Exit codes: 0 success, 1 regressed or a case is missing, 2 bad usage, a file that "
           "cannot be read, or "
           "sessions that are not comparable, 3 a side failed or the "
           "output could not be written, 4 inconclusive.",
    .takes = FOR_COMPARE,
    .divided = true,
    .run = run,
};
