/* SPDX-License-Identifier: MIT */
#include "format_parts.h"

#include <errno.h>
#include <math.h>
#include <string.h>

size_t utf8_char(const char *text, unsigned *ret_code) {
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *at = (const unsigned char *)text;
    size_t bytes = at[0] < 0x80 ? 1
        : at[0] >> 5 == 6       ? 2
        : at[0] >> 4 == 14      ? 3
        : at[0] >> 3 == 30      ? 4
                                : 0;
    unsigned code = bytes == 1 ? at[0] : at[0] & (0x7Fu >> bytes);
    if (bytes == 0)
        return 0;
    for (size_t i = 1; i < bytes; i++) {
        if ((at[i] & 0xC0) != 0x80)
            return 0;
        code = code << 6 | (at[i] & 0x3F);
    }
    if (code < least[bytes] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
        return 0;
    *ret_code = code;
    return bytes;
}

bool utf8_is_blank(unsigned code) {
    return code <= 0x20 || (code >= 0x7F && code <= 0xA0) || code == 0x1680
        || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 || code == 0x2029 || code == 0x202F
        || code == 0x205F || code == 0x3000;
}

const char *utf8_line(struct arena *arena, const char *text) {
    char *line = arena_alloc(arena, strlen(text) + 2), *end = line;
    while (*text) {
        unsigned code = 0;
        size_t bytes = utf8_char(text, &code);
        if (bytes == 0)
            *end++ = '?';
        else if (!utf8_is_blank(code))
            end = mempcpy(end, text, bytes);
        else if (end > line)
            *end++ = ' ';
        text += bytes ? bytes : 1;
    }
    while (end > line && end[-1] == ' ')
        end--;
    if (end == line)
        *end++ = '?';
    *end = '\0';
    return line;
}

const char *names_take(struct names *names, struct arena *arena, const char *name) {
    const char *line = utf8_line(arena, name), *unique = line;
    if (!names->taken)
        names->taken = json_object();
    for (int i = 2; json_object_get(names->taken, unique); i++)
        unique = arena_printf(arena, "%s (%d)", line, i);
    return json_object_set_new(names->taken, unique, json_true()) < 0 ? NULL : unique;
}

void names_release(struct names *names) {
    json_decref(names->taken);
    names->taken = NULL;
}

int json_print(FILE *out, json_t *root) {
    int code = root ? json_dumpf(root, out, JSON_INDENT(2)) : -1;
    if (root)
        fputc('\n', out);
    json_decref(root);
    /* The caller finds a failed write; other failures are memory. */
    return code < 0 && !ferror(out) ? -ENOMEM : 0;
}

double half_width(struct interval interval) {
    return interval_known(interval) ? (interval.high - interval.low) / 2 : NAN;
}
