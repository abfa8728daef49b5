/* SPDX-License-Identifier: MIT */
#ifndef REPORT_LAYOUT_H
#define REPORT_LAYOUT_H

#include <stddef.h>
#include <stdio.h>

#include "arena.h"
#include "report.h"

/* Text on a terminal: its width in columns, its lines and colours. LC_CTYPE gives the encoding. */

/* Escape sequences. */
#define INK_TITLE "\033[1m"
#define INK_BEST "\033[32m"
#define INK_BAD "\033[31m"
#define INK_WARNING "\033[33m"
#define INK_OFF "\033[0m"

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

/* Prints "LABEL: TEXT" in lines of the printer's width; lines after the first are indented by two.
 * `ink` colours the label, or the text if the label is NULL; NULL: no colour. `breaks` as above;
 * NULL: at blanks. */
void print_paragraph(const struct printer *printer, const char *ink, const char *label,
    const char *text, const char *breaks);

#endif
