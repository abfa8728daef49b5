/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json_session.h"
#include "store.h"
#include "verdict.h"

/* The document is written anew from its own samples, and both are walked side by side. */

struct walk {
    struct arena *arena;
    struct store_check *check;
};

static const char *value_text(const struct walk *walk, const json_t *value) {
    char *dumped = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    const char *text = !value ? "missing" : arena_strdup(walk->arena, dumped ? dumped : "?");

    free(dumped);
    return text;
}

static void differ(
    const struct walk *walk, const char *path, const json_t *said, const json_t *found) {
    struct store_check *check = walk->check;

    if (check->differing++ < STORE_DIFFERENCES_MAX)
        check->differences[check->differing - 1] = (struct store_difference){
            .path = path, .said = value_text(walk, said), .found = value_text(walk, found)};
}

static bool near(double said, double found) {
    return fabs(said - found) <= STORE_TOLERANCE * fmax(fabs(said), fabs(found));
}

/* Whole numbers and reals are both numbers: 4.0 may have become 4 on its way. */
static bool same_leaf(const struct walk *walk, const json_t *said, const json_t *found) {
    if (!json_is_number(said) || !json_is_number(found))
        return json_equal(said, found);
    if (json_is_integer(said) && json_is_integer(found))
        return json_integer_value(said) == json_integer_value(found);
    double a = json_number_value(said), b = json_number_value(found);
    return walk->check->exact ? a == b : near(a, b);
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

static void compare_arrays(const struct walk *walk, const char *path, json_t *said, json_t *found) {
    size_t i;
    json_t *value;

    if (json_array_size(said) != json_array_size(found)) {
        walk->check->compared++;
        differ(walk, path, said, found);
        return;
    }
    json_array_foreach(found, i, value) {
        compare(
            walk, arena_printf(walk->arena, "%s[%zu]", path, i), json_array_get(said, i), value);
    }
}

static void compare(const struct walk *walk, const char *path, json_t *said, json_t *found) {
    if (json_is_object(said) && json_is_object(found)) {
        compare_objects(walk, path, said, found);
    } else if (json_is_array(said) && json_is_array(found)) {
        compare_arrays(walk, path, said, found);
    } else {
        walk->check->compared++;
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

    if (json_array_size(said) != json_array_size(found))
        differ(walk, path, said, found);
    json_array_foreach(found, i, value) {
        json_t *result = json_object_get(value, "result");

        if (json_is_object(result))
            compare_documents(walk, arena_printf(walk->arena, "%s[%zu].result.", path, i),
                json_object_get(json_array_get(said, i), "result"), result);
    }
}

static void compare_comparison(
    const struct walk *walk, const char *path, json_t *said, json_t *found) {
    json_t *compared = json_object_get(said, "compared"), *value;
    const char *key;

    json_object_foreach(found, key, value) {
        const char *at = arena_printf(walk->arena, "%scomparison.%s", path, key);

        if (strcmp(key, "compared") != 0) {
            compare(walk, at, json_object_get(said, key), value);
            continue;
        }
        compare_sides(walk, arena_printf(walk->arena, "%s.base", at),
            json_object_get(compared, "base"), json_object_get(value, "base"));
        compare_sides(walk, arena_printf(walk->arena, "%s.new", at),
            json_object_get(compared, "new"), json_object_get(value, "new"));
    }
}

static void compare_member(
    const struct walk *walk, const char *path, const char *key, json_t *said, json_t *found) {
    compare(walk, arena_printf(walk->arena, "%s%s", path, key), json_object_get(said, key),
        json_object_get(found, key));
}

/* What is computed; the rest of the document is what was computed from. The words of a warning are
 * those of its version. `path` ends in a point, or is empty. */
static void compare_documents(
    const struct walk *walk, const char *path, json_t *said, json_t *found) {
    json_t *cases = json_object_get(found, "cases"), *value;
    size_t i;

    if (walk->check->exact)
        compare_member(walk, path, "warnings", said, found);
    compare_member(walk, path, "sections", said, found);
    if (json_object_get(found, "checks"))
        compare_member(walk, path, "checks", said, found);
    if (json_object_get(found, "comparison"))
        compare_comparison(
            walk, path, json_object_get(said, "comparison"), json_object_get(found, "comparison"));
    json_array_foreach(cases, i, value) {
        compare(walk, arena_printf(walk->arena, "%scases[%zu].summary", path, i),
            json_object_get(json_array_get(json_object_get(said, "cases"), i), "summary"),
            json_object_get(value, "summary"));
    }
}

static const char *add_other(
    struct arena *arena, const char *list, const char *what, const char *said, const char *ours) {
    if (strcmp(said, ours) == 0)
        return list;
    return arena_printf(arena, "%s%s%s%s%s", list, list[0] ? ", " : "", what, what[0] ? " " : "",
        said[0] ? said : "unknown");
}

/* Last bits depend on the compiler and its flags, and, because the C library chooses its logarithm
 * by what the processor can do, on the machine. */
static const char *other_build(struct arena *arena, const struct environment *env) {
    struct environment ours;
    const char *list = "";

    environment_read(&ours);
    list = add_other(arena, list, "pconc", env->version, ours.version);
    list = add_other(arena, list, "commit", env->commit, ours.commit);
    list = add_other(arena, list, "compiler", env->compiler, ours.compiler);
    list = add_other(arena, list, "flags", env->flags, ours.flags);
    list = add_other(arena, list, "machine", env->machine, ours.machine);
    list = add_other(arena, list, "processor", env->cpu_model, ours.cpu_model);
    return list[0] ? list : NULL;
}

/* Of the file itself, or the first of those that were compared. */
static const char *other_builds(const struct stored *stored) {
    const struct gate_verdict *gate = stored->summary->gate;
    const char *other = other_build(stored->arena, &stored->session->environment);

    for (size_t i = 0; !other && gate && gate->compared && i < gate->compared->count; i++)
        other = other_build(stored->arena, &gate->compared->sessions[i]->environment);
    return other;
}

int store_check(struct stored *stored, struct store_check *ret_check, struct diag *diag) {
    struct store_check check = {0};
    struct walk walk = {.arena = stored->arena, .check = &check};
    json_t *found = json_session(stored->session, stored->summary);

    if (!found)
        return diag_no_memory(diag, "the comparison");
    check.other = other_builds(stored);
    check.exact = !check.other;
    check.differences = arena_array(stored->arena, struct store_difference, STORE_DIFFERENCES_MAX);
    compare_documents(&walk, "", stored->document, found);
    json_decref(found);
    *ret_check = check;
    return 0;
}
