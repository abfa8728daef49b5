/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "controls.h"

static const struct {
    const char *text, *masked, *escaped;
} rows[] = {
    {"", "", ""},
    {"gr\xC3\xBC\xC3\x9F \\n", "gr\xC3\xBC\xC3\x9F \\n", "gr\xC3\xBC\xC3\x9F \\n"},
    {"a\nb\tc", "a?b?c", "a\\nb\\tc"},
    {"\x1B[31m\x7F", "?[31m?", "\\x1b[31m\\x7f"},
    {"\xC2\x9B"
     "31m\xC2",
        "??31m\xC2", "\\xc2\\x9b31m\xC2"},
};

Test(controls, are_found_masked_and_escaped) {
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char *masked = arena_strdup(arena, rows[i].text);
        controls_mask(masked);
        cr_expect_str_eq(masked, rows[i].masked);
        cr_expect_str_eq(controls_escaped(arena, rows[i].text), rows[i].escaped);
        cr_expect_eq(controls_in(rows[i].text), strcmp(rows[i].text, rows[i].masked) != 0);
    }
    arena_free(arena);
}
