/* SPDX-License-Identifier: MIT */
#ifndef REPORT_FORMAT_PARTS_H
#define REPORT_FORMAT_PARTS_H

#include <jansson.h>

#include "report.h"

/* What formats for other programs share. They are UTF-8, whatever the locale is. */

/* Decodes the next character of UTF-8 and returns the number of its bytes. 0: invalid; so are
 * overlong forms, surrogates and characters above U+10FFFF. */
size_t utf8_char(const char *text, unsigned *ret_code);

/* Whether other programs break lines or fields there: White_Space of Unicode, control characters.
 */
bool utf8_is_blank(unsigned code);

/* A copy of one line: each blank and control character becomes ' ', each invalid byte '?'. It
 * neither begins nor ends with a blank; "?" if nothing is left. */
const char *utf8_line(struct arena *arena, const char *text);

/* Names that must be unique in a document. Zeroed: none is taken. */
struct names {
    json_t *taken;
};

/* utf8_line(name), with " (2)", " (3)", ... where it is taken. NULL: out of memory. */
const char *names_take(struct names *names, struct arena *arena, const char *name);
void names_release(struct names *names);

/* Prints and releases a document. NULL: there was no memory for it. Returns what an emitter does.
 */
int json_print(FILE *out, json_t *root);

/* Half the width of an interval; NaN: it is unknown. */
double half_width(struct interval interval);

#endif
