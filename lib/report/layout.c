/* SPDX-License-Identifier: MIT */
#include "layout.h"

#include <langinfo.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#define INDENT 2

/* Returns the number of bytes of the character at `text`; 1: it is invalid. */
static size_t next_char(const char *text, wchar_t *ret_char, bool *ret_printable) {
    mbstate_t state = {0};
    size_t bytes = mbrtowc(ret_char, text, MB_CUR_MAX, &state);
    if (bytes == (size_t)-1 || bytes == (size_t)-2 || bytes == 0) {
        *ret_char = L'?';
        *ret_printable = false;
        return 1;
    }
    *ret_printable = iswprint((wint_t)*ret_char);
    return bytes;
}

const char *text_clean(struct arena *arena, const char *text) {
    char *clean = arena_alloc(arena, strlen(text) + 1), *end = clean;
    while (*text) {
        wchar_t wide;
        bool printable;
        size_t bytes = next_char(text, &wide, &printable);
        if (printable)
            end = mempcpy(end, text, bytes);
        else
            *end++ = (unsigned char)*text < ' ' || *text == 0x7f ? ' ' : '?';
        text += bytes;
    }
    *end = '\0';
    return clean;
}

bool text_is_utf8(void) {
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static size_t char_width(wchar_t wide) {
    int width = wcwidth(wide);
    return width > 0 ? (size_t)width : 0;
}

size_t text_width(const char *text) {
    size_t widest = 0, width = 0;
    while (*text) {
        wchar_t wide;
        bool printable;
        text += next_char(text, &wide, &printable);
        width = text[-1] == '\n' ? 0 : width + char_width(wide);
        widest = width > widest ? width : widest;
    }
    return widest;
}

size_t text_line(const char *text, size_t width, const char *breaks) {
    size_t at = 0, used = 0, wanted = 0, blank = 0;
    while (text[at]) {
        wchar_t wide;
        bool printable;
        size_t bytes = next_char(text + at, &wide, &printable);
        if (text[at] == ' ')
            blank = at;
        used += char_width(wide);
        if (text[at] == ' ' && strchr(breaks, ' '))
            wanted = at;
        if (used > width && at > 0)
            return wanted ? wanted : blank ? blank : at;
        at += bytes;
        if (text[at - 1] != ' ' && strchr(breaks, text[at - 1]))
            wanted = at;
    }
    return at;
}

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
