/* SPDX-License-Identifier: MIT */
#include "sides.h"

#include <string.h>

static const char *value_text(
    const struct param *param, union param_value value, struct arena *arena) {
    size_t size = param_format(param, value, NULL, 0) + 1;
    char *text = arena_alloc(arena, size);

    (void)param_format(param, value, text, size);
    return text;
}

/* The values that differ: "sort -u a", and where it is not a text alone "files=4 lines=10". NULL:
 * none differs. */
static const char *differing_values(
    const struct bench_case *the, const struct bench_case *other, struct arena *arena) {
    const struct param *params = the->workload->params;
    const char *text = NULL, *alone = NULL;

    for (size_t i = 0; i < params_count(params); i++) {
        const char *value = value_text(&params[i], the->params[i], arena);

        if (param_equal(&params[i], the->params[i], other->params[i]))
            continue;
        alone = !text && params[i].type == PARAM_TEXT ? value : NULL;
        text = arena_printf(
            arena, "%s%s%s=%s", text ? text : "", text ? " " : "", params[i].name, value);
    }
    return alone ? alone : text;
}

/* The first parameter that is a text: a command. NULL: there is none. */
static const char *text_value(const struct bench_case *the) {
    const struct param *params = the->workload->params;

    for (size_t i = 0; i < params_count(params); i++)
        if (params[i].type == PARAM_TEXT && the->params[i].text[0])
            return the->params[i].text;
    return NULL;
}

static bool same_plugin(const struct bench_case *a, const struct bench_case *b) {
    return a->plugin == b->plugin
        || (a->plugin && b->plugin && strcmp(a->plugin->path, b->plugin->path) == 0);
}

const char *side_text(const struct plan *plan, enum side side, struct arena *arena) {
    const struct bench_case *first = &plan->cases[plan->sections[0].first];
    const struct bench_case *the = &first[side], *other = &first[side == SIDE_A ? SIDE_B : SIDE_A];
    const char *text = NULL;

    if (the->plugin && !same_plugin(the, other))
        return the->plugin->path;
    if (strcmp(the->executor->name, other->executor->name) != 0)
        return the->executor->name;
    if (the->workload == other->workload)
        text = differing_values(the, other, arena);
    if (!text)
        text = the->plugin ? the->plugin->path : text_value(the);
    return text ? text : the->executor->name;
}

const char *side_failure(
    const struct session *session, const struct section *pair, struct arena *arena) {
    static const enum side order[] = {SIDE_B, SIDE_A, SIDE_TWIN};

    for (size_t i = 0; i < SIDES; i++) {
        const struct case_result *result = &session->results[pair->first + (size_t)order[i]];
        const char *first = NULL;
        size_t failed = 0;

        for (size_t j = 0; j < result->sample_count; j++) {
            const char *failure = result->samples[j].failure;
            failed += failure != NULL;
            first = first ? first : failure;
        }
        if (first)
            return arena_printf(arena, "%s failed in %zu of %zu sample%s: %s",
                order[i] == SIDE_B ? "B" : "A", failed, result->sample_count,
                result->sample_count == 1 ? "" : "s", first);
    }
    return NULL;
}
