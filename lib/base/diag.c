/* SPDX-License-Identifier: MIT */
#include <pconc/diag.h>

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "controls.h"

/* Ends a text that snprintf cut, `needed` long, in "...", never within a UTF-8 character. */
static void mark_cut(char *text, size_t size, int needed) {
    if (needed < 0 || (size_t)needed < size)
        return;
    size_t end = size - sizeof("...");
    while (end > 0 && ((unsigned char)text[end] & 0xC0) == 0x80)
        end--;
    memcpy(text + end, "...", sizeof("..."));
}

/* Formats aside, because the arguments may point into the text that is replaced. */
PCONC_PRINTF(3, 0)
static void set_text(struct diag *diag, const char *prefix, const char *format, va_list args) {
    char sentence[DIAG_TEXT_SIZE];
    int needed = vsnprintf(sentence, sizeof(sentence), format, args);
    mark_cut(sentence, sizeof(sentence), needed);
    needed = snprintf(diag->text, sizeof(diag->text), "%s%s", prefix, sentence);
    mark_cut(diag->text, sizeof(diag->text), needed);
    controls_mask(diag->text); /* offending text is quoted in sentences */
}

int diag_set(struct diag *diag, int code, const char *format, ...) {
    if (!diag)
        return code;
    va_list args;
    va_start(args, format);
    set_text(diag, "", format, args);
    va_end(args);
    diag->code = code;
    return code;
}

static int place(struct origin origin, char *buf, size_t size) {
    if (!origin.file)
        return snprintf(buf, size, "%s", "");
    if (origin.line <= 0)
        return snprintf(buf, size, "%s: ", origin.file);
    if (origin.column <= 0)
        return snprintf(buf, size, "%s:%d: ", origin.file, origin.line);
    return snprintf(buf, size, "%s:%d:%d: ", origin.file, origin.line, origin.column);
}

int diag_at(struct diag *diag, struct origin origin, int code, const char *format, ...) {
    if (!diag)
        return code;
    char prefix[DIAG_TEXT_SIZE / 2] = "";
    mark_cut(prefix, sizeof(prefix), place(origin, prefix, sizeof(prefix)));
    va_list args;
    va_start(args, format);
    set_text(diag, prefix, format, args);
    va_end(args);
    diag->code = code;
    return code;
}

int diag_no_memory(struct diag *diag, const char *format, ...) {
    struct rlimit limit;
    char what[DIAG_TEXT_SIZE / 2];
    va_list args;
    va_start(args, format);
    mark_cut(what, sizeof(what), vsnprintf(what, sizeof(what), format, args));
    va_end(args);
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        return diag_set(diag, -ENOMEM,
            "out of memory for %s; raise the limit on address space (RLIMIT_AS, 'ulimit -v', now "
            "%ju), free some or ask for less",
            what, (uintmax_t)limit.rlim_cur);
    return diag_set(diag, -ENOMEM, "out of memory for %s; free some or ask for less", what);
}

void diag_prefix(struct diag *diag, const char *format, ...) {
    if (!diag)
        return;
    char sentence[DIAG_TEXT_SIZE];
    memcpy(sentence, diag->text, sizeof(sentence));
    va_list args;
    va_start(args, format);
    set_text(diag, "", format, args);
    va_end(args);
    size_t used = strlen(diag->text);
    int rest = snprintf(diag->text + used, sizeof(diag->text) - used, ": %s", sentence);
    mark_cut(diag->text, sizeof(diag->text), rest < 0 ? rest : (int)used + rest);
}
