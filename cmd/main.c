/* SPDX-License-Identifier: MIT */
#include "command.h"

#include "arena.h"
#include "build_info.h"
#include "options.h"
#include "sample.h"
#include "streams.h"
#include "words.h"
#include "workloads.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct command *const commands[] = {
    &bench_command,
    &ab_command,
    &compare_command,
    &list_command,
    &new_command,
    &show_command,
    &validate_command,
    &verify_command,
    NULL,
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]) - 1)

static const char doc[] =
    "Find out which concurrency strategy, and how many workers, suit a given kind of work best on "
    "this machine.\n\n'pconc COMMAND --help' explains a command.\v"
    "Examples:\n"
    "  pconc bench\n"
    "      measure the built-in plan\n"
    "  pconc bench --executor=process --workload=gcd\n"
    "      one workload under worker processes\n"
    "  pconc 'sort a.txt' 'sort -u a.txt'\n"
    "      the times of two programs, and their ratio\n"
    "  pconc bench --workload=sleep --jobs=100 --param=duration=10ms --format=json\n"
    "      a hundred sleeps of 10 ms under every executor, all samples as JSON\n"
    "\n"
    "Exit codes: 0 success, 1 regression or failed check, 2 bad usage or config, 3 a run failed, "
    "4 inconclusive, 129, 130 or 143 interrupted by a signal.";

static int print_version(void) {
    printf(BUILD_COMMIT[0] ? "pconc %s (%s)\n" : "pconc %s\n", BUILD_VERSION, BUILD_COMMIT);
    return EXIT_FINE;
}

static int run_command(int argc, char **argv) {
    const char *names[COMMANDS];
    struct diag diag = {0};

    for (size_t i = 0; i < COMMANDS; i++) {
        struct options options;
        int code;
        names[i] = commands[i]->name;
        if (strcmp(argv[0], names[i]) != 0)
            continue;
        code = options_parse(commands[i], argc, argv, &options);
        if (code == OPTIONS_DONE)
            code = commands[i]->run(&options);
        options_release(&options);
        return code;
    }
    /* Commands to compare: a path, or words. argp skips the name of the program. */
    if (strpbrk(argv[0], " /")) {
        struct options options;
        int code = options_parse(&pair_command, argc + 1, argv - 1, &options);
        if (code == OPTIONS_DONE)
            code = pair_command.run(&options);
        options_release(&options);
        return code;
    }
    unknown_word(&diag, (struct origin){0}, "unknown command", argv[0], names, COMMANDS);
    return complain(EXIT_USAGE, "%s", diag.text);
}

static int print_short_usage(void) {
    fputs("Usage: pconc COMMAND [OPTION...] [ARG...]\n"
          "'pconc bench' measures the built-in plan; 'pconc --help' lists the commands.\n",
        stderr);
    return EXIT_USAGE;
}

static int dispatch(int argc, char **argv) {
    const struct command program = {
        .arguments = "COMMAND [ARG...]", .doc = doc, .takes = FOR_PROGRAM, .commands = commands};
    struct options options;
    int code = options_parse(&program, argc, argv, &options);

    if (code == OPTIONS_DONE && options.version)
        code = print_version();
    else if (code == OPTIONS_DONE && options.rest == 0)
        code = print_short_usage();
    else if (code == OPTIONS_DONE)
        code = run_command(argc - options.rest, argv + options.rest);
    options_release(&options);
    return code;
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
