/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "store_parts.h"

/* Of a check only what it asks is read; whether it holds is found anew from the samples. */

#define CHECKS_MAX (CASES_MAX * CHECK_KEYS)

static int read_what(const struct json_node *node, struct check *check) {
    struct json_node member;
    const char *word = "";
    int code = node_member(node, "what", &member);

    if (code == 0)
        code = node_text(&member, &word);
    if (code < 0)
        return code;
    for (size_t key = CHECK_FASTER_THAN; key < CHECK_KEYS; key++) {
        if (key == CHECK_FACTOR || strcmp(check_keys[key], word) != 0)
            continue;
        check->what = (enum check_key)key;
        check->kind = key == CHECK_FASTER_THAN ? CHECK_IS_FASTER : CHECK_IS_WITHIN;
        return 0;
    }
    return node_refuse(&member, "is nothing that can be checked");
}

static int read_check(
    const struct loader *loader, const struct json_node *node, struct check *check) {
    static const char *const names[] = {
        "text", "what", "case", "other", "limit", "state", "value", "interval", NULL};
    ptrdiff_t index = -1, other = -1;
    int code = node_object(node, names, NULL);

    if (code == 0)
        code = load_text(node, "text", &check->text);
    if (code == 0)
        code = read_what(node, check);
    if (code == 0)
        code = load_case_name(loader, node, "case", &index);
    if (code == 0)
        code = load_case_name(loader, node, "other", &other);
    if (code == 0)
        code = load_number(node, "limit", &check->limit);
    if (code == 0 && (index < 0 || (other < 0) == (check->kind == CHECK_IS_FASTER)))
        code = node_refuse(node, "is not about the cases that it needs");
    check->index = (size_t)index;
    check->other = other < 0 ? 0 : (size_t)other;
    return code;
}

int load_checks(struct loader *loader, const struct json_node *root) {
    struct plan *plan = loader->plan;
    struct json_node checks;
    int code = node_optional(root, "checks", &checks);

    if (code < 0 || !checks.value)
        return code;
    code = node_array(&checks, CHECKS_MAX, &plan->check_count);
    if (code < 0)
        return code;
    plan->checks = arena_array(plan->arena, struct check, plan->check_count);
    for (size_t i = 0; code == 0 && i < plan->check_count; i++) {
        struct json_node item = node_item(&checks, i);
        code = read_check(loader, &item, &plan->checks[i]);
    }
    return code;
}
