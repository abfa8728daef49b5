/* SPDX-License-Identifier: MIT */
#include "conf_walk.h"

#include "words.h"

#include <errno.h>
#include <string.h>

/* Along the schema through the document; the schema bounds how deep this can go. */

static int walk_value(struct walk *walk, const cyaml_schema_value_t *schema, const char *key);

/* Of the field for `key`, or of the one that ends the fields. */
static size_t field_index(const cyaml_schema_value_t *mapping, const char *key) {
    const cyaml_schema_field_t *fields = mapping->mapping.fields;
    size_t i = 0;

    while (fields[i].key && strcmp(fields[i].key, key) != 0)
        i++;
    return i;
}

static int unknown_key(struct walk *walk, const cyaml_schema_value_t *mapping, const char *key) {
    const char *names[16]; /* no mapping has as many */
    size_t count = 0;

    for (; mapping->mapping.fields[count].key; count++)
        names[count] = mapping->mapping.fields[count].key;
    return unknown_word(walk->diag, walk_origin(walk), "there is no key", key, names, count);
}

static bool is_name(const char *key) {
    size_t length = strlen(key);

    return length > 0 && length <= CONF_NAME_LENGTH_MAX
        && strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
        == length;
}

/* The parameter called `key`, new or known. */
static int add_name(struct walk *walk, const char *key, size_t *ret_index) {
    struct names *names = &walk->walked->names;

    if (!is_name(key))
        return diag_at(walk->diag, walk_origin(walk), -EINVAL,
            "'%s' cannot be a parameter's name; names are made of letters, digits and '_'",
            shown(key).text);
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->items[i], key) == 0) {
            *ret_index = i;
            return 0;
        }
    if (names->count == CONF_NAMES_MAX)
        return diag_at(walk->diag, walk_origin(walk), -EINVAL,
            "'%s' is one parameter name too many; a file can use %d different ones",
            shown(key).text, CONF_NAMES_MAX);
    names->items[names->count] = arena_strdup(walk->arena, key);
    *ret_index = names->count++;
    return 0;
}

/* The key that the walk stands on, in a mapping of which `seen` holds the lines of keys so far. */
static int walk_key(struct walk *walk, const cyaml_schema_value_t *mapping, int *seen,
    const cyaml_schema_field_t **ret_field, const char **ret_key) {
    const cyaml_schema_field_t *field = mapping->mapping.fields;
    const char *key = (const char *)walk->event.data.scalar.value;
    size_t index = 0;

    if (walk->event.type != YAML_SCALAR_EVENT)
        return diag_at(walk->diag, walk_origin(walk), -EINVAL,
            "a key cannot be a list or a mapping; write 'KEY: VALUE'");
    if (conf_takes_any_key(mapping)) {
        int r = add_name(walk, key, &index);
        if (r < 0)
            return r;
    } else {
        index = field_index(mapping, key);
        if (!field[index].key)
            return unknown_key(walk, mapping, key);
        field += index;
    }
    if (seen[index] > 0)
        return diag_at(walk->diag, walk_origin(walk), -EINVAL,
            "'%s' is given twice, first in line %d; remove one", key, seen[index]);
    seen[index] = walk_origin(walk).line;
    *ret_field = field;
    *ret_key = conf_takes_any_key(mapping) ? walk->walked->names.items[index] : field->key;
    return walk_emit_scalar(walk);
}

static int check_required(struct walk *walk, const cyaml_schema_value_t *mapping, const int *seen,
    struct origin origin, const char *key) {
    if (conf_takes_any_key(mapping))
        return 0;
    for (size_t i = 0; mapping->mapping.fields[i].key; i++) {
        const cyaml_schema_field_t *field = &mapping->mapping.fields[i];
        if (seen[i] == 0 && !(field->value.flags & CYAML_FLAG_OPTIONAL))
            return diag_at(walk->diag, origin, -EINVAL, "%s%s%s has no '%s'; add '%s: ...'",
                key ? "this entry of '" : "this config", key ? key : "", key ? "'" : "", field->key,
                field->key);
    }
    return 0;
}

static int walk_mapping(struct walk *walk, const cyaml_schema_value_t *mapping, const char *key) {
    struct origin origin = walk_origin(walk);
    int seen[CONF_NAMES_MAX] = {0};
    int r;

    if (walk->event.type != YAML_MAPPING_START_EVENT)
        return walk_refuse_kind(walk, mapping, key);
    r = walk_emit_mapping_start(walk);
    while (r == 0 && (r = walk_next(walk)) == 0 && walk->event.type != YAML_MAPPING_END_EVENT) {
        const cyaml_schema_field_t *field = mapping->mapping.fields;
        const char *inner = field->key;
        size_t length = walk->path_length;
        struct origin at = walk_origin(walk);
        r = walk_key(walk, mapping, seen, &field, &inner);
        if (r == 0)
            r = walk_next(walk);
        if (r < 0)
            break;
        walk_enter(walk, at, "%s%s", length > 0 ? "." : "", inner);
        r = walk_value(walk, &field->value, inner);
        walk_leave(walk, length);
    }
    if (r == 0)
        r = check_required(walk, mapping, seen, origin, key);
    return r == 0 ? walk_emit_mapping_end(walk) : r;
}

static int walk_entries(struct walk *walk, const cyaml_schema_value_t *list, const char *key) {
    struct origin origin = walk_origin(walk);
    size_t length = walk->path_length, count = 0;
    int r = walk_emit_list_start(walk);

    while (r == 0 && (r = walk_next(walk)) == 0 && walk->event.type != YAML_SEQUENCE_END_EVENT) {
        if (count == list->sequence.max)
            return diag_at(walk->diag, walk_origin(walk), -EINVAL,
                "'%s' has more than %zu entries; shorten it", key, count);
        walk_enter(walk, walk_origin(walk), "[%zu]", count++);
        r = walk_value(walk, list->sequence.entry, key);
        walk_leave(walk, length);
    }
    if (r == 0 && count < list->sequence.min)
        r = diag_at(walk->diag, origin, -EINVAL,
            "'%s' is an empty list; give it an entry or remove the key", key);
    return r == 0 ? walk_emit_list_end(walk) : r;
}

static int walk_list(struct walk *walk, const cyaml_schema_value_t *list, const char *key) {
    size_t length = walk->path_length;
    int r;

    if (walk->event.type == YAML_SEQUENCE_START_EVENT)
        return walk_entries(walk, list, key);
    if (walk->event.type != YAML_SCALAR_EVENT || list->sequence.entry->type != CYAML_STRING)
        return walk_refuse_kind(walk, list, key);
    /* a single value: brackets for libcyaml */
    walk_enter(walk, walk_origin(walk), "[0]");
    r = walk_emit_list_start(walk);
    if (r == 0)
        r = walk_value(walk, list->sequence.entry, key);
    walk_leave(walk, length);
    return r == 0 ? walk_emit_list_end(walk) : r;
}

static int walk_scalar(struct walk *walk, const cyaml_schema_value_t *schema, const char *key) {
    if (walk->event.type != YAML_SCALAR_EVENT)
        return walk_refuse_kind(walk, schema, key);
    return walk_emit_scalar(walk);
}

static int walk_value(struct walk *walk, const cyaml_schema_value_t *schema, const char *key) {
    if (walk_is_nothing(walk))
        return walk_refuse_nothing(walk, key);
    switch (schema->type) {
    case CYAML_MAPPING:
        return walk_mapping(walk, schema, key);
    case CYAML_SEQUENCE:
        return walk_list(walk, schema, key);
    default:
        return walk_scalar(walk, schema, key);
    }
}

/* stream start, document start, value, document end, stream end */
static int walk_document(struct walk *walk, const cyaml_schema_value_t *root) {
    struct origin file = {.file = walk->name};
    int r = walk_next(walk);

    if (r == 0)
        r = walk_emit_begin(walk);
    if (r == 0)
        r = walk_next(walk);
    if (r == 0 && walk->event.type == YAML_DOCUMENT_START_EVENT)
        r = walk_next(walk);
    if (r < 0)
        return r;
    if (walk->event.type == YAML_STREAM_END_EVENT || walk_is_nothing(walk))
        return diag_at(walk->diag, file, -EINVAL,
            "is empty; a config has at least 'runs: [{workload: NAME}]'");
    r = walk_value(walk, root, NULL);
    if (r == 0)
        r = walk_next(walk); /* the document's end */
    if (r == 0)
        r = walk_next(walk);
    if (r < 0)
        return r;
    if (walk->event.type != YAML_STREAM_END_EVENT)
        return diag_at(walk->diag, walk_origin(walk), -EINVAL,
            "a second document begins here; put it into a file of its own");
    return walk_emit_end(walk);
}

int conf_walk(const char *name, const char *text, size_t size, struct arena *arena,
    struct walked *walked, struct diag *diag) {
    struct walk walk = {
        .name = name, .text = text, .size = size, .diag = diag, .arena = arena, .walked = walked};
    int r;

    walked->places.arena = arena;
    r = walk_open(&walk);
    if (r == 0)
        r = walk_document(&walk, conf_schema(arena, NULL));
    r = walk_close(&walk, r);
    places_sort(&walked->places);
    return r;
}
