/* SPDX-License-Identifier: MIT */
#include "ab_options.h"

#include "cmd.h"
#include "units.h"
#include "words.h"

#include <string.h>

static const struct argp_option table[] = {
    {NULL, 0, NULL, 0, "What to measure:", 1},
    {"config", KEY_CONFIG, "CONFIG.yaml", 0,
        "Take workloads, parameters and thresholds from a plan, whose cases A and B each measure; "
        "--workload, --executor and --filter select among them (repeatable)",
        1},
    {"allow-exec", KEY_ALLOW_EXEC, NULL, 0,
        "Let the CONFIGs load plug-ins and run commands: look at them first", 1},
    {"filter", KEY_FILTER, "GLOB", 0, "Only cases whose id matches, as of bench", 1},
    {"workload", KEY_WORKLOAD, "LIST", 0,
        "Workloads, comma separated (of two plug-ins: default all that A has)", 1},
    {"executor", KEY_EXECUTOR, "LIST", 0,
        "Executors that plug-ins or commands run under (default serial)", 1},
    {"workers", KEY_WORKERS, "LIST", 0,
        "Worker counts, comma separated; 'all': as many as usable CPUs", 1},
    {"jobs", KEY_JOBS, "N", 0, "Jobs of each case", 1},
    {"param", KEY_PARAM, "NAME=VALUE", 0, "A parameter of the workloads that have it (repeatable)",
        1},
    {"pool", KEY_POOL, "NAME=VALUE", 0, "A parameter of the executors that have it (repeatable)",
        1},
    {"plugin", KEY_PLUGIN, "FILE.so", 0,
        "Add the workloads of a shared library, where A and B are executors (repeatable)", 1},
    {"prepare", KEY_PREPARE, "COMMAND", 0, "Run before each sample, off the clock", 1},
    {"cleanup", KEY_CLEANUP, "COMMAND", 0, "Run after each sample, off the clock", 1},
    {"warmup", KEY_WARMUP, "N", 0, "Untimed runs in each sample (default 1)", 1},
    {"timeout", KEY_TIMEOUT, "DURATION", 0, "Longest time of one sample (default 60s)", 1},
    {"seed", KEY_SEED, "N", 0, "Seed of order and inputs (default: drawn)", 1},
    {"latency", KEY_LATENCY, NULL, 0,
        "Tell how long single jobs took from submission to completion, and where that time went",
        1},
    {NULL, 0, NULL, 0, "How to judge:", 2},
    {"threshold", KEY_THRESHOLD, "PERCENT", 0,
        "Changes up to this do not matter (default: the CONFIG's, or 2%)", 2},
    {"rounds", KEY_ROUNDS, "N", 0,
        "At most so many rounds, each four samples a side (default 60; with --max-time as many as "
        "fit, up to 300)",
        2},
    {"max-time", KEY_MAX_TIME, "DURATION", 0, "Longest time of the session (default: no limit)", 2},
    {"detect", KEY_DETECT, "PERCENT", 0,
        "Plan the rounds so that a slow-down of this much is found, and none is told (default: all "
        "of "
        "--rounds)",
        2},
    {"power", KEY_POWER, "PERCENT", 0, "How surely it is found (default 90%)", 2},
    {"alpha", KEY_ALPHA, "PERCENT", 0,
        "How often at most a session may call a row wrongly (default 2%)", 2},
    {"fail-on", KEY_FAIL_ON, "inconclusive|regressed|never", 0,
        "The least verdict that is not exit code 0 (default inconclusive)", 2},
    {NULL, 0, NULL, 0, "Output:", 3},
    {"dry-run", KEY_DRY_RUN, NULL, 0, "Print the cases and measure nothing", 3},
    {"format", KEY_FORMAT, "FORMAT", 0,
        "Format of the results, as of bench (default: what the name of --output ends in, else "
        "table)",
        3},
    {"output", KEY_OUTPUT, "FILE", 0,
        "Write the results to FILE, whole or not at all; standard output gets the table unless "
        "--quiet",
        3},
    {"save", KEY_SAVE, "FILE", 0, "Keep the results, as JSON, beside any other output", 3},
    {"quiet", KEY_QUIET, NULL, 0, "No progress, no notes; errors only", 3},
    {"color", KEY_COLOR, "auto|always|never", 0, "Colour on standard output (default auto)", 3},
    {0},
};

static const char doc[] =
    "Compare A and B in one session and say whether B is slower.\n\n"
    "A and B are two executors (pconc ab threads processes --workload=gcd), two plug-ins with "
    "workloads of the same names (pconc ab ./base.so ./head.so), or two commands (pconc ab "
    "'sort a' 'sort -u a'). They are measured in short interleaved rounds (ABBA and its mirror), "
    "each sample in a fresh process. A is also measured against itself; there must be no "
    "difference.\n"
    "\v"
    "regressed: the whole interval of B/A is above 1 + threshold, and new rounds confirm it. "
    "improved: the whole interval is below 1 / (1 + threshold). equivalent: it is between these "
    "limits. Anything else is inconclusive.\n\n"
    "Exit codes: 0 success, 1 regressed, 2 bad usage, 3 a run failed, 4 inconclusive, 129, 130 or "
    "143 interrupted by a signal.";

static int set_max_time(const char *text, int64_t *ret_ns) {
    int64_t value;
    const char *wrong = parse_duration(text, &value);

    if (wrong)
        return complain(OPTIONS_COMPLAINED, "--max-time: '%s' %s", shown(text).text, wrong);
    if (value <= 0)
        return complain(OPTIONS_COMPLAINED,
            "--max-time: '%s' leaves no time; write a duration above 0, such as 20s",
            shown(text).text);
    *ret_ns = value;
    return 0;
}

static int set_side(struct ab_command *command, const char *name) {
    for (size_t i = 0; i < 2; i++) {
        if (!command->names[i]) {
            command->names[i] = name;
            return 0;
        }
    }
    return complain(OPTIONS_COMPLAINED,
        "'%s' is a third side, but ab compares two; put a command and its arguments in quotes",
        shown(name).text);
}

static error_t parse_option(int key, char *arg, struct argp_state *state) {
    struct ab_command *command = state->input;
    struct gate_settings *settings = &command->ab.settings;
    int r;

    switch (key) {
    case ARGP_KEY_ARG:
        return set_side(command, arg);
    case KEY_CONFIG:
        key = ARGP_KEY_ARG; /* of bench, whose arguments they are */
        break;
    case KEY_ALPHA:
        return option_percent("--alpha", arg, 1e-6, 0.5, &settings->alpha);
    case KEY_DETECT:
        return option_percent("--detect", arg, 0.0001, 10, &settings->detect);
    case KEY_POWER:
        return option_percent("--power", arg, 0.5, 0.999, &settings->power);
    case KEY_MAX_TIME:
        return set_max_time(arg, &command->ab.max_time_ns);
    case KEY_FAIL_ON:
        return option_fail_on(arg, &command->fail_on);
    default:
        break;
    }
    r = bench_option_take(&command->sides[0], key, arg);
    return r ? r : bench_option_take(&command->sides[1], key, arg);
}

int ab_options_parse(int argc, char **argv, struct ab_command *ret_command) {
    static const struct argp argp = {table, parse_option, "A B", doc, NULL, NULL, NULL};

    *ret_command = (struct ab_command){
        .ab =
            {
                .settings = {.alpha = DEFAULT_ALPHA, .looks = LOOKS_MAX, .power = DEFAULT_POWER},
            },
    };
    bench_options_init(&ret_command->sides[0]);
    bench_options_init(&ret_command->sides[1]);
    return options_parse(&argp, "pconc ab", false, argc, argv, ret_command);
}

void ab_options_release(struct ab_command *command) {
    bench_options_release(&command->sides[0]);
    bench_options_release(&command->sides[1]);
}
