/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "ab.h"
#include "store_parts.h"

/* Of a comparison only how it was judged is read; the verdicts are reached anew from the samples.
 */

/* What ab_plan lays out: side A, side B, a twin of A. */
static int check_layout(const struct loader *loader, const struct json_node *node) {
    const struct plan *plan = loader->plan;

    for (size_t i = 0; i < plan->section_count; i++) {
        const struct section *row = &plan->sections[i];
        const struct bench_case *cases = &plan->cases[row->first];

        if (row->count != 3 || row->control != (ptrdiff_t)row->first + 2
            || cases[2].twin_of != (ptrdiff_t)row->first || strncmp(cases[0].id, "A:", 2) != 0
            || strncmp(cases[1].id, "B:", 2) != 0)
            return node_refuse(node, "is of sections that are not A, B and a twin of A");
    }
    return 0;
}

static int read_count(const struct json_node *node, const char *key, int64_t max, int *ret) {
    struct json_node member;
    int64_t number = 0;
    int code = node_member(node, key, &member);

    if (code == 0)
        code = node_integer(&member, 1, max, &number);
    *ret = (int)number;
    return code;
}

/* Where they are not told, they were taken as planned. */
static int read_looks(const struct json_node *how, struct gate_settings *settings) {
    struct json_node list;
    size_t count = 0;
    int code = node_optional(how, "looked_at", &list);

    if (code < 0 || !list.value)
        return code;
    settings->replay = true;
    code = node_array(&list, (size_t)settings->looks, &count);
    for (size_t i = 0; code == 0 && i < count; i++) {
        struct json_node item = node_item(&list, i);
        int64_t at = 0;

        code = node_integer(&item, 1, ROUNDS_MAX, &at);
        settings->looked_at[i] = (int)at;
    }
    return code;
}

static int read_settings(const struct json_node *node, struct gate_settings *settings) {
    static const char *const names[] = {
        "alpha", "looks", "rounds", "detect", "power", "looked_at", NULL};
    struct json_node how;
    int code = node_member(node, "settings", &how);

    if (code == 0)
        code = node_object(&how, names, NULL);
    if (code == 0)
        code = load_number(&how, "alpha", &settings->alpha);
    if (code == 0)
        code = read_count(&how, "looks", LOOKS_MAX, &settings->looks);
    if (code == 0)
        code = read_count(&how, "rounds", ROUNDS_MAX, &settings->rounds);
    if (code == 0)
        code = load_number(&how, "detect", &settings->detect);
    if (code == 0)
        code = load_number(&how, "power", &settings->power);
    return code < 0 ? code : read_looks(&how, settings);
}

/* Files from before cases had thresholds have them in the rows alone. */
static int read_thresholds(struct loader *loader, const struct json_node *node) {
    struct plan *plan = loader->plan;
    struct json_node list;
    size_t rows = plan->section_count, count = 0;
    int code = node_member(node, "rows", &list);

    if (code == 0)
        code = node_array(&list, rows, &count);
    if (code == 0 && count != rows)
        code = node_refuse(&list, "has %zu items for %zu sections", count, rows);
    for (size_t i = 0; code == 0 && i < rows; i++) {
        const struct section *section = &plan->sections[i];
        struct json_node row = node_item(&list, i), member;
        double threshold = 0;

        code = node_member(&row, "threshold", &member);
        if (code == 0)
            code = node_threshold(&member, &threshold);
        for (size_t j = 0; j < section->count; j++)
            plan->cases[section->first + j].threshold = threshold;
    }
    return code;
}

/* Two sides in one session. */
static int load_sides(
    struct loader *loader, const struct json_node *node, struct gate_verdict **ret_gate) {
    struct gate_settings settings = {0};
    struct diag diag = {0};
    int code = check_layout(loader, node);

    if (code == 0)
        code = read_settings(node, &settings);
    if (code == 0)
        code = read_thresholds(loader, node);
    if (code < 0)
        return code;
    if (ab_judge(loader->session, &settings, loader->plan->arena, ret_gate, &diag) < 0)
        return node_refuse(node, "cannot be judged: %s", diag.text);
    return 0;
}

int load_comparison(
    struct loader *loader, const struct json_node *root, struct gate_verdict **ret_gate) {
    static const char *const names[] = {"settings", "rounds_planned", "verdict", "rows", "control",
        "control_failed", "noise_floor", "detectable", "advice", "compared", NULL};
    struct json_node node;
    int code = node_optional(root, "comparison", &node);

    if (code < 0 || !node.value)
        return code;
    code = node_object(&node, names, NULL);
    if (code < 0)
        return code;
    if (json_object_get(node.value, "compared"))
        return load_compared(loader, &node, ret_gate);
    return load_sides(loader, &node, ret_gate);
}
