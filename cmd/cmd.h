/* SPDX-License-Identifier: MIT */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <pconc/diag.h>

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>

/* What the subcommands share: exit codes, the one place that prints errors, and options. */

enum exit_code {
    EXIT_FINE = 0,
    EXIT_REGRESSED = 1,
    EXIT_USAGE = 2,  /* bad usage or config */
    EXIT_FAILED = 3, /* a run failed, or its results could not be written */
    EXIT_INCONCLUSIVE = 4,
    EXIT_SIGNAL = 128, /* plus the signal's number */
};

/* Prints "pconc: SENTENCE" on standard error and returns `exit_code`. */
int complain(int exit_code, const char *format, ...) PCONC_PRINTF(2, 3);

/* Ends standard output: 0, or EXIT_FAILED after a complaint if not all of it could be written. A
 * second call does nothing and returns what the first did. */
int stdout_finish(void);
/* The same question asked before the work: complains if nothing can be written there. */
int stdout_check(void);
/* Before anything is written. Puts something that can be neither read nor written in place of
 * closed standard streams, so that no file opened later takes their numbers. */
void standard_streams_prepare(void);

/* What options_parse returns, and what an option's parser returns once it has complained. */
enum { OPTIONS_DONE = 0, OPTIONS_HELP_SHOWN = -1, OPTIONS_COMPLAINED = -2 };

/* argp_parse with --help, errors as sentences of ours, and "did you mean". `name` is how usage
 * calls the command, `input` goes to the parser. Arguments after the first that is no option are
 * left to the parser if `in_order`. */
int options_parse(
    const struct argp *argp, const char *name, bool in_order, int argc, char **argv, void *input);

/* Exit code of a command that ends here because of what options_parse returned. */
int options_exit(int parsed);

/* The subcommands; argv[0] is the command's name. Return the exit code. */
int ab_run_command(int argc, char **argv);
int bench_run(int argc, char **argv);
int compare_run(int argc, char **argv);
int list_run(int argc, char **argv);
int new_run(int argc, char **argv);
int show_run(int argc, char **argv);
int validate_run(int argc, char **argv);
int verify_run(int argc, char **argv);

#endif
