/* SPDX-License-Identifier: MIT */
#ifndef PCONC_COMMAND_H
#define PCONC_COMMAND_H

#include <pconc/diag.h>

/*
 * Commands as a user writes them: 'convert "my file.png" out.jpg'. Words and quotes work as in a
 * shell, but no shell is run. Characters with another meaning in a shell (a pipe, a variable, a
 * pattern) are refused outside quotes.
 */

/* Splits `text` into words, ended by NULL, as for posix_spawnp. The caller frees them with one
 * free(). In any thread. -ENOMEM; -EINVAL for an open quote, for no word, and for characters that
 * need a shell. */
int command_split(const char *text, char ***ret_words, struct diag *diag) PCONC_CHECKED;

#endif
