/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "store_parts.h"

/* The checks of the plan. Whether they hold is computed again from the samples. */

#define CHECKS_MAX (CASES_MAX * CHECK_KEYS)

static void read_what(const struct json_node *node, struct check *check) {
    struct json_node what = node_member(node, "what");
    const char *word = node_text(&what);
    for (size_t key = CHECK_FASTER_THAN; key < CHECK_KEYS; key++) {
        if (key == CHECK_FACTOR || strcmp(check_keys[key], word) != 0)
            continue;
        check->what = (enum check_key)key;
        check->kind = key == CHECK_FASTER_THAN ? CHECK_IS_FASTER : CHECK_IS_WITHIN;
        return;
    }
    node_refuse(&what, "is not a known check");
}

static void read_check(const struct json_node *node, struct check *check) {
    node_object(node, check_fields, NULL);
    node_fields(node, check_fields, check);
    read_what(node, check);
    struct json_node of = node_member(node, "case"), than = node_member(node, "other");
    ptrdiff_t index = node_case(&of), other = node_case(&than);
    if (index < 0 || (other < 0) == (check->kind == CHECK_IS_FASTER))
        node_refuse(node, "does not have the cases that it needs");
    check->index = (size_t)index;
    check->other = other < 0 ? 0 : (size_t)other;
}

void load_checks(struct loader *loader, const struct json_node *root) {
    struct plan *plan = loader->plan;
    struct json_node checks = node_optional(root, "checks");
    if (!checks.value)
        return;
    plan->check_count = node_array(&checks, CHECKS_MAX);
    plan->checks = arena_array(loader->arena, struct check, plan->check_count);
    for (size_t i = 0; i < plan->check_count; i++) {
        struct json_node item = node_item(&checks, i);
        read_check(&item, &plan->checks[i]);
    }
}
