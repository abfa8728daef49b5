/* SPDX-License-Identifier: MIT */
#ifndef REPORT_LAYOUT_H
#define REPORT_LAYOUT_H

#include <stddef.h>
#include <stdio.h>

#include "arena.h"
#include "report.h"

/* Text on a terminal: its width in columns, lines and colours. Encoding as the locale (LC_CTYPE)
 * says. */

/* Escape sequences. */
#define INK_TITLE "\033[1m"
#define INK_BEST "\033[32m"
#define INK_BAD "\033[31m"
#define INK_WARNING "\033[33m"
#define INK_OFF "\033[0m"

/* A copy that can stand in a line: control characters become blanks, what the locale cannot print
 * becomes '?'. */
const char *text_clean(struct arena *arena, const char *text);

/* Columns that clean text takes. */
size_t text_width(const char *text);

/* Bytes of `text` (clean) that make a line of at most `width` columns: up to the last character of
 * `breaks` in it, or the last blank, or cut anywhere if there is none. At least one character, so
 * that a caller gets ahead. A blank at the end is not counted; skip it before the next line. */
size_t text_line(const char *text, size_t width, const char *breaks);

/* Prints "LABEL: TEXT" in lines of style->width, those after the first indented by two, the label
 * in `ink`. Without a label (NULL) the text is in `ink`; that may be NULL too. */
void print_paragraph(FILE *out, const struct report_style *style, const char *ink,
    const char *label, const char *text, const char *breaks);

#endif
