/* SPDX-License-Identifier: MIT */
#ifndef CMD_COMMAND_H
#define CMD_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

struct options;

/* A subcommand. Each has a file in commands/ that ends in its table; main.c lists the tables. */
struct command {
    const char *name;
    const char *arguments; /* in the usage: "FILE..." */
    const char *summary;   /* in "pconc --help": "compare saved results" */
    const char *doc;       /* in its own help; what stands behind '\v' follows the options */
    unsigned takes;        /* one bit of enum takes: which options it has */
    bool divided;          /* "--" divides the arguments into two sides */
    int (*run)(struct options *options);   /* returns the exit code */
    const struct command *const *commands; /* of pconc itself: those in its help, ended by NULL */
};

/* Which commands have an option (options_table.c). */
enum takes {
    FOR_PROGRAM = 1 << 0, /* pconc itself, before the name of a command */
    FOR_AB = 1 << 1,
    FOR_BENCH = 1 << 2,
    FOR_COMPARE = 1 << 3,
    FOR_LIST = 1 << 4,
    FOR_NEW = 1 << 5,
    FOR_SHOW = 1 << 6,
    FOR_VALIDATE = 1 << 7,
    FOR_VERIFY = 1 << 8,
    FOR_PAIR = 1 << 9, /* two commands and no name of a command of pconc */
};

extern const struct command ab_command, bench_command, compare_command, list_command, new_command,
    pair_command, show_command, validate_command, verify_command;

static inline const char *plural(size_t count) {
    return count == 1 ? "" : "s";
}

#endif
