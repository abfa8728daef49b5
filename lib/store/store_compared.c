/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "compare.h"
#include "store_parts.h"

/* Sessions that were compared: each stands there whole, so that the verdict can be reached anew.
 * The first of the new ones is that of the document itself. */

/* As many files as a command line names, and more. */
#define SESSIONS_MAX 10000

/* What is read, base first. */
struct sides {
    const struct session **sessions;
    const char **names;
    size_t count, base_count;
};

static int read_session(
    const struct json_node *item, bool own, const struct session **ret_session) {
    struct json_node result;
    struct loader loader = {0};
    int code = node_member_or_null(item, "result", &result);

    if (code < 0)
        return code;
    if (own != !result.value)
        return node_refuse(&result,
            own ? "is not null, but the first new session is that of the file itself"
                : "is null, and only the first new session may be");
    if (own)
        return 0;
    if (json_object_get(result.value, "comparison"))
        return node_refuse(&result, "is a comparison itself");
    code = load_session(item->document, &result, false, &loader);
    if (code == 0)
        *ret_session = loader.session;
    return code;
}

/* Room for all of them is made as they come: both sides are counted first. */
static int read_side(const struct json_node *list, bool is_new, struct sides *sides) {
    static const char *const names[] = {"name", "result", NULL};
    size_t count = json_array_size(list->value);
    int code = 0;

    for (size_t i = 0; code == 0 && i < count; i++) {
        struct json_node item = node_item(list, i);

        code = node_object(&item, names, NULL);
        if (code == 0)
            code = load_text(&item, "name", &sides->names[sides->count]);
        if (code == 0)
            code = read_session(&item, is_new && i == 0, &sides->sessions[sides->count]);
        sides->count++;
    }
    return code;
}

static int read_list(
    const struct json_node *node, const char *key, struct json_node *ret_list, size_t *count) {
    size_t more = 0;
    int code = node_member(node, key, ret_list);

    if (code == 0)
        code = node_array(ret_list, SESSIONS_MAX, &more);
    if (code == 0 && more == 0)
        code = node_refuse(ret_list, "is empty");
    *count += more;
    return code;
}

static int read_sides(struct loader *loader, const struct json_node *node, struct sides *sides) {
    struct arena *arena = loader->document.arena;
    struct json_node base = {0}, new = {0};
    size_t count = 0;
    int code = read_list(node, "base", &base, &count);

    sides->base_count = count;
    if (code == 0)
        code = read_list(node, "new", &new, &count);
    if (code < 0)
        return code;
    sides->sessions = arena_array(arena, const struct session *, count);
    sides->names = arena_array(arena, const char *, count);
    sides->sessions[sides->base_count] = loader->session;
    code = read_side(&base, false, sides);
    return code < 0 ? code : read_side(&new, true, sides);
}

static int read_alpha(const struct json_node *comparison, double *ret_alpha) {
    struct json_node settings;
    int code = node_member(comparison, "settings", &settings);

    if (code == 0)
        code = load_number(&settings, "alpha", ret_alpha);
    if (code == 0 && !(*ret_alpha > 0 && *ret_alpha < 1))
        code = node_refuse(&settings, "has an alpha that is no share");
    return code;
}

/* NaN for null: each row has its own. */
static int read_threshold(const struct json_node *node, double *ret_threshold) {
    struct json_node member;
    int code = node_member_or_null(node, "threshold", &member);

    *ret_threshold = NAN;
    return code < 0 || !member.value ? code : node_threshold(&member, ret_threshold);
}

int load_compared(
    struct loader *loader, const struct json_node *comparison, struct gate_verdict **ret_gate) {
    static const char *const names[] = {"threshold", "drift", "with_tables", "base", "new", NULL};
    struct compared *compared = arena_array(loader->document.arena, struct compared, 1);
    struct json_node node;
    struct sides sides = {0};
    struct diag diag = {0};
    double alpha = 0;
    int code = node_member(comparison, "compared", &node);

    if (code == 0)
        code = node_object(&node, names, NULL);
    if (code == 0)
        code = read_alpha(comparison, &alpha);
    if (code == 0)
        code = read_threshold(&node, &compared->threshold);
    if (code == 0)
        code = load_number(&node, "drift", &compared->drift);
    if (code == 0)
        code = load_bool(&node, "with_tables", &compared->with_tables);
    if (code == 0 && !(compared->drift >= 0))
        code = node_refuse(&node, "has a drift below 0");
    if (code == 0)
        code = read_sides(loader, &node, &sides);
    if (code < 0)
        return code;
    compared->sessions = sides.sessions;
    compared->names = sides.names;
    compared->count = sides.count;
    compared->base_count = sides.base_count;
    if (compare_sessions(compared, alpha, loader->document.arena, ret_gate, &diag) < 0)
        return node_refuse(&node, "cannot be judged: %s", diag.text);
    return 0;
}
