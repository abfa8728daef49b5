/* SPDX-License-Identifier: MIT */
/* How the work grows with the cases of a session. The comparisons of ids and names of cases are
 * counted. They may grow a little faster than the cases, as with a sorted list, but not with their
 * square. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compare.h"
#include "fixture_store.h"
#include "store.h"

#define FEW 200
#define MANY (2 * FEW)
#define SIDE 2          /* sessions of each side */
#define ID_HEAD "many/" /* also the name of all cases */

static size_t comparisons;

/* All code of pconc calls this in place of strcmp (see CMakeLists.txt). */
int __wrap_strcmp(const char *a, const char *b);
int __real_strcmp(const char *a, const char *b);
int __wrap_strcmp(const char *a, const char *b) {
    comparisons += strncmp(a, ID_HEAD, strlen(ID_HEAD)) == 0;
    return __real_strcmp(a, b);
}

/* A session of `count` cases in one section, whose first id is not the first in the alphabet. */
static struct fixture *session_of(size_t count) {
    struct fixture *fixture = fixture_new(6);
    struct bench_case *cases = arena_array(fixture->arena, struct bench_case, count);
    struct case_result *results = arena_array(fixture->arena, struct case_result, count);

    for (size_t i = 0; i < count; i++) {
        cases[i] = fixture->cases[GCD_THREADS];
        cases[i].id = arena_printf(fixture->arena, ID_HEAD "threads/%zu", (i + 7) % count);
        cases[i].name = ID_HEAD;
        cases[i].section = 0;
        results[i] = fixture->results[GCD_THREADS];
    }
    fixture->plan.cases = cases;
    fixture->plan.case_count = count;
    fixture->plan.section_count = 1;
    plan_index(&fixture->plan);
    fixture->sections[0] = (struct section){"gcd", 0, count, -1, -1};
    fixture->session.results = results;
    return fixture;
}

/* Saves the session and loads it again. */
static void load(struct fixture *const *fixtures) {
    char path[] = STORE_PATH;
    struct stored *stored;
    struct diag diag = {0};

    store_path_make(path);
    save_document(saved_document(fixtures[0]), path);
    comparisons = 0;
    cr_assert_eq(store_load(path, &stored, &diag), 0, "%s", diag.text);
    store_free(stored);
    (void)unlink(path);
}

static void judge(struct fixture *const *fixtures, struct gate_verdict **ret_verdict) {
    static const char *const names[] = {"a1", "a2", "b1", "b2"};
    struct arena *arena = fixtures[0]->arena;
    const struct session **sessions = arena_array(arena, const struct session *, 2 * SIDE);
    struct compared *compared = arena_array(arena, struct compared, 1);
    const struct gate_settings settings = {.alpha = COMPARE_ALPHA, .equal_alpha = NAN};
    struct diag diag = {0};

    for (size_t i = 0; i < 2 * SIDE; i++)
        sessions[i] = &fixtures[i]->session;
    *compared = (struct compared){
        .sessions = sessions, .names = names, .count = 2 * SIDE, .base_count = SIDE, .drift = 0.1};
    compared->threshold = NAN;
    cr_expect_null(compare_mismatches(sessions, names, 2 * SIDE, arena));
    cr_assert_eq(
        compare_sessions(compared, &settings, arena, ret_verdict, &diag), 0, "%s", diag.text);
    cr_expect_eq((*ret_verdict)->pair_count, fixtures[0]->plan.case_count);
}

static void compare(struct fixture *const *fixtures) {
    struct gate_verdict *verdict;

    judge(fixtures, &verdict);
}

static void write_csv(struct fixture *const *fixtures) {
    struct gate_verdict *verdict;

    judge(fixtures, &verdict);
    fixtures[SIDE]->gate = verdict;
    comparisons = 0;
    free(fixture_emit(fixtures[SIDE], "csv", &(struct report_style){0}));
}

static void print_table(struct fixture *const *fixtures) {
    free(fixture_emit(fixtures[0], "table", &(struct report_style){0}));
}

/* The comparisons while `step` works on sessions of `count` cases each. */
static size_t count_ids(void (*step)(struct fixture *const *fixtures), size_t count) {
    struct fixture *fixtures[2 * SIDE];
    size_t compared;

    for (size_t i = 0; i < 2 * SIDE; i++)
        fixtures[i] = session_of(count);
    comparisons = 0;
    step(fixtures);
    compared = comparisons;
    for (size_t i = 0; i < 2 * SIDE; i++)
        fixture_free(fixtures[i]);
    return compared;
}

/* Twice the cases take four times as much if each is looked for among all. */
static void check_growth(void (*step)(struct fixture *const *fixtures)) {
    size_t few = count_ids(step, FEW), many = count_ids(step, MANY);

    cr_expect_gt(few, 0);
    cr_expect_lt(many, 3 * few, "%zu comparisons for %d cases, %zu for %d", few, FEW, many, MANY);
}

Test(many_cases, are_loaded_without_comparing_each_with_all) {
    check_growth(load);
}

Test(many_cases, are_paired_without_comparing_each_with_all) {
    check_growth(compare);
}

Test(many_cases, find_their_rows_without_comparing_each_with_all) {
    check_growth(write_csv);
}

Test(many_cases, are_printed_without_comparing_each_with_all) {
    check_growth(print_table);
}
