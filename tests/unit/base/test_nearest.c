/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "nearest.h"

static const char *const names[] = {
    "serial", "threads", "processes", "coroutines", "sleep", "gcd", "noop", "duration"};

#define COUNT (sizeof(names) / sizeof(names[0]))

Test(nearest, finds_the_intended_name) {
    static const struct {
        const char *word, *name;
    } cases[] = {
        {"threads", "threads"},
        {"thread", "threads"},   /* a letter left out */
        {"tthreads", "threads"}, /* one too many */
        {"thraeds", "threads"},  /* two swapped */
        {"thrends", "threads"},  /* one wrong */
        {"THREADS", "threads"},
        {"Serail", "serial"},
        {"corutine", "coroutines"}, /* two of eight */
        {"gdc", "gcd"},
        {"proc", "processes"}, /* a prefix */
        {"PROC", "processes"},
        {"co", "coroutines"},
        {"dur", "duration"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *name = nearest_name(cases[i].word, names, COUNT);
        cr_assert_not_null(name, "'%s'", cases[i].word);
        cr_expect_str_eq(name, cases[i].name, "'%s' gave '%s'", cases[i].word, name);
    }
}

Test(nearest, names_nothing_that_is_too_far) {
    static const char *const words[] = {"", "g", "x", "xy", "gpu", "banana", "fibers", "sleeping!"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        const char *name = nearest_name(words[i], names, COUNT);
        cr_expect_null(name, "'%s' gave '%s'", words[i], name);
    }
}

Test(nearest, prefers_the_smaller_distance) {
    static const char *const close[] = {"abcdeX", "abcdef", "abcdXX"};
    cr_expect_str_eq(nearest_name("abcdef", close, 3), "abcdef");
}

Test(nearest, prefers_the_shorter_of_two_completions) {
    static const char *const both[] = {"durations_of_sleep", "durations"};
    cr_expect_str_eq(nearest_name("dura", both, 2), "durations");
}

Test(nearest, takes_words_and_names_of_any_length) {
    static char endless[100000];
    memset(endless, 'a', sizeof(endless) - 1);
    const char *const long_names[] = {endless, "aaa"};
    cr_expect_null(nearest_name(endless, names, COUNT));
    cr_expect_str_eq(nearest_name("aaaa", long_names, 2), "aaa");
    cr_expect_null(nearest_name("threads", names, 0));
}
