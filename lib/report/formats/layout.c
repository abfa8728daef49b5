/* SPDX-License-Identifier: MIT */
#include "layout.h"

#include <stdint.h>
#include <string.h>

#define INDENT 2

static void print_line(FILE *out, const char *line, size_t length, const char *ink, size_t inked) {
    if (inked > length)
        inked = length;
    if (inked > 0)
        fprintf(out, "%s%.*s%s", ink, (int)inked, line, INK_OFF);
    fprintf(out, "%.*s\n", (int)(length - inked), line + inked);
}

void print_paragraph(const struct printer *printer, const char *ink, const char *label,
    const char *text, const char *breaks) {
    const struct report_style *style = printer->style;
    struct arena *arena = printer->report->arena;
    const char *rest = text_clean(arena, label ? arena_printf(arena, "%s: %s", label, text) : text);
    size_t inked = !ink || !style->color ? 0 : label ? strlen(label) + 1 : SIZE_MAX;
    size_t room = style->width > 0 ? (size_t)style->width : SIZE_MAX;
    for (size_t indent = 0; *rest; indent = INDENT) {
        size_t length = text_line(rest, room > indent ? room - indent : 1, breaks ? breaks : " ");
        fprintf(printer->out, "%*s", (int)indent, "");
        print_line(printer->out, rest, length, ink, inked);
        inked = label ? 0 : inked;
        rest += length;
        rest += strspn(rest, " ");
    }
}
