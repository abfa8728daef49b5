/* SPDX-License-Identifier: MIT */
#include "words.h"

#include "nearest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct shown shown(const char *text) {
    struct shown out = {{0}};
    size_t room = sizeof(out.text) - sizeof("...");
    size_t length = strlen(text), keep = length;

    if (keep > room) {
        keep = room;
        while (keep > 0 && ((unsigned char)text[keep] & 0xC0) == 0x80)
            keep--; /* not in the middle of a character */
    }
    memcpy(out.text, text, keep);
    if (keep < length)
        memcpy(out.text + keep, "...", sizeof("..."));
    return out;
}

static void join(const char *const *names, size_t count, char *buf, size_t size) {
    size_t used = 0;

    snprintf(buf, size, "none");
    for (size_t i = 0; i < count; i++) {
        const char *comma = i > 0 ? ", " : "";
        if (used + strlen(comma) + strlen(names[i]) + sizeof(", ...") > size) {
            snprintf(buf + used, size - used, "%s...", comma);
            return;
        }
        used += (size_t)snprintf(buf + used, size - used, "%s%s", comma, names[i]);
    }
}

int unknown_word(struct diag *diag, struct origin origin, const char *what, const char *word,
    const char *const *names, size_t count) {
    const char *near = nearest_name(word, names, count);
    char list[512];

    join(names, count, list, sizeof(list));
    if (near)
        return diag_at(diag, origin, -EINVAL, "%s '%s'; did you mean '%s'? there are: %s", what,
            shown(word).text, near, list);
    return diag_at(diag, origin, -EINVAL, "%s '%s'; there are: %s", what, shown(word).text, list);
}

struct place place(struct origin origin) {
    struct place out;
    const char *file = origin.file ? origin.file : "?";

    if (origin.line > 0)
        snprintf(out.text, sizeof(out.text), "%s:%d:%d", file, origin.line, origin.column);
    else
        snprintf(out.text, sizeof(out.text), "%s", file);
    return out;
}

int diag_place(struct diag *diag, struct origin origin) {
    if (!diag)
        return -EINVAL;
    if (origin.file)
        diag_prefix(diag, "%s", place(origin).text);
    return diag->code;
}
