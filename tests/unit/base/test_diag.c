/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <errno.h>
#include <pconc/diag.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

static const char *ending(const char *text, size_t length) {
    return text + strlen(text) - length;
}

Test(diag, set_keeps_the_sentence_and_returns_the_code) {
    struct diag diag = {0};
    cr_expect_eq(diag_set(&diag, -EINVAL, "'%s' is wrong; write %d", "x", 7), -EINVAL);
    cr_expect_eq(diag.code, -EINVAL);
    cr_expect_str_eq(diag.text, "'x' is wrong; write 7");
}

Test(diag, may_be_absent) {
    cr_expect_eq(diag_set(NULL, -EIO, "nobody asks"), -EIO);
    cr_expect_eq(diag_at(NULL, (struct origin){.file = "f"}, -EIO, "nobody asks"), -EIO);
    diag_prefix(NULL, "nobody asks");
}

Test(diag, a_text_that_just_fits_is_kept_and_a_longer_one_ends_in_dots) {
    char text[DIAG_TEXT_SIZE + 1];
    memset(text, 'x', sizeof(text));
    text[DIAG_TEXT_SIZE - 1] = '\0';
    struct diag diag = {0};
    diag_set(&diag, -EINVAL, "%s", text);
    cr_expect_str_eq(diag.text, text);

    text[DIAG_TEXT_SIZE - 1] = 'x';
    text[DIAG_TEXT_SIZE] = '\0';
    diag_set(&diag, -EINVAL, "%s", text);
    cr_expect_eq(strlen(diag.text), DIAG_TEXT_SIZE - 1);
    cr_expect_str_eq(ending(diag.text, 4), "x...");
}

Test(diag, a_cut_never_splits_a_character) {
    char text[2 * DIAG_TEXT_SIZE];
    for (size_t shift = 0; shift < 3; shift++) {
        memset(text, 'x', shift);
        for (size_t i = shift; i + 3 < sizeof(text); i += 3)
            memcpy(text + i, "\u20AC", sizeof("\u20AC"));
        struct diag diag = {0};
        diag_set(&diag, -EINVAL, "%s", text);
        cr_expect_str_eq(ending(diag.text, 6), "\u20AC...", "shifted by %zu", shift);
    }
}

Test(diag, control_characters_in_offending_text_are_masked) {
    struct diag diag = {0};
    diag_set(&diag, -EINVAL, "'%s' is unknown", "a\nb\x1B[31m\x7F\u00E9");
    cr_expect_str_eq(diag.text, "'a?b?[31m?\u00E9' is unknown");
}

Test(diag, at_names_the_known_part_of_the_place) {
    static const struct {
        struct origin origin;
        const char *text;
    } cases[] = {
        {{NULL, 0, 0}, "wrong"},
        {{"--jobs", 0, 0}, "--jobs: wrong"},
        {{"a.yaml", 3, 0}, "a.yaml:3: wrong"},
        {{"a.yaml", 3, 14}, "a.yaml:3:14: wrong"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct diag diag = {0};
        cr_expect_eq(diag_at(&diag, cases[i].origin, -ENOENT, "wrong"), -ENOENT);
        cr_expect_eq(diag.code, -ENOENT);
        cr_expect_str_eq(diag.text, cases[i].text);
    }
}

Test(diag, an_endless_path_leaves_room_for_the_sentence) {
    char path[4096];
    memset(path, 'p', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    struct diag diag = {0};
    diag_at(&diag, (struct origin){.file = path, .line = 1, .column = 1}, -EINVAL, "wrong");
    cr_expect_str_eq(ending(diag.text, 9), "p...wrong");
}

Test(diag, lack_of_memory_names_the_limit) {
    struct rlimit limit;
    struct diag diag = {0};
    cr_assert_eq(getrlimit(RLIMIT_AS, &limit), 0);
    if (limit.rlim_cur == RLIM_INFINITY) {
        cr_expect_eq(diag_no_memory(&diag, "%d jobs", 7), -ENOMEM);
        cr_expect_str_eq(diag.text, "out of memory for 7 jobs; free some or ask for less");
    }
    limit.rlim_cur = INT64_C(1) << 46; /* sanitizers reserve a lot */
    cr_assert_eq(setrlimit(RLIMIT_AS, &limit), 0);
    cr_expect_eq(diag_no_memory(&diag, "%d jobs", 7), -ENOMEM);
    cr_expect_not_null(
        strstr(diag.text, "RLIMIT_AS, 'ulimit -v', now 70368744177664"), "%s", diag.text);
}

Test(diag, prefix_goes_before_the_text_and_keeps_the_code) {
    struct diag diag = {0};
    diag_set(&diag, -EPIPE, "it broke");
    diag_prefix(&diag, "case '%s'", "gcd/threads/2");
    cr_expect_str_eq(diag.text, "case 'gcd/threads/2': it broke");
    cr_expect_eq(diag.code, -EPIPE);
}

Test(diag, prefix_cuts_what_no_longer_fits) {
    char text[DIAG_TEXT_SIZE];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    struct diag diag = {0};
    diag_set(&diag, -EINVAL, "%.*s", (int)sizeof(text) - 5, text);
    diag_prefix(&diag, "first");
    cr_expect_eq(strncmp(diag.text, "first: xxx", 10), 0);
    cr_expect_eq(strlen(diag.text), DIAG_TEXT_SIZE - 1);
    cr_expect_str_eq(ending(diag.text, 4), "x...");

    diag_prefix(&diag, "%s", text);
    cr_expect_str_eq(ending(diag.text, 4), "x...");
}

Test(diag, a_sentence_may_quote_the_one_it_replaces) {
    struct diag diag = {0};
    diag_set(&diag, -EINVAL, "inner");
    diag_set(&diag, -EIO, "outer (%s)", diag.text);
    cr_expect_str_eq(diag.text, "outer (inner)");
}
