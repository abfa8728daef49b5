/* SPDX-License-Identifier: MIT */
#ifndef WORKLOADS_EXEC_H
#define WORKLOADS_EXEC_H

#include <pconc/task.h>

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* How a program ended. */
struct exec_end {
    int status;       /* of waitpid */
    bool as_expected; /* the output is */
};

/* Starts the program words[0], which is searched in PATH, and waits for its end. Its input and its
 * error output are `null_fd`. Its output is compared with `expected`; a last newline is ignored.
 * NULL: the output goes to `null_fd`. A program that cannot be waited for is killed. 0, or a
 * negative errno after task_fail(). */
int exec_run(struct task *task, char *const *words, int null_fd, const char *expected,
    struct exec_end *ret_end) PCONC_CHECKED;

#endif
