/* SPDX-License-Identifier: MIT */
#include "cmd.h"

#include "arena.h"
#include "build_info.h"
#include "session.h"
#include "words.h"
#include "workloads.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"ab", ab_run_command},
    {"bench", bench_run},
    {"compare", compare_run},
    {"list", list_run},
    {"new", new_run},
    {"show", show_run},
    {"validate", validate_run},
    {"verify", verify_run},
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct argp_option options[] = {
    {"version", 'V', NULL, 0, "Print version and commit and exit", -1},
    {0},
};

static const char doc[] =
    "Find out which concurrency strategy, and how many workers, suit a given kind of work best on "
    "this machine.\n\n"
    "Commands:\n"
    "  bench [CONFIG.yaml...]       measure the cases of a plan\n"
    "  ab A B                       compare two executors, plug-ins or commands\n"
    "  compare BASE... -- NEW...    compare saved results\n"
    "  list [executors|workloads]   show what there is, and its parameters\n"
    "  new workload NAME            write the source of a new workload\n"
    "  show FILE...                 print saved results again, in any format\n"
    "  validate CONFIG.yaml...      check config files without measuring\n"
    "  verify FILE...               recompute saved summaries from their samples\n"
    "\n'pconc COMMAND --help' explains a command.\n"
    "\v"
    "Examples:\n"
    "  pconc bench\n"
    "      measure the built-in plan\n"
    "  pconc bench --executor=process --workload=gcd\n"
    "      one workload under worker processes\n"
    "  pconc bench --workload=sleep --jobs=100 --param=duration=10ms --format=json\n"
    "      a hundred sleeps of 10 ms under every executor, all samples as JSON\n"
    "\n"
    "Exit codes: 0 success, 1 regression or failed check, 2 bad usage or config, 3 a run failed, "
    "4 inconclusive, 129, 130 or 143 interrupted by a signal.";

struct call {
    bool version;
    int command_at; /* index of the command in argv, 0: none */
};

static error_t parse_option(int key, char *arg, struct argp_state *state) {
    struct call *call = state->input;

    (void)arg;
    switch (key) {
    case 'V':
        call->version = true;
        return 0;
    case ARGP_KEY_ARG:
        /* The rest belongs to the command. */
        call->command_at = state->next - 1;
        state->next = state->argc;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int print_version(void) {
    if (BUILD_COMMIT[0])
        printf("pconc %s (%s)\n", BUILD_VERSION, BUILD_COMMIT);
    else
        printf("pconc %s\n", BUILD_VERSION);
    return EXIT_FINE;
}

static int run_command(int argc, char **argv) {
    const char *names[COMMANDS];
    struct diag diag = {0};

    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(argv[0], commands[i].name) == 0)
            return commands[i].run(argc, argv);
        names[i] = commands[i].name;
    }
    unknown_word(&diag, (struct origin){0}, "unknown command", argv[0], names, COMMANDS);
    return complain(EXIT_USAGE, "%s", diag.text);
}

static int print_short_usage(void) {
    fputs("Usage: pconc bench|ab|compare|list|new|show|validate|verify [OPTION...] [FILE...]\n"
          "'pconc bench' measures the built-in plan, 'pconc --help' shows more.\n",
        stderr);
    return EXIT_USAGE;
}

static int dispatch(int argc, char **argv) {
    static const struct argp argp = {
        options, parse_option, "COMMAND [ARG...]", doc, NULL, NULL, NULL};
    struct call call = {0};
    int parsed = options_parse(&argp, "pconc", true, argc, argv, &call);

    if (parsed != OPTIONS_DONE)
        return options_exit(parsed);
    if (call.version)
        return print_version();
    if (!call.command_at)
        return print_short_usage();
    return run_command(argc - call.command_at, argv + call.command_at);
}

/* No exit handlers: they may need memory. */
static void end_without_memory(const struct diag *error) {
    (void)fprintf(stderr, "pconc: %s\n", error->text);
    _Exit(EXIT_FAILED);
}

int main(int argc, char **argv) {
    int code, finished;

    /* Each sample starts here: nothing that costs memory or time may come before. */
    if (argc == 4 && strcmp(argv[1], SAMPLE_SUBCOMMAND) == 0)
        return sample_main(
            workloads, (int)strtol(argv[2], NULL, 10), (int)strtol(argv[3], NULL, 10));

    arena_on_no_memory(end_without_memory);
    standard_streams_prepare();
    signal(SIGPIPE, SIG_IGN); /* a write to a reader that left fails instead */
    setlocale(LC_CTYPE, "");
    code = dispatch(argc, argv);
    finished = stdout_finish();
    return finished ? finished : code;
}
