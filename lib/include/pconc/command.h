/* SPDX-License-Identifier: MIT */
#ifndef PCONC_COMMAND_H
#define PCONC_COMMAND_H

#include <pconc/diag.h>

#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

/*
 * Commands as a user writes them: 'convert "my file.png" out.jpg'. Words and quotes work as in a
 * shell, but no shell is run. Characters with another meaning in a shell (a pipe, a variable, a
 * pattern) are refused outside quotes.
 */

/* Splits `text` into words, ended by NULL, as for posix_spawnp. The caller frees them with one
 * free(). In any thread. -ENOMEM; -EINVAL for an open quote, for no word, and for characters that
 * need a shell. */
int command_split(const char *text, char ***ret_words, struct diag *diag) PCONC_CHECKED;

/* Whether a program can be started: `program` is a path, or a name that is searched for in PATH.
 * 0; -ENOENT: there is no such file; -EACCES: it is a folder or not executable. In any thread. */
int command_find(const char *program, struct diag *diag) PCONC_CHECKED;

/* The most bytes that are kept of what a failed program wrote last. */
#define COMMAND_OUTPUT_MAX 2048

/*
 * For jobs that start programs, in any thread or worker process. Outside a sample, and in samples
 * of workloads without `runs_commands`, both do nothing.
 */

/* Adds what one program has used, as wait4(2) says. With it count the descendants that the program
 * has waited for. */
void command_used(const struct rusage *usage);

/* Keeps the last bytes that the failed program of job `job` wrote, at most COMMAND_OUTPUT_MAX. They
 * stand behind the message of task_fail() if this job is the one that is reported. */
void command_failed(int64_t job, const char *output, size_t size);

#endif
