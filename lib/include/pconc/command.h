/* SPDX-License-Identifier: MIT */
#ifndef PCONC_COMMAND_H
#define PCONC_COMMAND_H

#include <pconc/diag.h>

/*
 * Programs to start, as a user writes them: 'convert "my file.png" out.jpg'. Words and quotes are
 * as in a shell, and nothing else is: what a shell would do more with (a pipe, a variable, a
 * pattern) is refused outside quotes rather than handed to the program.
 */

/* Splits `text` into words, ended by NULL, as for posix_spawnp; all in one piece of memory, which
 * the caller frees with free(). From any thread. -ENOMEM; -EINVAL for an open quote, for no word at
 * all, and for what only a shell understands. */
int command_split(const char *text, char ***ret_words, struct diag *diag) PCONC_CHECKED;

#endif
