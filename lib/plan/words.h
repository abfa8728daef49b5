/* SPDX-License-Identifier: MIT */
#ifndef PLAN_WORDS_H
#define PLAN_WORDS_H

#include <pconc/diag.h>

#include <stddef.h>

/* Words of the user in error messages. */

/* `text`, cut with "..." if long, for use within one call:
 * diag_set(diag, -EINVAL, "'%s' ...", shown(text).text). */
struct shown {
    char text[64];
};
struct shown shown(const char *text);

/* For a word that is not in `names`: "WHAT 'WORD'; did you mean 'NEAR'? there are: A, B", without
 * the question if no name is near. Returns -EINVAL. */
int unknown_word(struct diag *diag, struct origin origin, const char *what, const char *word,
    const char *const *names, size_t count);

/* Puts the place before the sentence in `diag`, and returns its code. */
int diag_place(struct diag *diag, struct origin origin);

/* "FILE:LINE:COL", or as much of it as is known. */
struct place {
    char text[256];
};
struct place place(struct origin origin);

#endif
