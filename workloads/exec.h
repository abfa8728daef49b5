/* SPDX-License-Identifier: MIT */
#ifndef WORKLOADS_EXEC_H
#define WORKLOADS_EXEC_H

#include <pconc/task.h>

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* One program at a time, started and waited for by a task. */

/* What it came to. */
struct exec_end {
    int status;       /* of waitpid */
    bool as_expected; /* its output */
};

/* Starts words[0], looked for in PATH, with standard input and standard error from and to
 * `null_fd`, and waits for its end. Its standard output goes there too or, where `expected` is not
 * NULL, is compared with that, a last newline aside. A program that cannot be waited for is killed.
 * 0, or a negative errno after task_fail(). */
int exec_run(struct task *task, char *const *words, int null_fd, const char *expected,
    struct exec_end *ret_end) PCONC_CHECKED;

#endif
