/* SPDX-License-Identifier: MIT */
#include <jansson.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json_session.h"
#include "store.h"
#include "verdict.h"

/* The document is written again from its samples, and both are compared. Only members of `found`,
 * the new one, that are computed are compared; the others are what they are computed from. */

struct walk {
    struct arena *arena;
    struct store_verification *result;
};

static const char *value_text(const struct walk *walk, const json_t *value) {
    char *dumped = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    const char *text = !value ? "missing" : arena_strdup(walk->arena, dumped ? dumped : "?");
    free(dumped);
    return text;
}

static void differ(
    const struct walk *walk, const char *path, const json_t *said, const json_t *found) {
    struct store_verification *result = walk->result;
    if (result->differing++ < STORE_DIFFERENCES_MAX)
        result->differences[result->differing - 1] = (struct store_difference){
            .path = path, .said = value_text(walk, said), .found = value_text(walk, found)};
}

static bool near(double said, double found) {
    return fabs(said - found) <= STORE_TOLERANCE * fmax(fabs(said), fabs(found));
}

/* Whole numbers and reals are both numbers: another program may have written 4.0 as 4. */
static bool same_leaf(const struct walk *walk, const json_t *said, const json_t *found) {
    if (!json_is_number(said) || !json_is_number(found)
        || (json_is_integer(said) && json_is_integer(found)))
        return json_equal(said, found);
    double a = json_number_value(said), b = json_number_value(found);
    return walk->result->exact ? a == b : near(a, b);
}

static void compare(const struct walk *walk, const char *path, json_t *said, json_t *found);

static void compare_objects(
    const struct walk *walk, const char *path, json_t *said, json_t *found) {
    const char *key;
    json_t *value;
    json_object_foreach(found, key, value) {
        compare(
            walk, arena_printf(walk->arena, "%s.%s", path, key), json_object_get(said, key), value);
    }
    json_object_foreach(said, key, value) {
        if (!json_object_get(found, key))
            differ(walk, arena_printf(walk->arena, "%s.%s", path, key), value, NULL);
    }
}

static void compare(const struct walk *walk, const char *path, json_t *said, json_t *found) {
    size_t count = json_array_size(found);
    if (json_is_object(said) && json_is_object(found)) {
        compare_objects(walk, path, said, found);
    } else if (json_is_array(said) && json_is_array(found) && json_array_size(said) == count) {
        for (size_t i = 0; i < count; i++)
            compare(walk, arena_printf(walk->arena, "%s[%zu]", path, i), json_array_get(said, i),
                json_array_get(found, i));
    } else {
        walk->result->compared++;
        if (!said || !same_leaf(walk, said, found))
            differ(walk, path, said, found);
    }
}

static void compare_documents(
    const struct walk *walk, const char *path, json_t *said, json_t *found);

/* The sessions that were compared are documents themselves. */
static void compare_sides(const struct walk *walk, const char *path, json_t *said, json_t *found) {
    json_t *value;
    size_t i;
    json_array_foreach(found, i, value) {
        json_t *result = json_object_get(value, "result");
        if (json_is_object(result))
            compare_documents(walk, arena_printf(walk->arena, "%s[%zu].result.", path, i),
                json_object_get(json_array_get(said, i), "result"), result);
    }
}

static void compare_comparison(
    const struct walk *walk, const char *path, json_t *said, json_t *found) {
    const char *key;
    json_t *value;
    json_object_foreach(found, key, value) {
        const char *at = arena_printf(walk->arena, "%s.%s", path, key);
        json_t *other = json_object_get(said, key);
        if (strcmp(key, "compared") != 0) {
            compare(walk, at, other, value);
            continue;
        }
        compare_sides(walk, arena_printf(walk->arena, "%s.base", at),
            json_object_get(other, "base"), json_object_get(value, "base"));
        compare_sides(walk, arena_printf(walk->arena, "%s.new", at), json_object_get(other, "new"),
            json_object_get(value, "new"));
    }
}

static void compare_summaries(
    const struct walk *walk, const char *path, json_t *said, json_t *found) {
    json_t *value;
    size_t i;
    json_array_foreach(found, i, value) {
        compare(walk, arena_printf(walk->arena, "%s[%zu].summary", path, i),
            json_object_get(json_array_get(said, i), "summary"), json_object_get(value, "summary"));
    }
}

/* `path` ends in a point, or is empty. Warnings are in the words of a version. */
static void compare_documents(
    const struct walk *walk, const char *path, json_t *said, json_t *found) {
    static const struct {
        const char *key;
        void (*compare)(const struct walk *walk, const char *path, json_t *said, json_t *found);
    } computed[] = {{"warnings", compare}, {"sections", compare}, {"checks", compare},
        {"comparison", compare_comparison}, {"cases", compare_summaries}};
    for (size_t i = walk->result->exact ? 0 : 1; i < sizeof(computed) / sizeof(computed[0]); i++) {
        const char *key = computed[i].key;
        if (json_object_get(found, key))
            computed[i].compare(walk, arena_printf(walk->arena, "%s%s", path, key),
                json_object_get(said, key), json_object_get(found, key));
    }
}

/* Last bits depend on the compiler, its flags, and the machine: the C library chooses its logarithm
 * by what the processor can do. */
static const char *other_build(struct arena *arena, const struct environment *env) {
    struct environment ours;
    const char *list = NULL;
    environment_read(&ours);
    const char *const facts[][3] = {{"pconc ", env->version, ours.version},
        {"commit ", env->commit, ours.commit}, {"compiler ", env->compiler, ours.compiler},
        {"flags ", env->flags, ours.flags}, {"machine ", env->machine, ours.machine},
        {"processor ", env->cpu_model, ours.cpu_model}};
    for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
        if (strcmp(facts[i][1], facts[i][2]) != 0)
            list = arena_printf(arena, "%s%s%s%s", list ? list : "", list ? ", " : "", facts[i][0],
                facts[i][1][0] ? facts[i][1] : "unknown");
    return list;
}

/* Of the file itself, or of the first compared session that has another one. */
static const char *other_builds(const struct stored *stored) {
    const struct gate_verdict *gate = stored->summary->gate;
    const char *other = other_build(stored->arena, &stored->session->environment);
    for (size_t i = 0; !other && gate && gate->compared && i < gate->compared->count; i++)
        other = other_build(stored->arena, &gate->compared->sessions[i]->environment);
    return other;
}

int store_verify(
    struct stored *stored, struct store_verification *ret_verification, struct diag *diag) {
    struct store_verification result = {.other = other_builds(stored)};
    struct walk walk = {.arena = stored->arena, .result = &result};
    json_t *found = json_session(stored->session, stored->summary);
    if (!found)
        return diag_no_memory(diag, "the comparison");
    result.exact = !result.other;
    result.differences = arena_array(stored->arena, struct store_difference, STORE_DIFFERENCES_MAX);
    compare_documents(&walk, "", stored->document, found);
    json_decref(found);
    *ret_verification = result;
    return 0;
}
