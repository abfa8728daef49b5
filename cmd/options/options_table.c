/* SPDX-License-Identifier: MIT */
#include "options_parts.h"

#include "plan.h"
#include "report.h"

#include <stddef.h>

#define ALL (~0u)
#define PLANNED (FOR_BENCH | FOR_AB)
#define RUN (PLANNED | FOR_PAIR)
#define JUDGED (PLANNED | FOR_COMPARE)
#define WRITTEN (JUDGED | FOR_SHOW)
#define AT(member) offsetof(struct options, member)
#define HEADING(takers, number, text)                                                              \
    { .commands = (takers), .group = (number), .help = (text) }

enum { WHAT = 1, VALUES, JUDGING, OUTPUT, LAST = -1 };

/* clang-format off */
const struct option_row option_rows[] = {
    HEADING(RUN, WHAT, "What to measure:"),
    {"--config", "CONFIG.yaml", AT(configs), OPTION_ALL, FOR_AB, WHAT,
        .help = "Take workloads, parameters and thresholds from a plan; A and B each measure its "
        "cases. --workload, --executor and --filter select among them (repeatable)"},
    {"--executor", "LIST", AT(executors), OPTION_JOINED, FOR_BENCH | FOR_PAIR, WHAT,
        .help = "Executors, comma separated, or 'all'"},
    {"--executor", "LIST", AT(executors), OPTION_JOINED, FOR_AB, WHAT,
        .help = "Executors for plug-ins or commands (default serial)"},
    {"--workload", "LIST", AT(workloads), OPTION_JOINED, FOR_BENCH, WHAT,
        .help = "Workloads, comma separated, or 'all'"},
    {"--workload", "LIST", AT(workloads), OPTION_JOINED, FOR_AB, WHAT,
        .help = "Workloads, comma separated (default for two plug-ins: all that A has)"},
    {"--plugin", "FILE.so", AT(plugins), OPTION_ALL, PLANNED | FOR_LIST | FOR_VALIDATE, WHAT,
        .help = "Add a shared library's workloads (repeatable)"},
    {"--allow-exec", NULL, AT(allow_exec), OPTION_FLAG, PLANNED, WHAT,
        .help = "Allow the CONFIGs to load plug-ins and run commands; read them first"},
    {"--allow-exec", NULL, AT(allow_exec), OPTION_FLAG, FOR_VALIDATE, WHAT,
        .help = "Load the plug-ins that a CONFIG names"},
    {"--filter", "GLOB", AT(filter), OPTION_TEXT, PLANNED, WHAT,
        .help = "Only cases whose id, or its beginning up to a '/', matches: 'gcd/*/2', 'sleep'"},
    {"--control", NULL, AT(control), OPTION_FLAG, FOR_BENCH, WHAT,
        .help = "Measure the first parallel case of each section twice, to show the smallest "
        "difference that this session can detect"},
    {"--latency", NULL, AT(latency), OPTION_FLAG, PLANNED, WHAT,
        .help = "Report how long single jobs took from submission to completion, and where that "
        "time went"},
    {"--name", "NAME", AT(names), OPTION_ALL, FOR_AB | FOR_PAIR, WHAT,
        .help = "Names of the commands in tables, in their order (repeatable)"},
    {"--dry-run", NULL, AT(dry_run), OPTION_FLAG, RUN, WHAT,
        .help = "Print the cases and measure nothing"},

    HEADING(RUN, VALUES, "Values that override the plan's:"),
    {"--workers", "LIST", AT(workers), OPTION_JOINED, RUN, VALUES,
        .help = "Numbers of workers, comma separated; 'all' is the number of usable CPUs, '2x' twice "
                "that"},
    {"--jobs", "N", AT(run.jobs), OPTION_LAST, RUN, VALUES,
        .help = "Number of jobs of each case (default: the workload's; 1 for commands)"},
    {"--param", "NAME=VALUE", AT(run.params), OPTION_PARAM, RUN, VALUES,
        .help = "Set a parameter of the workloads that have it (repeatable)"},
    {"--input", "FILE", AT(run.params), OPTION_NAMED, RUN, VALUES,
        .help = "The standard input of commands; {i} is the job's number (default /dev/null)"},
    {"--ignore-failure", "LIST", AT(run.params), OPTION_NAMED, RUN, VALUES,
        .help = "Exit statuses of commands that are no failure, such as 1,2; or 'all'"},
    {"--pool", "NAME=VALUE", AT(run.pool), OPTION_PARAM, RUN, VALUES,
        .help = "Set a parameter of the executors that have it (repeatable)"},
    {"--prepare", "COMMAND", AT(run.prepare), OPTION_TEXT, RUN, VALUES,
        .help = "Command to run before each sample, untimed"},
    {"--cleanup", "COMMAND", AT(run.cleanup), OPTION_TEXT, RUN, VALUES,
        .help = "Command to run after each sample, untimed"},
    {"--rounds", "N", AT(over.rounds), OPTION_TEXT, FOR_BENCH | FOR_PAIR, VALUES,
        .help = "Samples of each case (default 10)"},
    {"--rounds", "N", AT(over.rounds), OPTION_TEXT, FOR_AB, VALUES,
        .help = "Maximum number of rounds, each of four samples a side (default 60; with "
        "--max-time as many as fit, up to 300)"},
    {"--warmup", "N", AT(over.warmup), OPTION_TEXT, RUN, VALUES,
        .help = "Untimed runs in each sample (default auto: until a run is steady; 0 for two commands of "
        "ab)"},
    {"--rate", "N/TIME", AT(over.rate), OPTION_TEXT, FOR_BENCH, VALUES,
        .help = "Start jobs at this rate, such as 500/s or 30/m, whatever the state of the pool; "
        "latencies count from when a job was due (default: start jobs as workers are free)"},
    {"--arrivals", "constant|poisson", AT(over.arrivals), OPTION_TEXT, FOR_BENCH, VALUES,
        .help = "The intervals of --rate: equal (default), or random as in a Poisson process"},
    {"--latency-limit", "DURATION", AT(over.latency_limit), OPTION_TEXT, FOR_BENCH, VALUES,
        .help = "With a range of rates, such as --rate=10..5000/s: find the highest rate at which "
        "99% of the jobs take at most this long"},
    {"--slow-task", "DURATION", AT(over.slow_task), OPTION_TEXT, FOR_BENCH, VALUES,
        .help = "Report jobs that hold their event loop for longer"},
    {"--timeout", "DURATION", AT(over.timeout), OPTION_TEXT, RUN, VALUES,
        .help = "Time limit of one sample (default 60s)"},
    {"--keep-trying", NULL, AT(keep_trying), OPTION_FLAG, PLANNED, VALUES,
        .help = "Measure a case again after a timeout, up to three times in a row; else its first "
        "timeout gives it up"},
    {"--max-time", "DURATION", AT(max_time_ns), OPTION_DURATION, FOR_AB, VALUES,
        .help = "Time limit of the session (default: none)"},
    {"--seed", "N", AT(over.seed), OPTION_TEXT, RUN, VALUES,
        .help = "Seed of the order and the inputs (default: random)"},

    HEADING(JUDGED, JUDGING, "How to judge:"),
    {"--baseline", "FILE", AT(baselines), OPTION_ALL, FOR_BENCH, JUDGING,
        .help = "Measure with the seed and passes of a saved result, and compare with it as "
        "'pconc compare FILE... -- NEW' does (repeatable)"},
    {"--metric", "LIST", AT(metrics), OPTION_JOINED, FOR_AB | FOR_COMPARE, JUDGING,
        .help = "What to judge, comma separated, a row for each: time, run, startup, cpu, memory, "
        "p99 (default time)"},
    {"--threshold", "PERCENT", AT(run.threshold), OPTION_TEXT, FOR_BENCH, JUDGING,
        .help = "Ignore changes up to this size (default: the plan's, or 2%)"},
    {"--threshold", "PERCENT", AT(run.threshold), OPTION_JOINED, FOR_AB, JUDGING,
        .help = "Ignore changes up to this size (default: the plan's, or 2%); METRIC=PERCENT is for "
        "one metric (repeatable)"},
    {"--threshold", "PERCENT", AT(run.threshold), OPTION_JOINED, FOR_COMPARE, JUDGING,
        .help = "Ignore changes up to this size (default: that of the first NEW session, or 2%); "
        "METRIC=PERCENT is for one metric (repeatable)"},
    {"--detect", "PERCENT", AT(detect), OPTION_PERCENT, FOR_AB, JUDGING,
        .help = "Plan enough rounds to detect a slow-down of this size, or to rule one out "
        "(default: all of --rounds)", .low = 0.0001, .high = 10},
    {"--power", "PERCENT", AT(power), OPTION_PERCENT, FOR_AB, JUDGING,
        .help = "Probability of detecting it (default 90%)", .low = 0.5, .high = 0.999},
    {"--alpha", "PERCENT", AT(alpha), OPTION_PERCENT, FOR_AB, JUDGING,
        .help = "Maximum probability that a session gives any row a wrong verdict (default 2%)",
        .low = 1e-6, .high = 0.5},
    {"--alpha", "PERCENT", AT(alpha), OPTION_PERCENT, FOR_COMPARE, JUDGING,
        .help = "Maximum probability that any row gets a wrong verdict (default 1%)",
        .low = 1e-6, .high = 0.5},
    {"--drift", "PERCENT", AT(drift), OPTION_PERCENT, FOR_BENCH | FOR_COMPARE, JUDGING,
        .help = "Allow for this much drift between sessions: then every interval is wider, and "
        "fewer than five sessions a side can have a verdict", .low = 0.0001, .high = 10},
    {"--lenient", NULL, AT(lenient), OPTION_FLAG, FOR_BENCH | FOR_COMPARE, JUDGING,
        .help = "Compare even with results from another machine or setup; only warn"},
    {"--allow-missing", NULL, AT(allow_missing), OPTION_FLAG, JUDGED, JUDGING,
        .help = "Accept that the new side lacks cases of the base; they are listed as missing"},
    {"--fail-on", "inconclusive|regressed|never", AT(fail_on), OPTION_CHOICE, JUDGED, JUDGING,
        .help = "The mildest verdict that makes the exit code non-zero (default inconclusive)"},

    HEADING(JUDGED | FOR_PAIR, OUTPUT, "Output:"),
    {"--format", "FORMAT", AT(output), OPTION_FORMAT, WRITTEN | FOR_PAIR, OUTPUT,
        .help = "Format of the results (default: by the ending of --output's FILE, else table): "
        REPORT_NAMES},
    {"--output", "FILE", AT(output), OPTION_OUTPUT, JUDGED | FOR_PAIR, OUTPUT,
        .help = "Write the results to FILE, completely or not at all; standard output gets the "
        "table, unless --quiet (repeatable)"},
    {"--output", "FILE", AT(output), OPTION_OUTPUT, FOR_SHOW, OUTPUT,
        .help = "Write the results to FILE, completely or not at all, and nothing to standard "
        "output (repeatable)"},
    {"--save", "FILE", AT(output), OPTION_SAVE, JUDGED | FOR_PAIR, OUTPUT,
        .help = "Also write the results to FILE as JSON, which other commands of pconc can read"},
    {"--resume", "FILE", AT(resume), OPTION_RESUME, FOR_BENCH, OUTPUT,
        .help = "Like --save; each sample is also kept in FILE.journal at once. If that is there, go "
        "on with its session, which must be of the same plan, program and machine"},
    {"--show-output", NULL, AT(show_output), OPTION_FLAG, RUN, OUTPUT,
        .help = "Show on standard error what commands, hooks and jobs print (default: discard it)"},
    {"--quiet", NULL, AT(output.quiet), OPTION_FLAG, JUDGED | FOR_PAIR, OUTPUT,
        .help = "Print errors only: no progress, no notes"},
    {"--color", "auto|always|never", AT(output.color), OPTION_CHOICE, WRITTEN | FOR_PAIR, OUTPUT,
        .help = "Colour on standard output (default auto)"},
    {"--plot", "auto|always|never", AT(output.plot), OPTION_CHOICE, FOR_BENCH | FOR_SHOW | FOR_PAIR, OUTPUT,
        .help = "Draw how the samples of each case are distributed (default auto: in Markdown, and "
        "on a terminal that is wide enough for all columns)"},

    {"--directory", "FOLDER", AT(directory), OPTION_TEXT, FOR_NEW, WHAT,
        .help = "Where to write it (default: here)"},
    {"--help", NULL, 0, OPTION_HELP, ALL, LAST, .help = "Show this help and exit", .letter = 'h'},
    {"--version", NULL, AT(version), OPTION_FLAG, FOR_PROGRAM, LAST,
        .help = "Print version and commit and exit", .letter = 'V'},
    {0},
};
/* clang-format on */
