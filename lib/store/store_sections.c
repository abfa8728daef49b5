/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "store_parts.h"

/* A case that the section itself must hold; -1 for null. */
static int own_case(const struct loader *loader, const struct json_node *node, const char *key,
    const struct section *section, ptrdiff_t *ret_index) {
    ptrdiff_t index;
    int code = load_case_name(loader, node, key, &index);

    if (code < 0)
        return code;
    if (index >= 0
        && ((size_t)index < section->first || (size_t)index >= section->first + section->count))
        return node_refuse(node, "names a case of another section as its '%s'", key);
    *ret_index = index;
    return 0;
}

/* The cases of a section are the next ones of the document. */
static int read_members(struct loader *loader, const struct json_node *node, size_t index) {
    struct plan *plan = loader->plan;
    struct section *section = &plan->sections[index];
    struct json_node ids;
    int code = node_member(node, "cases", &ids);

    if (code == 0)
        code = node_array(&ids, plan->case_count - section->first, &section->count);
    if (code == 0 && section->count == 0)
        code = node_refuse(&ids, "is empty");
    for (size_t i = 0; code == 0 && i < section->count; i++) {
        struct json_node item = node_item(&ids, i);
        const char *id;
        code = node_text(&item, &id);
        if (code == 0 && strcmp(id, plan->cases[section->first + i].id) != 0)
            code = node_refuse(&item, "is not the next of the cases");
        plan->cases[section->first + i].section = index;
    }
    return code;
}

static int read_control(
    const struct loader *loader, const struct json_node *node, struct section *section) {
    struct json_node control;
    int code = node_member_or_null(node, "control", &control);

    section->control = -1;
    if (code < 0 || !control.value)
        return code;
    if (!json_is_object(control.value))
        return node_refuse(&control, "is not an object");
    code = own_case(loader, &control, "id", section, &section->control);
    if (code < 0)
        return code;
    if (section->control < 0 || loader->plan->cases[section->control].twin_of < 0)
        return node_refuse(&control, "names no case that is a twin");
    return 0;
}

/* What the cases say of themselves has to agree. */
static int check_roles(
    const struct loader *loader, const struct json_node *node, const struct section *section) {
    for (size_t i = section->first; i < section->first + section->count; i++) {
        const struct bench_case *bench_case = &loader->plan->cases[i];
        ptrdiff_t twin = bench_case->twin_of;

        if (bench_case->is_baseline != ((ptrdiff_t)i == section->baseline))
            return node_refuse(node, "and case '%s' do not agree on the baseline", bench_case->id);
        if (twin >= 0
            && ((size_t)twin < section->first || (size_t)twin >= section->first + section->count))
            return node_refuse(node, "has '%s', a twin of a case elsewhere", bench_case->id);
    }
    return 0;
}

static int read_section(struct loader *loader, const struct json_node *node, size_t index) {
    static const char *const names[] = {
        "title", "cases", "baseline", "fastest", "tied", "control", NULL};
    struct section *section = &loader->plan->sections[index];
    int code = node_object(node, names, NULL);

    if (index > 0)
        section->first = section[-1].first + section[-1].count;
    if (code == 0)
        code = load_text(node, "title", &section->title);
    if (code == 0)
        code = read_members(loader, node, index);
    if (code == 0)
        code = own_case(loader, node, "baseline", section, &section->baseline);
    if (code == 0)
        code = read_control(loader, node, section);
    return code < 0 ? code : check_roles(loader, node, section);
}

int load_sections(struct loader *loader, const struct json_node *root) {
    struct plan *plan = loader->plan;
    struct json_node sections;
    int code = node_member(root, "sections", &sections);

    if (code == 0)
        code = node_array(&sections, plan->case_count, &plan->section_count);
    if (code == 0 && plan->section_count == 0)
        code = node_refuse(&sections, "is empty");
    if (code < 0)
        return code;
    plan->sections = arena_array(plan->arena, struct section, plan->section_count);
    for (size_t i = 0; code == 0 && i < plan->section_count; i++) {
        struct json_node item = node_item(&sections, i);
        code = read_section(loader, &item, i);
    }
    const struct section *last = &plan->sections[plan->section_count - 1];
    if (code == 0 && last->first + last->count != plan->case_count)
        code = node_refuse(&sections, "leaves out the last of the cases");
    return code;
}
