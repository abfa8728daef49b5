/* SPDX-License-Identifier: MIT */
#ifndef REPORT_LAYOUT_H
#define REPORT_LAYOUT_H

#include "report.h"
#include "text.h"

/* Paragraphs on a terminal: lines of its width, and colours. */

/* Escape sequences. */
#define INK_TITLE "\033[1m"
#define INK_BEST "\033[32m"
#define INK_BAD "\033[31m"
#define INK_WARNING "\033[33m"
#define INK_OFF "\033[0m"

/* Prints "LABEL: TEXT" in lines of the printer's width; lines after the first are indented by two.
 * `ink` colours the label, or the text if the label is NULL; NULL: no colour. `breaks` as of
 * text_line; NULL: at blanks. */
void print_paragraph(const struct printer *printer, const char *ink, const char *label,
    const char *text, const char *breaks);

#endif
