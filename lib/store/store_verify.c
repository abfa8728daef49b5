/* SPDX-License-Identifier: MIT */
#include <jansson.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json_node.h"
#include "store.h"
#include "verdict.h"

/* Writes the document again from its samples, and compares the members that are computed. The
 * others are what these are computed from. */

static const char *value_text(struct arena *arena, const json_t *value) {
    char *dumped = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    const char *text = !value ? "missing" : arena_strdup(arena, dumped ? dumped : "?");
    free(dumped);
    return text;
}

static void differ(
    struct store_verification *result, const struct json_node *said, const json_t *found) {
    struct arena *arena = said->document->arena;
    if (result->differing++ < STORE_DIFFERENCES_MAX)
        result->differences[result->differing - 1] = (struct store_difference){
            node_path(said), value_text(arena, said->value), value_text(arena, found)};
}

/* A whole number may equal a real one: another program may have written 4.0 as 4. */
static bool same_leaf(bool exact, const json_t *said, const json_t *found) {
    if (!json_is_number(said) || !json_is_number(found)
        || (json_is_integer(said) && json_is_integer(found)))
        return json_equal(said, found);
    double a = json_number_value(said), b = json_number_value(found);
    return exact ? a == b : fabs(a - b) <= STORE_TOLERANCE * fmax(fabs(a), fabs(b));
}

/* Whether member `key` and all below it are computed; `above`: the object is. Sessions that were
 * compared are documents themselves. Sentences are the same only in files of the same build. */
static bool is_computed(const char *key, bool above, bool exact) {
    static const char *const computed[] = {
        "warnings", "sections", "checks", "comparison", "summary"};
    static const char *const never[] = {"compared", "warnings", "note", "advice", "sides"};

    for (size_t i = 0; i < (exact ? 1 : sizeof(never) / sizeof(never[0])); i++)
        if (strcmp(key, never[i]) == 0)
            return false;
    for (size_t i = 0; i < sizeof(computed) / sizeof(computed[0]); i++)
        if (strcmp(key, computed[i]) == 0)
            return true;
    return above;
}

static void compare(
    struct store_verification *result, const struct json_node *said, json_t *found, bool computed) {
    json_t *value;
    const char *key;
    if (json_is_object(said->value) && json_is_object(found)) {
        json_object_foreach(found, key, value) {
            struct json_node member = node_find(said, key);
            compare(result, &member, value, is_computed(key, computed, result->exact));
        }
        json_object_foreach((json_t *)said->value, key, value) {
            struct json_node member = node_find(said, key);
            if (computed && !json_object_get(found, key))
                differ(result, &member, NULL);
        }
    } else if (json_is_array(said->value) && json_is_array(found)
        && json_array_size(said->value) == json_array_size(found)) {
        for (size_t i = 0; i < json_array_size(found); i++) {
            struct json_node item = node_item(said, i);
            compare(result, &item, json_array_get(found, i), computed);
        }
    } else if (computed) {
        result->compared++;
        if (!said->value || !same_leaf(result->exact, said->value, found))
            differ(result, said, found);
    }
}

/* How this program differs from the one that wrote the file; NULL: not. Last bits depend on the
 * compiler, its flags, and the processor, for which the C library chooses its logarithm. */
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

/* The same for the file and the sessions that it compares: the first difference. */
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
    struct json_document document = {.arena = stored->arena};
    struct json_node root = {.document = &document, .value = stored->document};
    json_t *found = json_session(stored->session, stored->summary);
    if (!found)
        return diag_no_memory(diag, "the comparison");
    result.exact = !result.other;
    result.differences = arena_array(stored->arena, struct store_difference, STORE_DIFFERENCES_MAX);
    compare(&result, &root, found, false);
    json_decref(found);
    *ret_verification = result;
    return 0;
}
