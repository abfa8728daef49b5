/* SPDX-License-Identifier: MIT */
#include "controls.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Bytes of the control character that `text` begins with; 0: of none. */
static size_t control_at(const char *text) {
    const unsigned char *at = (const unsigned char *)text;

    if ((at[0] > 0 && at[0] < 0x20) || at[0] == 0x7F)
        return 1;
    return at[0] == 0xC2 && at[1] >= 0x80 && at[1] < 0xA0 ? 2 : 0;
}

bool controls_in(const char *text) {
    for (; *text; text++)
        if (control_at(text))
            return true;
    return false;
}

void controls_mask(char *text) {
    for (size_t length; *text; text += length ? length : 1) {
        length = control_at(text);
        memset(text, '?', length);
    }
}

const char *controls_escaped(struct arena *arena, const char *text) {
    size_t room = strlen(text) * (sizeof("\\x00") - 1) + 1, used = 0, length;
    char *copy = arena_alloc(arena, room);

    for (; *text; text += length) {
        length = control_at(text);
        if (length == 0) {
            length = 1;
            copy[used++] = *text;
        } else if (*text == '\n' || *text == '\t') {
            used += (size_t)snprintf(copy + used, room - used, *text == '\n' ? "\\n" : "\\t");
        } else {
            for (size_t i = 0; i < length; i++)
                used +=
                    (size_t)snprintf(copy + used, room - used, "\\x%02x", (unsigned char)text[i]);
        }
    }
    return copy;
}
