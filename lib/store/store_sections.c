/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "store_parts.h"

static bool is_in(const struct section *section, ptrdiff_t index) {
    return (size_t)index >= section->first && (size_t)index < section->first + section->count;
}

/* `index` is what `key` names in the node; -1: no case. */
static void check_own(
    const struct json_node *node, const char *key, const struct section *section, ptrdiff_t index) {
    if (index >= 0 && !is_in(section, index))
        node_refuse(node, "names a case of another section as its '%s'", key);
}

/* The cases of a section are the next ones of the document. */
static void read_members(struct loader *loader, const struct json_node *node, size_t index) {
    struct plan *plan = loader->plan;
    struct section *section = &plan->sections[index];
    struct json_node ids = node_member(node, "cases");
    section->count = node_array(&ids, plan->case_count - section->first);
    if (section->count == 0)
        node_refuse(&ids, "is empty");
    for (size_t i = 0; i < section->count; i++) {
        struct bench_case *bench_case = &plan->cases[section->first + i];
        struct json_node item = node_item(&ids, i);
        if (strcmp(node_text(&item), bench_case->id) != 0)
            node_refuse(&item, "is not the next case");
        bench_case->section = index;
    }
}

static void read_control(
    const struct loader *loader, const struct json_node *node, struct section *section) {
    struct json_node control = node_member_or_null(node, "control");
    section->control = -1;
    if (!control.value)
        return;
    if (!json_is_object(control.value))
        node_refuse(&control, "is not an object");
    struct json_node id = node_member(&control, "id");
    section->control = node_case(&id);
    check_own(&control, "id", section, section->control);
    if (section->control < 0 || loader->plan->cases[section->control].twin_of < 0)
        node_refuse(&control, "names a case that is not a twin");
}

/* The cases have to agree. */
static void check_roles(
    const struct loader *loader, const struct json_node *node, const struct section *section) {
    for (size_t i = section->first; i < section->first + section->count; i++) {
        const struct bench_case *bench_case = &loader->plan->cases[i];
        if (bench_case->is_baseline != ((ptrdiff_t)i == section->baseline))
            node_refuse(node, "and case '%s' do not agree on the baseline", bench_case->id);
        if (bench_case->twin_of >= 0 && !is_in(section, bench_case->twin_of))
            node_refuse(node, "has '%s', a twin of a case in another section", bench_case->id);
    }
}

static void read_section(struct loader *loader, const struct json_node *node, size_t index) {
    struct section *section = &loader->plan->sections[index];
    if (index > 0)
        section->first = section[-1].first + section[-1].count;
    node_object(node, section_fields, NULL);
    read_members(loader, node, index);
    node_fields(node, section_fields, section);
    check_own(node, "baseline", section, section->baseline);
    read_control(loader, node, section);
    check_roles(loader, node, section);
}

void load_sections(struct loader *loader, const struct json_node *root) {
    struct plan *plan = loader->plan;
    struct json_node sections = node_member(root, "sections");
    size_t covered = 0;
    plan->section_count = node_array(&sections, plan->case_count);
    if (plan->section_count == 0)
        node_refuse(&sections, "is empty");
    plan->sections = arena_array(loader->arena, struct section, plan->section_count);
    for (size_t i = 0; node_code(root) == 0 && i < plan->section_count; i++) {
        struct json_node item = node_item(&sections, i);
        read_section(loader, &item, i);
        covered += plan->sections[i].count;
    }
    if (covered != plan->case_count)
        node_refuse(&sections, "does not have the last cases");
}
