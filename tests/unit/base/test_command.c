/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <errno.h>
#include <pconc/command.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 5

Test(command, words_and_quotes_are_those_of_a_shell) {
    static const struct {
        const char *text, *words[WORDS_MAX];
    } rows[] = {
        {"true", {"true"}},
        {"  a\tb \n c  ", {"a", "b", "c"}},
        {"'a b' \"c d\"", {"a b", "c d"}},
        {"a'b'\"c\"d", {"abcd"}},
        {"'' \"\" x", {"", "", "x"}},
        {"a\\ b \\'c", {"a b", "'c"}},
        {"'a\\b' \"a\\b\"", {"a\\b", "a\\b"}},
        {"\"a\\\"b\\\\c\\$d\"", {"a\"b\\c$d"}},
        {"'$HOME|&;<>()`*?[#~'", {"$HOME|&;<>()`*?[#~"}},
        {"out{i}.png {i}", {"out{i}.png", "{i}"}},
        {"a#b c~d --x=y !", {"a#b", "c~d", "--x=y", "!"}},
        {"a\\", {"a\\"}},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct diag diag = {0};
        char **words = NULL;
        size_t w = 0;
        cr_assert_eq(
            command_split(rows[i].text, &words, &diag), 0, "%s: %s", rows[i].text, diag.text);
        for (; rows[i].words[w]; w++) {
            cr_assert_not_null(words[w], "%s has too few words", rows[i].text);
            cr_expect_str_eq(words[w], rows[i].words[w], "%s: '%s'", rows[i].text, words[w]);
        }
        cr_expect_null(words[w], "%s has too many words", rows[i].text);
        free(words);
    }
}

Test(command, syntax_that_needs_a_shell_is_refused) {
    static const char *const texts[] = {"a | b", "a|b", "a && b", "a; b", "a < b", "a > b", "(a)",
        "echo $HOME", "echo \"$HOME\"", "echo `a`", "echo \"`a`\"", "ls *", "ls a?", "ls [ab]",
        "ls ~", "a # b", "a &"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct diag diag = {0};
        char **words = NULL;
        cr_expect_eq(command_split(texts[i], &words, &diag), -EINVAL, "%s", texts[i]);
        cr_expect(strstr(diag.text, "is for a shell"), "%s: %s", texts[i], diag.text);
        cr_expect_null(words);
    }
}

Test(command, open_quotes_and_nothing_are_refused) {
    static const struct {
        const char *text, *piece;
    } rows[] = {{"'a", "a ' is not closed"}, {"a \"b", "a \" is not closed"},
        {"\"a\\\"", "not closed"}, {"", "it is empty"}, {" \t\n", "it is empty"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct diag diag = {0};
        char **words = NULL;
        cr_expect_eq(command_split(rows[i].text, &words, &diag), -EINVAL, "%s", rows[i].text);
        cr_expect(strstr(diag.text, rows[i].piece), "%s: %s", rows[i].text, diag.text);
    }
}

Test(command, programs_are_found_as_execvp_finds_them) {
    static const struct {
        const char *program, *path;
        int code;
    } rows[] = {
        {"sh", "/bin:/usr/bin", 0},
        {"sh", "/nowhere:/bin:/usr/bin", 0},
        {"sh", "/nowhere", -ENOENT},
        {"sh", "", -ENOENT},
        {"sh", NULL, 0},
        {"no-such-program-here", "/bin:/usr/bin", -ENOENT},
        {"/bin/sh", "/nowhere", 0},
        {"/bin/sh/no", "/bin", -ENOENT},
        {"/etc/passwd", "/bin", -EACCES},
        {"passwd", "/etc", -EACCES},
        {"/bin", "/bin", -EACCES},
        {"", "/bin", -EACCES},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct diag diag = {0};
        if (rows[i].path)
            setenv("PATH", rows[i].path, 1);
        else
            unsetenv("PATH");
        cr_expect_eq(command_find(rows[i].program, &diag), rows[i].code, "%zu: %s", i, diag.text);
        cr_expect_eq(diag.code, rows[i].code);
    }
}
