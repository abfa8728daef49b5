/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

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
