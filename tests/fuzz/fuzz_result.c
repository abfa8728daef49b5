/* SPDX-License-Identifier: MIT */
/* A saved result -> session -> summary, verdicts, every report, and the comparison with itself. */
#include "fuzz.h"

#include "compare.h"
#include "report.h"
#include "store.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SIZE_MOST 200000 /* bytes; a larger input only takes longer */

/* In one format, because all take long. */
static void print(const struct stored *stored, size_t number) {
    static const struct report_style style = {.width = 100, .color = true, .plot = PLOT_ALWAYS};
    struct diag diag = {.code = 0};
    size_t count = 0, size;
    char *text = NULL;
    FILE *out = open_memstream(&text, &size);

    while (report_formats[count])
        count++;
    FUZZ_HOLDS(out && count > 0);
    FUZZ_HOLDS(report_print(out, report_formats[number % count], stored->session, stored->summary,
                   &style, &diag)
        == 0);
    FUZZ_HOLDS(fclose(out) == 0);
    free(text);
}

static void verify(struct stored *stored) {
    struct store_verification verification;
    struct diag diag = {.code = 0};

    FUZZ_HOLDS(store_verify(stored, &verification, &diag) == 0);
}

static void compare(const struct stored *stored) {
    const struct session *const both[] = {stored->session, stored->session};
    const char *const names[] = {"base", "new"};
    const struct compared compared = {.sessions = both,
        .names = names,
        .count = 2,
        .base_count = 1,
        .threshold = NAN,
        .drift = 0.1};
    const struct gate_settings settings = {.alpha = COMPARE_ALPHA, .equal_alpha = NAN};
    struct arena *arena = arena_new();
    struct gate_verdict *verdict;
    struct diag diag = {.code = 0};

    (void)compare_mismatches(both, names, 2, arena);
    FUZZ_HOLDS(compare_sessions(&compared, &settings, arena, &verdict, &diag) == 0
        || diag.code == -EINVAL);
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct stored *stored = NULL;
    struct diag diag = {.code = 0};

    if (size > SIZE_MOST)
        return 0;
    if (store_load_text("result.json", (const char *)data, size, &stored, &diag) < 0) {
        FUZZ_HOLDS(diag.text[0] != '\0');
        return 0;
    }
    print(stored, size);
    verify(stored);
    compare(stored);
    store_free(stored);
    return 0;
}

static const char *const values[] = {"null", "true", "[]", "{}", "\"\"", "\"gcd/threads/2\"", "-1",
    "0", "1", "2", "9007199254740992", "9007199254740993", "9223372036854775807",
    "-9223372036854775808", "2147483648", "0.5", "-0.5", "1e300", "1e-300", "-1e300", "1e18",
    "\"\\u001b[31m\\n\"", "\"=cmd|<script>&%0A::error\""};
#define VALUES (sizeof(values) / sizeof(values[0]))

/* Changes a value at or below `at`: the deeper, the less likely. */
static void change(json_t *at, unsigned *seed) {
    json_t *child = NULL, *fresh = json_loads(values[rand_r(seed) % VALUES], JSON_DECODE_ANY, NULL);
    size_t size = json_is_array(at) ? json_array_size(at) : json_object_size(at);
    size_t index = size > 0 ? (size_t)rand_r(seed) % size : 0;
    void *member = json_object_iter(at);

    for (size_t i = 0; json_is_object(at) && i < index; i++)
        member = json_object_iter_next(at, member);
    child = json_is_array(at) ? json_array_get(at, index) : json_object_iter_value(member);
    if (child && (json_is_array(child) || json_is_object(child)) && rand_r(seed) % 32 != 0) {
        json_decref(fresh);
        change(child, seed);
    } else if (json_is_array(at) && size > 0 && rand_r(seed) % 8 == 0) {
        json_decref(fresh);
        (void)json_array_append(at, child); /* twice, or not at all */
        (void)json_array_remove(at, index);
    } else if (json_is_array(at) && size > 0) {
        (void)json_array_set_new(at, index, fresh);
    } else if (json_is_object(at) && size > 0 && rand_r(seed) % 16 != 0) {
        (void)json_object_iter_set_new(at, member, fresh);
    } else {
        json_decref(fresh);
        if (json_is_object(at) && size > 0)
            (void)json_object_del(at, json_object_iter_key(member));
    }
}

/* Mostly another value in JSON that stays JSON, so that the values get behind its syntax. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
    json_t *root = seed % 8 == 0 ? NULL : json_loadb((const char *)data, size, 0, NULL);
    size_t made;

    if (!root || (!json_is_object(root) && !json_is_array(root))) {
        json_decref(root);
        return LLVMFuzzerMutate(data, size, max_size);
    }
    for (unsigned i = 0; i <= seed % 3; i++)
        change(root, &seed);
    made = json_dumpb(root, (char *)data, max_size, JSON_COMPACT);
    json_decref(root);
    return made <= max_size ? made : size;
}
