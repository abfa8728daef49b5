/* SPDX-License-Identifier: MIT */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"

/* Text for one line of a terminal, and its width in columns. LC_CTYPE gives the encoding. */

/* A copy for one line: control characters become blanks, characters that the locale cannot print
 * become '?'. */
const char *text_clean(struct arena *arena, const char *text);

/* Whether the locale prints all of Unicode. */
bool text_is_utf8(void);

/* The width of clean text in columns: that of its longest line. */
size_t text_width(const char *text);

/* The number of bytes of clean `text` for a line of at most `width` columns. The line ends after
 * the last character that is in `breaks`, else before the last blank, else anywhere. It has at
 * least one character, so that loops end. The caller skips a blank at its end. */
size_t text_line(const char *text, size_t width, const char *breaks);

#endif
