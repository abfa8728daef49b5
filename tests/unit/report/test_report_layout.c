/* SPDX-License-Identifier: MIT */
#include "layout.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

Test(report_layout, breaks_a_line_between_words) {
    static const struct {
        const char *text;
        size_t width;
        const char *breaks;
        size_t expected;
    } rows[] = {
        {"", 5, " ", 0},
        {"short", 5, " ", 5},
        {"two words", 9, " ", 9},
        {"two words", 8, " ", 3},
        {"two words", 3, " ", 3},
        {"two words", 2, " ", 2},
        {"unbreakable", 4, " ", 4},
        {"a b, c d", 6, ",", 4},
        {"a b c, d", 5, ",", 3},
        {"chunk=1/spin=2", 10, " ,/", 8},
        {"chunk=1/spin=2", 8, " ,/", 8},
        {"chunk=1/spin=2", 7, " ,/", 7},
        {"xy", 0, " ", 1},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        cr_expect_eq(text_line(rows[i].text, rows[i].width, rows[i].breaks), rows[i].expected,
            "row %zu: %zu", i, text_line(rows[i].text, rows[i].width, rows[i].breaks));
}

Test(report_layout, counts_columns_and_not_bytes) {
    cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8"));
    cr_expect_eq(text_width("gr\xc3\xb6\xc3\x9f"
                            "e"),
        5);
    cr_expect_eq(text_width("\xe6\x97\xa5\xe6\x9c\xac"), 4);
    cr_expect_eq(text_line("\xc3\xb6\xc3\xb6\xc3\xb6", 2, " "), 4);
}

Test(report_layout, masks_unprintable_characters) {
    struct arena *arena = arena_new();

    cr_expect_str_eq(text_clean(arena, "a\nb\tc\177d"), "a b c d");
    cr_expect_str_eq(text_clean(arena,
                         "gr\xc3\xb6\xc3\x9f"
                         "e"),
        "gr????e");
    cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8"));
    cr_expect_str_eq(text_clean(arena,
                         "gr\xc3\xb6\xc3\x9f"
                         "e"),
        "gr\xc3\xb6\xc3\x9f"
        "e");
    cr_expect_str_eq(text_clean(arena, "cut \xc3"), "cut ?");
    arena_free(arena);
}

static char *paragraph(int width, bool color, const char *ink, const char *label) {
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    cr_assert_not_null(out);
    struct report report = {.arena = arena_new()};
    struct printer printer = {out, &report, &(struct report_style){.width = width, .color = color}};
    print_paragraph(&printer, ink, label, "one two three", NULL);
    arena_free(report.arena);
    cr_assert_eq(fclose(out), 0);
    return text;
}

Test(report_layout, prints_paragraphs) {
    static const struct {
        int width;
        bool color;
        const char *ink, *label, *expected;
    } rows[] = {
        {0, false, NULL, NULL, "one two three\n"},
        {10, false, NULL, NULL, "one two\n  three\n"},
        {10, false, INK_BAD, "at", "at: one\n  two\n  three\n"},
        {12, true, INK_BAD, "at", INK_BAD "at:" INK_OFF " one two\n  three\n"},
        {12, true, NULL, "at", "at: one two\n  three\n"},
        {10, true, INK_TITLE, NULL,
            INK_TITLE "one two" INK_OFF "\n  " INK_TITLE "three" INK_OFF "\n"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        char *text = paragraph(rows[i].width, rows[i].color, rows[i].ink, rows[i].label);
        cr_expect_str_eq(text, rows[i].expected, "row %zu: %s", i, text);
        free(text);
    }
}
