/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fixture_store.h"
#include "store.h"

static struct fixture *fixture;
static char path[] = STORE_PATH;

static void setup(void) {
    fixture = fixture_new(10);
    store_path_make(path);
}

static void teardown(void) {
    (void)unlink(path);
    fixture_free(fixture);
}

TestSuite(store_verify, .init = setup, .fini = teardown);

static struct store_verification check_document(json_t *root, struct stored **ret_stored) {
    struct store_verification check = {0};
    struct diag diag = {0};

    save_document(root, path);
    cr_assert_eq(store_load(path, ret_stored, &diag), 0, "%s", diag.text);
    cr_assert_eq(store_verify(*ret_stored, &check, &diag), 0, "%s", diag.text);
    return check;
}

/* As this build would have written it on this machine. */
static void make_own(void) {
    environment_read(&fixture->session.environment);
}

Test(store_verify, finds_that_an_untouched_file_follows_from_its_samples) {
    struct stored *stored;

    make_own();
    struct store_verification check = check_document(saved_document(fixture), &stored);
    cr_expect_eq(check.differing, 0);
    cr_expect(check.exact, "%s", check.other);
    cr_expect_gt(check.compared, 10 * FIXTURE_CASES);
    store_free(stored);
}

Test(store_verify, finds_each_figure_that_does_not_follow) {
    static const struct spoil spoils[] = {
        {"cases/1/summary/time_ns", "5.5", "cases[1].summary.time_ns"},
        {"cases/1/summary/time_ns", NULL, "cases[1].summary.time_ns"},
        {"cases/1/summary/time_interval_ns/1", "1.0", "cases[1].summary.time_interval_ns[1]"},
        {"cases/1/summary/time_interval_ns", "null", "cases[1].summary.time_interval_ns"},
        {"cases/1/summary/valid", "3", "cases[1].summary.valid"},
        {"cases/1/summary/mood", "3", "cases[1].summary.mood"},
        {"cases/1/summary/speedup/interval/0", "1.5", "cases[1].summary.speedup.interval[0]"},
        {"cases/4/samples/0/run_ns", "1.0", "cases[4].summary."},
        {"sections/0/fastest", "\"gcd/serial/1\"", "sections[0].fastest"},
        {"sections/0/tied", "[\"gcd/serial/1\"]", "sections[0].tied"},
        {"sections/0/control/ratio/value", "1.0", "sections[0].control.ratio.value"},
        {"warnings/0", "\"all is well\"", "warnings[0]"},
        {"cases/1/summary/latency/p99_ns", "5.5", "cases[1].summary.latency.p99_ns"},
        {"cases/1/summary/latency", NULL, "cases[1].summary.latency"},
    };

    make_own();
    fixture_time_jobs(fixture);
    for (size_t i = 0; i < sizeof(spoils) / sizeof(spoils[0]); i++) {
        struct stored *stored;
        json_t *root = saved_document(fixture);
        spoil(root, spoils[i].at, spoils[i].value);
        struct store_verification check = check_document(root, &stored);
        cr_expect_geq(check.differing, 1, "%s", spoils[i].at);
        if (check.differing > 0)
            cr_expect_eq(strncmp(check.differences[0].path, spoils[i].said, strlen(spoils[i].said)),
                0, "%s instead of %s", check.differences[0].path, spoils[i].said);
        store_free(stored);
    }
}

static double median_time(const json_t *root) {
    const json_t *one = json_array_get(json_object_get(root, "cases"), 1);

    return json_real_value(json_object_get(json_object_get(one, "summary"), "time_ns"));
}

/* Another compiler may change the last bit, and no more. */
Test(store_verify, forgives_other_builds_their_last_bits) {
    static const struct {
        const char *compiler; /* NULL: ours */
        double off;
        size_t differing;
    } cases[] = {{NULL, 4e-16, 1}, {"tcc 1", 4e-16, 0}, {"tcc 1", 1e-11, 1}};

    make_own();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct stored *stored;
        char value[64];
        json_t *root = saved_document(fixture);
        (void)snprintf(value, sizeof(value), "%.17g", median_time(root) * (1 + cases[i].off));
        spoil(root, "cases/1/summary/time_ns", value);
        if (cases[i].compiler)
            spoil(root, "environment/compiler", "\"tcc 1\"");
        struct store_verification check = check_document(root, &stored);
        cr_expect_eq(check.exact, !cases[i].compiler);
        cr_expect_eq(check.differing, cases[i].differing, "%zu", i);
        store_free(stored);
    }
}
