/* SPDX-License-Identifier: MIT */
#include "conf_parts.h"

#include "words.h"

#include <errno.h>
#include <string.h>

/* The errors of libcyaml have no column and no advice, so this finds the mistake in the tree. */

int node_wrong_kind(
    const struct conf *conf, const struct node *node, const char *wanted, const char *advice) {
    static const char *const kinds[] = {
        [NODE_VALUE] = "a single value", [NODE_LIST] = "a list", [NODE_MAPPING] = "a mapping"};

    if (!node->key)
        return diag_at(conf->diag, node->origin, -EINVAL,
            "a config must be a mapping, not %s; begin with 'runs:'", kinds[node->kind]);
    return diag_at(conf->diag, node->origin, -EINVAL, "%s'%s' must be %s, not %s; %s",
        node->is_entry ? "an entry of " : "", node->key, wanted, kinds[node->kind], advice);
}

int node_not_value(const struct conf *conf, const struct node *node) {
    if (node->is_entry)
        return node_wrong_kind(conf, node, "a single value", "write it without brackets");
    return node_wrong_kind(
        conf, node, "a single value", arena_printf(conf->arena, "write '%s: VALUE'", node->key));
}

static int unknown_key(
    const struct conf *conf, const cyaml_schema_field_t *fields, const struct node *node) {
    const char *names[24]; /* no mapping has as many */
    size_t count = 0;

    for (; fields[count].key; count++)
        names[count] = fields[count].key;
    return unknown_word(conf->diag, node->key_origin, "there is no key", node->key, names, count);
}

static int missing_key(const struct conf *conf, const struct node *mapping, const char *key) {
    if (!mapping->key)
        return diag_at(conf->diag, mapping->origin, -EINVAL,
            "this config has no '%s'; add '%s: ...'", key, key);
    return diag_at(conf->diag, mapping->origin, -EINVAL,
        "this entry of '%s' has no '%s'; add '%s: ...'", mapping->key, key, key);
}

static int explain_mapping(
    const struct conf *conf, const cyaml_schema_field_t *fields, const struct node *mapping) {
    int code = 0;

    for (const struct node *child = mapping->first; child && code == 0; child = child->next) {
        const cyaml_schema_field_t *field = conf_field(fields, child->key);
        if (!field->key)
            return unknown_key(conf, fields, child);
        code = conf_explain(conf, &field->value, child);
    }
    for (; code == 0 && fields->key; fields++)
        if (!(fields->value.flags & CYAML_FLAG_OPTIONAL) && !node_child(mapping, fields->key))
            code = missing_key(conf, mapping, fields->key);
    return code;
}

static int explain_list(
    const struct conf *conf, const cyaml_schema_value_t *entry, const struct node *list) {
    int code = 0;

    for (const struct node *child = list->first; child && code == 0; child = child->next)
        code = conf_explain(conf, entry, child);
    return code;
}

/* The schema bounds how deep this goes. */
int conf_explain(
    const struct conf *conf, const cyaml_schema_value_t *schema, const struct node *node) {
    const char *key = node->key ? node->key : "";

    switch (schema->type) {
    case CYAML_MAPPING:
        if (node->kind == NODE_MAPPING)
            return explain_mapping(conf, schema->mapping.fields, node);
        return node_wrong_kind(conf, node, "a mapping",
            node->is_entry
                ? arena_printf(conf->arena, "write '- %s: ...'", schema->mapping.fields[0].key)
                : arena_printf(
                    conf->arena, "write '%s: {%s: ...}'", key, schema->mapping.fields[0].key));
    case CYAML_SEQUENCE:
        if (node->kind == NODE_LIST)
            return explain_list(conf, schema->sequence.entry, node);
        return node_wrong_kind(conf, node, "a list",
            arena_printf(conf->arena, "begin each entry with '- %s: ...'",
                schema->sequence.entry->mapping.fields[0].key));
    case CYAML_STRING:
        return node->kind == NODE_VALUE ? 0 : node_not_value(conf, node);
    default:
        return 0; /* ignored */
    }
}
