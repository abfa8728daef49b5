/* SPDX-License-Identifier: MIT */
#include "last_lines.h"

#include <pconc/command.h>

#include <stdbool.h>
#include <string.h>

#include "controls.h"

#define BLANKS " \t\r\n"

/* Where the first whole line begins in what is left of an output that was cut. */
static size_t first_line(const char *text, size_t size) {
    const char *newline = memchr(text, '\n', size);
    return newline ? (size_t)(newline - text) + 1 : 0;
}

const char *last_lines(struct arena *arena, const char *output, size_t size) {
    if (size > COMMAND_OUTPUT_MAX) {
        output += size - COMMAND_OUTPUT_MAX;
        size = COMMAND_OUTPUT_MAX;
    }
    bool cut = size == COMMAND_OUTPUT_MAX;
    char *text = arena_alloc(arena, size + 1); /* of zeroes */
    for (size_t i = 0; i < size; i++)
        text[i] = output[i] ? output[i] : '?';
    while (size > 0 && strchr(BLANKS, text[size - 1]))
        text[--size] = '\0';
    const char *from = text + (cut ? first_line(text, size) : 0);
    return controls_escaped(arena, from + strspn(from, BLANKS));
}
