/* SPDX-License-Identifier: MIT */
/* Every number of a saved result that is read has a range. */
#include "store.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checks.h"
#include "fixture_store.h"
#include "json.h"

static struct fixture *fixture;
static char path[] = STORE_PATH;
static size_t refused;

static void setup(void) {
    fixture = fixture_new(6);
    store_path_make(path);
}

static void teardown(void) {
    (void)unlink(path);
    fixture_free(fixture);
}

TestSuite(store_ranges, .init = setup, .fini = teardown);

static bool is_one_of(const char *key, const char *const *keys) {
    while (*keys && strcmp(*keys, key) != 0)
        keys++;
    return *keys != NULL;
}

/* Not read, but computed again. */
static const char *const computed[] = {"summary", "sections", "control", "interval", "value",
    "rows", "rounds_planned", "noise_floor", "detectable", "schema", NULL};

/* Texts and numbers that nothing is added to may be as large as their type. */
static const char *const unlimited[] = {
    "seed", "timeout_ns", "slow_ns", "limit", "params", "pool", NULL};

/* Saves the document with `number` in place of the member that is called `name` in messages. */
static void expect_refused(
    json_t *root, json_t *parent, const char *key, const char *name, json_t *number) {
    json_t *old = json_incref(json_object_get(parent, key));
    char *text = json_dumps(number, JSON_ENCODE_ANY);
    struct stored *stored = NULL;
    struct diag diag = {0};

    (void)json_object_set_new(parent, key, number);
    save_document(json_incref(root), path);
    cr_expect_lt(store_load(path, &stored, &diag), 0, "%s := %s is taken", name, text);
    cr_expect_not_null(strstr(diag.text, name), "%s := %s: %s", name, text, diag.text);
    store_free(stored);
    (void)json_object_set_new(parent, key, old);
    free(text);
    refused++;
}

/* Replaces each number at or below `at`, of arrays in the first item. `name`: of `at` in messages.
 */
static void walk(json_t *root, json_t *at, const char *name, bool is_unlimited) {
    const char *key;
    json_t *value;
    void *next;

    json_object_foreach_safe(at, next, key, value) {
        char *below = NULL;
        bool wide = is_unlimited || is_one_of(key, unlimited);

        if (is_one_of(key, computed))
            continue;
        cr_assert_gt(asprintf(&below, "%s%s%s", name, name[0] ? "." : "", key), 0);
        if (json_is_integer(value)) {
            expect_refused(root, at, key, below, json_integer(INT64_MIN));
            if (!wide)
                expect_refused(root, at, key, below, json_integer(INT64_MAX));
        } else if (json_is_real(value)) {
            expect_refused(root, at, key, below, json_real(-1e300));
            expect_refused(root, at, key, below, json_real(1e300));
        } else if (json_is_array(value)) {
            char *item = NULL;

            cr_assert_gt(asprintf(&item, "%s[0]", below), 0);
            walk(root, json_array_get(value, 0), item, wide);
            free(item);
        } else {
            walk(root, value, below, wide);
        }
        free(below);
    }
}

Test(store_ranges, bound_each_number_of_a_session) {
    struct check check = {.text = "fast",
        .kind = CHECK_IS_WITHIN,
        .what = CHECK_TIME,
        .index = GCD_THREADS,
        .limit = 1.5};
    struct sample *sample = &fixture->results[GCD_SERIAL].samples[0];
    json_t *root;

    fixture->plan.checks = &check;
    fixture->plan.check_count = 1;
    fixture->plan.slow_ns = 1;
    fixture->session.interrupted_by = 2;
    fixture->session.interference.others_share = 0.5;
    sample->warmup_runs = 2;
    sample->run_sd_ns = 1.5;
    sample->loop_busy_ns = 1;
    sample->latency = (struct latency){.jobs = 1, .waiting_ns = 1, .lost = 1};
    sample->timed = (struct timed){.elapsed_ns = 1};
    root = saved_document(fixture);
    walk(root, root, "", false);
    cr_expect_gt(refused, 100);
    json_decref(root);
}

Test(store_ranges, bound_each_number_of_a_comparison) {
    json_t *root = json_load_file(TESTS_DATA_DIR "/results/ab-median.json", 0, NULL);

    cr_assert_not_null(root);
    walk(root, json_object_get(root, "comparison"), "comparison", false);
    cr_expect_geq(refused, 8);
    json_decref(root);
}

/* The largest counters that are read add up without an overflow. */
Test(store_ranges, largest_counters_are_summed) {
    struct stored *stored = NULL;
    struct diag diag = {0};

    for (size_t i = 0; i < fixture->results[GCD_THREADS].sample_count; i++) {
        struct sample *sample = &fixture->results[GCD_THREADS].samples[i];
        int64_t most = FIGURE_MAX;

        sample->voluntary_switches = sample->user_ns = sample->system_ns = most;
        sample->startup_ns = sample->shutdown_ns = sample->elapsed_ns = most;
        sample->max_rss_bytes = sample->errors = sample->loop_busy_ns = most;
        sample->latency = (struct latency){.jobs = most, .max_ns = most, .lost = most};
        sample->timed = (struct timed){.elapsed_ns = most, .steal_ns = most, .busy_ns = most};
    }
    save_document(saved_document(fixture), path);
    cr_assert_eq(store_load(path, &stored, &diag), 0, "%s", diag.text);
    cr_expect_eq(stored->summary->cases[GCD_THREADS].switches, (double)FIGURE_MAX);
    cr_expect_eq(stored->summary->cases[GCD_THREADS].cpu_share, 2);
    store_free(stored);
}
