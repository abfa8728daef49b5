/* SPDX-License-Identifier: MIT */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

/* The name a mistyped `word` most likely meant, by edit distance with transpositions, ignoring
 * case; NULL if none is near enough to be worth naming. For "did you mean ...?". */
const char *nearest_name(const char *word, const char *const *names, size_t count);

#endif
