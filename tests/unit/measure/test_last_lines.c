/* SPDX-License-Identifier: MIT */
#include "last_lines.h"

#include <pconc/command.h>

#include <criterion/criterion.h>
#include <string.h>

static void expect(const char *output, size_t size, const char *lines) {
    struct arena *arena = arena_new();
    cr_expect_str_eq(last_lines(arena, output, size), lines);
    arena_free(arena);
}

Test(last_lines, blank_ends_are_cut_and_controls_are_visible) {
    expect("", 0, "");
    expect(" \n\r\n", 4, "");
    expect("why\n", 4, "why");
    expect("\n  one\ntwo\t\x1b[31m\0x \n", 19, "one\\ntwo\\t\\x1b[31m?x");
}

Test(last_lines, a_long_output_begins_with_a_whole_line) {
    char text[COMMAND_OUTPUT_MAX + 5];
    memset(text, 'x', sizeof(text));
    static const char end[] = {'y', '\n', 'l', 'a', 's', 't', '\n', '\n', '\n'};
    memcpy(text + sizeof(text) - sizeof(end), end, sizeof(end));
    expect(text, sizeof(text), "last");
    memset(text, 'x', sizeof(text));
    struct arena *arena = arena_new();
    cr_expect_eq(strlen(last_lines(arena, text, sizeof(text))), COMMAND_OUTPUT_MAX);
    arena_free(arena);
}
