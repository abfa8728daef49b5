/* SPDX-License-Identifier: MIT */
#ifndef WORKLOADS_PROGRAM_H
#define WORKLOADS_PROGRAM_H

#include <pconc/command.h>
#include <pconc/task.h>

#include <stdbool.h>

/*
 * A program that a job starts and waits for. Its standard output is that of the caller, unless it
 * is compared. Its standard error is read, and copied to that of the caller: both are /dev/null in
 * a sample, except with --show-output.
 */

struct program_start {
    char *const *words; /* words[0] is a path, or searched in PATH */
    char *const *environment;
    int input_fd;         /* its standard input */
    const char *expected; /* what it prints; a last newline is ignored. NULL: not compared */
};

struct program {
    int status;       /* of waitpid */
    bool as_expected; /* the output is */
    size_t tail_size; /* of `tail`: the last bytes of its standard error */
    char tail[COMMAND_OUTPUT_MAX];
};

/* Runs it and reports its usage (command_used). It ends when the program has ended, and also its
 * output if that is compared: processes that the program leaves behind do not hold it up otherwise.
 * A program that cannot be waited for is killed. 0, or a negative errno after task_fail(). */
int program_run(struct task *task, const struct program_start *start,
    struct program *ret_program) PCONC_CHECKED;

#endif
