/* SPDX-License-Identifier: MIT */
#include "conf_walk.h"

#include "words.h"

#include <errno.h>
#include <string.h>

/* The place of a byte; columns count characters. */
static struct origin origin_of(const struct walk *walk, size_t offset) {
    struct origin origin = {.file = walk->name, .line = 1, .column = 1};

    for (size_t i = 0; i < offset && i < walk->size; i++) {
        if (walk->text[i] == '\n') {
            origin.line++;
            origin.column = 1;
        } else if (((unsigned char)walk->text[i] & 0xC0) != 0x80) {
            origin.column++;
        }
    }
    return origin;
}

/* The byte at a mark, which counts characters; '\0' behind the end. */
static char byte_at(const struct walk *walk, const yaml_mark_t *mark) {
    size_t characters = 0;

    for (size_t i = 0; i < walk->size; i++)
        if (((unsigned char)walk->text[i] & 0xC0) != 0x80 && characters++ == mark->index)
            return walk->text[i];
    return '\0';
}

static int refuse_bytes(struct walk *walk) {
    const yaml_parser_t *parser = &walk->parser;
    struct origin origin = origin_of(walk, parser->problem_offset);

    if (strcmp(parser->problem, "control characters are not allowed") != 0)
        return diag_at(walk->diag, origin, -EINVAL,
            "this is not UTF-8: %s; save the file as UTF-8 text", parser->problem);
    if (parser->problem_value == 0)
        return diag_at(
            walk->diag, origin, -EINVAL, "there is a NUL byte here; a config is plain text");
    return diag_at(walk->diag, origin, -EINVAL,
        "there is a control character (0x%02x) here; remove it", (unsigned)parser->problem_value);
}

static const char *syntax_advice(const struct walk *walk) {
    if (byte_at(walk, &walk->parser.problem_mark) == '\t')
        return "a tab cannot indent, use spaces";
    if (strstr(walk->parser.problem, "cannot start any token"))
        return "put the value into quotes";
    return "check indentation, colons, brackets and quotes here and above";
}

int walk_refuse_syntax(struct walk *walk) {
    const yaml_parser_t *parser = &walk->parser;
    struct origin origin = {
        .file = walk->name,
        .line = (int)parser->problem_mark.line + 1,
        .column = (int)parser->problem_mark.column + 1,
    };

    if (parser->error == YAML_READER_ERROR)
        return refuse_bytes(walk);
    if (!parser->context || parser->context_mark.line == parser->problem_mark.line)
        return diag_at(walk->diag, origin, -EINVAL, "this is not YAML: %s; %s", parser->problem,
            syntax_advice(walk));
    return diag_at(walk->diag, origin, -EINVAL,
        "this is not YAML: %s %s that begins in line %zu; %s", parser->problem, parser->context,
        parser->context_mark.line + 1, syntax_advice(walk));
}

/* What scalars, lists and mappings may carry besides their content. */
struct extras {
    const unsigned char *anchor, *tag;
};

static struct extras extras_of(const yaml_event_t *event) {
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return (struct extras){event->data.scalar.anchor, event->data.scalar.tag};
    case YAML_SEQUENCE_START_EVENT:
        return (struct extras){event->data.sequence_start.anchor, event->data.sequence_start.tag};
    case YAML_MAPPING_START_EVENT:
        return (struct extras){event->data.mapping_start.anchor, event->data.mapping_start.tag};
    default:
        return (struct extras){NULL, NULL};
    }
}

int walk_refuse_event(struct walk *walk) {
    const yaml_event_t *event = &walk->event;
    struct extras extras = extras_of(event);

    if (event->type == YAML_ALIAS_EVENT)
        return diag_at(walk->diag, walk_origin(walk), -EINVAL,
            "'*%s' is an alias, and configs have none; write the value out",
            shown((const char *)event->data.alias.anchor).text);
    if (extras.anchor)
        return diag_at(walk->diag, walk_origin(walk), -EINVAL,
            "'&%s' is an anchor, and configs have none; remove it, and write the value out where "
            "it is used",
            shown((const char *)extras.anchor).text);
    if (extras.tag)
        return diag_at(walk->diag, walk_origin(walk), -EINVAL,
            "'%s' is a tag, and configs have none; remove it",
            shown((const char *)extras.tag).text);
    if (event->type == YAML_SCALAR_EVENT
        && strlen((const char *)event->data.scalar.value) != event->data.scalar.length)
        return diag_at(walk->diag, walk_origin(walk), -EINVAL,
            "this text has a NUL byte in it; remove the '\\0'");
    return 0;
}

static bool in_list(const struct walk *walk) {
    return walk->path_length > 0 && walk->path[walk->path_length - 1] == ']';
}

int walk_refuse_nothing(struct walk *walk, const char *key) {
    if (in_list(walk))
        return diag_at(walk->diag, walk_origin(walk), -EINVAL,
            "this entry of '%s' is empty; write a value or remove the entry", key);
    return diag_at(walk->diag, walk_origin(walk), -EINVAL,
        "'%s' has no value; write one or remove the key", key);
}

static const char *kind_of(const yaml_event_t *event) {
    switch (event->type) {
    case YAML_SEQUENCE_START_EVENT:
        return "a list";
    case YAML_MAPPING_START_EVENT:
        return "a mapping";
    default:
        return "a single value";
    }
}

static int refuse_for_value(struct walk *walk, const char *key, const char *kind) {
    bool may_vary = strncmp(walk->path, "runs[", 5) == 0 && strstr(walk->path, ".p");

    if (in_list(walk))
        return diag_at(walk->diag, walk_origin(walk), -EINVAL,
            "an entry of '%s' is a single value, not %s; write it without brackets", key, kind);
    if (may_vary && walk->event.type == YAML_SEQUENCE_START_EVENT)
        return diag_at(walk->diag, walk_origin(walk), -EINVAL,
            "'%s' takes a single value here, not a list; put the list under 'matrix:'", key);
    return diag_at(walk->diag, walk_origin(walk), -EINVAL,
        "'%s' takes a single value, not %s; write '%s: VALUE'", key, kind, key);
}

static int refuse_for_list(
    struct walk *walk, const cyaml_schema_value_t *wanted, const char *key, const char *kind) {
    if (wanted->sequence.entry->type == CYAML_MAPPING)
        return diag_at(walk->diag, walk_origin(walk), -EINVAL,
            "'%s' takes a list, not %s; begin each entry with '- %s: ...'", key, kind,
            wanted->sequence.entry->mapping.fields[0].key);
    return diag_at(walk->diag, walk_origin(walk), -EINVAL,
        "'%s' takes a value or a list, not %s; write '%s: [VALUE, VALUE]'", key, kind, key);
}

static int refuse_for_mapping(
    struct walk *walk, const cyaml_schema_value_t *wanted, const char *key, const char *kind) {
    const cyaml_schema_field_t *first = &wanted->mapping.fields[0];
    const char *value = first->value.type == CYAML_SEQUENCE ? "[VALUE, VALUE]" : "VALUE";

    if (!key)
        return diag_at(walk->diag, walk_origin(walk), -EINVAL,
            "a config is a mapping, not %s; begin with 'runs:'", kind);
    if (in_list(walk))
        return diag_at(walk->diag, walk_origin(walk), -EINVAL,
            "an entry of '%s' is a mapping, not %s; write '- %s: %s'", key, kind, first->key,
            value);
    return diag_at(walk->diag, walk_origin(walk), -EINVAL,
        "'%s' takes a mapping, not %s; write '%s: {%s: %s}'", key, kind, key,
        conf_takes_any_key(wanted) ? "NAME" : first->key, value);
}

int walk_refuse_kind(struct walk *walk, const cyaml_schema_value_t *wanted, const char *key) {
    const char *kind = kind_of(&walk->event);

    switch (wanted->type) {
    case CYAML_MAPPING:
        return refuse_for_mapping(walk, wanted, key, kind);
    case CYAML_SEQUENCE:
        return refuse_for_list(walk, wanted, key, kind);
    default:
        return refuse_for_value(walk, key, kind);
    }
}
