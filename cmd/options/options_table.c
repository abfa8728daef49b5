/* SPDX-License-Identifier: MIT */
#include "options_parts.h"

#include "plan.h"

#include <stddef.h>

#define ALL (~0u)
#define PLANNED (FOR_BENCH | FOR_AB)
#define JUDGED (PLANNED | FOR_COMPARE)
#define WRITTEN (JUDGED | FOR_SHOW)
#define AT(member) offsetof(struct options, member)
#define HEADING(takers, number, text)                                                              \
    { .commands = (takers), .group = (number), .help = (text) }

enum { WHAT = 1, VALUES, JUDGING, OUTPUT, LAST = -1 };

/* clang-format off */
const struct option_row option_rows[] = {
    HEADING(PLANNED, WHAT, "What to measure:"),
    {"--config", "CONFIG.yaml", OPTION_ALL, AT(configs), FOR_AB, WHAT,
        .help = "Take workloads, parameters and thresholds from a plan; A and B each measure its "
        "cases. --workload, --executor and --filter select among them (repeatable)"},
    {"--executor", "LIST", OPTION_JOINED, AT(executors), FOR_BENCH, WHAT,
        .help = "Executors, comma separated, or 'all'"},
    {"--executor", "LIST", OPTION_JOINED, AT(executors), FOR_AB, WHAT,
        .help = "Executors for plug-ins or commands (default serial)"},
    {"--workload", "LIST", OPTION_JOINED, AT(workloads), FOR_BENCH, WHAT,
        .help = "Workloads, comma separated, or 'all'"},
    {"--workload", "LIST", OPTION_JOINED, AT(workloads), FOR_AB, WHAT,
        .help = "Workloads, comma separated (default for two plug-ins: all that A has)"},
    {"--plugin", "FILE.so", OPTION_ALL, AT(plugins), PLANNED | FOR_LIST | FOR_VALIDATE, WHAT,
        .help = "Add a shared library's workloads (repeatable)"},
    {"--allow-exec", NULL, OPTION_FLAG, AT(allow_exec), PLANNED, WHAT,
        .help = "Allow the CONFIGs to load plug-ins and run commands; read them first"},
    {"--allow-exec", NULL, OPTION_FLAG, AT(allow_exec), FOR_VALIDATE, WHAT,
        .help = "Load the plug-ins that a CONFIG names"},
    {"--filter", "GLOB", OPTION_TEXT, AT(filter), PLANNED, WHAT,
        .help = "Only cases whose id, or its beginning up to a '/', matches: 'gcd/*/2', 'sleep'"},
    {"--control", NULL, OPTION_FLAG, AT(control), FOR_BENCH, WHAT,
        .help = "Measure the first parallel case of each section twice, to show the smallest "
        "difference that this session can detect"},
    {"--latency", NULL, OPTION_FLAG, AT(latency), PLANNED, WHAT,
        .help = "Report how long single jobs took from submission to completion, and where that "
        "time went"},
    {"--dry-run", NULL, OPTION_FLAG, AT(dry_run), PLANNED, WHAT,
        .help = "Print the cases and measure nothing"},

    HEADING(PLANNED, VALUES, "Values that override the plan's:"),
    {"--workers", "LIST", OPTION_JOINED, AT(workers), PLANNED, VALUES,
        .help = "Numbers of workers, comma separated; 'all' is the number of usable CPUs"},
    {"--jobs", "N", OPTION_LAST, AT(run.jobs), PLANNED, VALUES,
        .help = "Number of jobs of each case"},
    {"--param", "NAME=VALUE", OPTION_PARAM, AT(run.params), PLANNED, VALUES,
        .help = "Set a parameter of the workloads that have it (repeatable)"},
    {"--pool", "NAME=VALUE", OPTION_PARAM, AT(run.pool), PLANNED, VALUES,
        .help = "Set a parameter of the executors that have it (repeatable)"},
    {"--prepare", "COMMAND", OPTION_TEXT, AT(run.prepare), PLANNED, VALUES,
        .help = "Command to run before each sample, untimed"},
    {"--cleanup", "COMMAND", OPTION_TEXT, AT(run.cleanup), PLANNED, VALUES,
        .help = "Command to run after each sample, untimed"},
    {"--rounds", "N", OPTION_TEXT, AT(over.rounds), FOR_BENCH, VALUES,
        .help = "Samples of each case (default 10)"},
    {"--rounds", "N", OPTION_TEXT, AT(over.rounds), FOR_AB, VALUES,
        .help = "Maximum number of rounds, each of four samples a side (default 60; with "
        "--max-time as many as fit, up to 300)"},
    {"--warmup", "N", OPTION_TEXT, AT(over.warmup), PLANNED, VALUES,
        .help = "Untimed runs in each sample (default 1)"},
    {"--slow-task", "DURATION", OPTION_TEXT, AT(over.slow_task), FOR_BENCH, VALUES,
        .help = "Report jobs that hold their event loop for longer"},
    {"--timeout", "DURATION", OPTION_TEXT, AT(over.timeout), PLANNED, VALUES,
        .help = "Time limit of one sample (default 60s)"},
    {"--max-time", "DURATION", OPTION_DURATION, AT(max_time_ns), FOR_AB, VALUES,
        .help = "Time limit of the session (default: none)"},
    {"--seed", "N", OPTION_TEXT, AT(over.seed), PLANNED, VALUES,
        .help = "Seed of the order and the inputs (default: random)"},

    HEADING(JUDGED, JUDGING, "How to judge:"),
    {"--baseline", "FILE", OPTION_ALL, AT(baselines), FOR_BENCH, JUDGING,
        .help = "Measure with the seed and passes of a saved result, and compare with it as "
        "'pconc compare FILE... -- NEW' does (repeatable)"},
    {"--threshold", "PERCENT", OPTION_TEXT, AT(run.threshold), PLANNED, JUDGING,
        .help = "Ignore changes up to this size (default: the plan's, or 2%)"},
    {"--threshold", "PERCENT", OPTION_PERCENT, AT(threshold), FOR_COMPARE, JUDGING,
        .help = "Ignore changes up to this size (default: that of the first NEW session, or 2%)",
        .low = 0, .high = THRESHOLD_MAX},
    {"--detect", "PERCENT", OPTION_PERCENT, AT(detect), FOR_AB, JUDGING,
        .help = "Plan enough rounds to detect a slow-down of this size, or to rule one out "
        "(default: all of --rounds)", .low = 0.0001, .high = 10},
    {"--power", "PERCENT", OPTION_PERCENT, AT(power), FOR_AB, JUDGING,
        .help = "Probability of detecting it (default 90%)", .low = 0.5, .high = 0.999},
    {"--alpha", "PERCENT", OPTION_PERCENT, AT(alpha), FOR_AB, JUDGING,
        .help = "Maximum probability that a session gives any row a wrong verdict (default 2%)",
        .low = 1e-6, .high = 0.5},
    {"--alpha", "PERCENT", OPTION_PERCENT, AT(alpha), FOR_COMPARE, JUDGING,
        .help = "Maximum probability that any row gets a wrong verdict (default 1%)",
        .low = 1e-6, .high = 0.5},
    {"--drift", "PERCENT", OPTION_PERCENT, AT(drift), FOR_BENCH | FOR_COMPARE, JUDGING,
        .help = "Allow for this much drift between sessions: then every interval is wider, and "
        "fewer than five sessions a side can have a verdict", .low = 0.0001, .high = 10},
    {"--lenient", NULL, OPTION_FLAG, AT(lenient), FOR_BENCH | FOR_COMPARE, JUDGING,
        .help = "Compare even with results from another machine or setup; only warn"},
    {"--fail-on", "inconclusive|regressed|never", OPTION_CHOICE, AT(fail_on), JUDGED, JUDGING,
        .help = "The mildest verdict that makes the exit code non-zero (default inconclusive)"},

    HEADING(JUDGED, OUTPUT, "Output:"),
    {"--format", "table|json|csv|markdown|junit", OPTION_FORMAT, AT(output), WRITTEN, OUTPUT,
        .help = "Format of the results (default: by the ending of --output's FILE, else table)"},
    {"--output", "FILE", OPTION_OUTPUT, AT(output), JUDGED, OUTPUT,
        .help = "Write the results to FILE, completely or not at all; standard output gets the "
        "table, unless --quiet (repeatable)"},
    {"--output", "FILE", OPTION_OUTPUT, AT(output), FOR_SHOW, OUTPUT,
        .help = "Write the results to FILE, completely or not at all, and nothing to standard "
        "output (repeatable)"},
    {"--save", "FILE", OPTION_SAVE, AT(output), JUDGED, OUTPUT,
        .help = "Also write the results to FILE as JSON, which other commands of pconc can read"},
    {"--quiet", NULL, OPTION_FLAG, AT(output.quiet), JUDGED, OUTPUT,
        .help = "Print errors only: no progress, no notes"},
    {"--color", "auto|always|never", OPTION_CHOICE, AT(output.color), WRITTEN, OUTPUT,
        .help = "Colour on standard output (default auto)"},

    {"--directory", "FOLDER", OPTION_TEXT, AT(directory), FOR_NEW, WHAT,
        .help = "Where to write it (default: here)"},
    {"--help", NULL, OPTION_HELP, 0, ALL, LAST, .help = "Show this help and exit", .letter = 'h'},
    {"--version", NULL, OPTION_FLAG, AT(version), FOR_PROGRAM, LAST,
        .help = "Print version and commit and exit", .letter = 'V'},
    {0},
};
/* clang-format on */
