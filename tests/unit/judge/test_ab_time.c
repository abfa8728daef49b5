/* SPDX-License-Identifier: MIT */
#include "ab_time.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "rounds.h"

#define SECOND INT64_C(1000000000)

static const char *sentence; /* of the last say() */
static size_t samples;

/* A row whose samples of A and B take a second and two: with the control a round takes 16 s. */
static const char *say(int64_t max_time_ns, int64_t used_ns, int64_t jobs, int rounds) {
    static int64_t wall_ns[3] = {SECOND, 2 * SECOND, 0};
    static struct section section = {.first = 0, .count = 3};
    struct bench_case cases[3] = {{.jobs = jobs}, {.jobs = jobs}, {.jobs = jobs}};
    struct plan plan = {.cases = cases, .case_count = 3, .sections = &section, .section_count = 1};
    struct session session = {.plan = &plan, .wall_ns = wall_ns};
    struct ab_time time = ab_time_start(max_time_ns);
    static struct arena *arena;

    arena = arena ? arena : arena_new();
    samples = ab_time_samples(&time, &session, rounds, time.start_ns + used_ns);
    sentence =
        ab_time_too_short(&time, &session, SIDE_SAMPLES, rounds, time.start_ns + used_ns, arena);
    return sentence;
}

static void expect(const char *part) {
    cr_expect(sentence && strstr(sentence, part), "no '%s' in: %s", part, sentence);
}

Test(ab_time, says_nothing_if_the_rounds_fit) {
    cr_expect_null(say(0, SECOND, 16, 17), "no limit");
    cr_expect_null(say(300 * SECOND, SECOND, 16, 17), "%s", sentence);
}

Test(ab_time, names_what_would_fit) {
    cr_assert_not_null(say(11 * SECOND, 5 * SECOND, 16, 17));
    expect("a round takes about 16.00 s, and 5.45 s are left, so not one round fits; a verdict "
           "needs at least 17 rounds: allow --max-time=");
    cr_expect_null(strstr(sentence, "--jobs"), "one job is too much: %s", sentence);
    cr_assert_not_null(say(101 * SECOND, 5 * SECOND, 160, 17));
    expect("so only 5 fit;");
    expect(", or give a sample fewer jobs (--jobs=55)");
}

/* The time that it names is enough for it to be silent. */
Test(ab_time, is_satisfied_by_the_time_that_it_names) {
    cr_assert_not_null(say(11 * SECOND, 5 * SECOND, 16, 17));
    const char *at = strstr(sentence, "--max-time=");
    cr_assert_not_null(at);
    int64_t named = strtoll(at + strlen("--max-time="), NULL, 10);
    cr_expect_null(say(named * SECOND, 5 * SECOND, 16, 17), "%s", sentence);
}

/* Half a margin after the last round's end, and before the limit. */
Test(ab_time, ends_a_sample_before_the_limit) {
    struct ab_time time = ab_time_start(25 * SECOND);

    cr_expect_eq(time.deadline_ns - time.start_ns, 24 * SECOND);
    cr_expect_gt(time.end_ns, time.deadline_ns);
    cr_expect_lt(time.end_ns, time.start_ns + 25 * SECOND);
    cr_expect_eq(ab_time_start(0).end_ns, 0);
}

/* So that the rounds fit one and a half times. */
Test(ab_time, gives_a_round_fewer_samples_if_time_is_short) {
    static const struct {
        int64_t seconds;
        size_t samples;
    } rows[] = {{0, 4}, {500, 4}, {300, 2}, {150, 1}, {20, 1}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        (void)say(rows[i].seconds * SECOND, SECOND, 16, 17);
        cr_expect_eq(samples, rows[i].samples, "%zu in %d s", samples, (int)rows[i].seconds);
    }
}
