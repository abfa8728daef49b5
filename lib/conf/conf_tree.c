/* SPDX-License-Identifier: MIT */
#include "conf_parts.h"

#include "words.h"

#include <errno.h>
#include <string.h>

#define ENTRIES_MAX 10000 /* of a list: a plan has no more cases */

struct reader {
    const struct conf *conf;
    yaml_parser_t parser;
    yaml_event_t event; /* the last one; its texts live until the next */
    struct anchors anchors;
};

/* Where the event begins. */
static struct origin origin_of(const struct reader *reader) {
    const yaml_mark_t *mark = &reader->event.start_mark;

    return (struct origin){reader->conf->name, (int)mark->line + 1, (int)mark->column + 1};
}

/* A value that was left out, as after "key:". */
static bool is_nothing(const yaml_event_t *event) {
    return event->type == YAML_SCALAR_EVENT && event->data.scalar.length == 0
        && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

/* YAML that configs do without. */
static int refuse_tag(const struct reader *reader, const yaml_char_t *tag) {
    if (!tag)
        return 0;
    return diag_at(reader->conf->diag, origin_of(reader), -EINVAL,
        "'%s' is a tag, which a config cannot have; write the plain value",
        shown((const char *)tag).text);
}

static int check_event(const struct reader *reader) {
    const yaml_event_t *event = &reader->event;

    switch (event->type) {
    case YAML_SEQUENCE_START_EVENT:
        return refuse_tag(reader, event->data.sequence_start.tag);
    case YAML_MAPPING_START_EVENT:
        return refuse_tag(reader, event->data.mapping_start.tag);
    case YAML_SCALAR_EVENT:
        if (strlen((const char *)event->data.scalar.value) != event->data.scalar.length)
            return diag_at(reader->conf->diag, origin_of(reader), -EINVAL,
                "this text has a NUL byte in it; remove the '\\0'");
        return refuse_tag(reader, event->data.scalar.tag);
    default:
        return 0;
    }
}

static int next_event(struct reader *reader) {
    yaml_event_delete(&reader->event);
    if (!yaml_parser_parse(&reader->parser, &reader->event))
        return conf_syntax_error(reader->conf, &reader->parser);
    return check_event(reader);
}

static const char *event_text(const struct reader *reader) {
    return arena_strdup(reader->conf->arena, (const char *)reader->event.data.scalar.value);
}

/* Of the value at whose first event the reader stands; NULL: none. */
static const char *event_anchor(const struct reader *reader) {
    const yaml_event_t *event = &reader->event;
    const yaml_char_t *name = event->type == YAML_SCALAR_EVENT ? event->data.scalar.anchor
        : event->type == YAML_SEQUENCE_START_EVENT             ? event->data.sequence_start.anchor
        : event->type == YAML_MAPPING_START_EVENT              ? event->data.mapping_start.anchor
                                                               : NULL;

    return (const char *)name;
}

const struct node *node_child(const struct node *mapping, const char *key) {
    const struct node *child = mapping ? mapping->first : NULL;

    while (child && strcmp(child->key, key) != 0)
        child = child->next;
    return child;
}

/* The key on which the reader stands, and the event behind it. */
static int read_key(struct reader *reader, const struct node *mapping, struct node *child) {
    struct diag *diag = reader->conf->diag;
    struct origin origin = origin_of(reader);
    const struct node *same;

    if (reader->event.type != YAML_SCALAR_EVENT)
        return diag_at(diag, origin, -EINVAL, "a key must be plain text; write 'KEY: VALUE'");
    if (event_anchor(reader))
        return diag_at(
            diag, origin, -EINVAL, "a key cannot have an anchor; put '&NAME' before its value");
    child->key = event_text(reader);
    child->key_origin = origin;
    child->merges =
        strcmp(child->key, "<<") == 0 && reader->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    same = node_child(mapping, child->key);
    if (same)
        return diag_at(diag, origin, -EINVAL, "'%s' is given twice, first in line %d; remove one",
            shown(child->key).text, same->key_origin.line);
    if (mapping->count == KEYS_MAX)
        return diag_at(diag, origin, -EINVAL,
            "'%s' is one key too many; a mapping can have %d keys", shown(child->key).text,
            KEYS_MAX);
    return next_event(reader);
}

static int read_value(struct reader *reader, int depth, struct node *node);

/* A list or mapping whose children were measured. */
static void measure(struct node *parent) {
    parent->nodes = parent->height = 1;
    parent->bytes = 0;
    for (const struct node *child = parent->first; child; child = child->next) {
        parent->nodes += child->nodes;
        parent->bytes += child->bytes + (child->is_entry ? 0 : strlen(child->key));
        if (child->height >= parent->height)
            parent->height = child->height + 1;
    }
}

static int read_children(struct reader *reader, int depth, struct node *parent) {
    bool is_list = parent->kind == NODE_LIST;
    yaml_event_type_t end = is_list ? YAML_SEQUENCE_END_EVENT : YAML_MAPPING_END_EVENT;
    struct node **last = &parent->first;
    int code;

    if (depth == DEPTH_MAX)
        return diag_at(reader->conf->diag, parent->origin, -EINVAL,
            "lists and mappings are nested too deep here; check brackets and indentation");
    while ((code = next_event(reader)) == 0 && reader->event.type != end) {
        struct node *child = arena_alloc(reader->conf->arena, sizeof(*child));
        if (is_list && parent->count == ENTRIES_MAX)
            return diag_at(reader->conf->diag, origin_of(reader), -EINVAL,
                "this list has more than %d entries; shorten it", ENTRIES_MAX);
        child->key = parent->key;
        child->is_entry = is_list;
        if (!is_list)
            code = read_key(reader, parent, child);
        if (code == 0)
            code = read_value(reader, depth + 1, child);
        if (code < 0)
            break;
        *last = child;
        last = &child->next;
        parent->count++;
    }
    if (code == 0 && !is_list)
        code = merge_write_out(reader->conf, parent);
    measure(parent);
    if (code == 0 && is_list && parent->count == 0 && parent->key)
        return diag_at(reader->conf->diag, parent->origin, -EINVAL,
            "'%s' is an empty list; give it an entry or remove the key", shown(parent->key).text);
    return code;
}

static int refuse_nothing(const struct reader *reader, const struct node *node) {
    if (!node->key)
        return diag_at(reader->conf->diag, (struct origin){.file = reader->conf->name}, -EINVAL,
            "is empty; a config has at least 'runs: [{workload: NAME}]'");
    if (node->is_entry)
        return diag_at(reader->conf->diag, node->origin, -EINVAL,
            "this entry of '%s' is empty; write a value or remove the entry",
            shown(node->key).text);
    return diag_at(reader->conf->diag, node->origin, -EINVAL,
        "'%s' has no value; write one or remove the key", shown(node->key).text);
}

static int read_contents(struct reader *reader, int depth, struct node *node) {
    if (reader->event.type == YAML_SCALAR_EVENT) {
        node->text = event_text(reader);
        node->nodes = 1;
        node->bytes = strlen(node->text);
        return 0;
    }
    node->kind = reader->event.type == YAML_SEQUENCE_START_EVENT ? NODE_LIST : NODE_MAPPING;
    return read_children(reader, depth, node);
}

/* The value at whose first event the reader stands. */
static int read_value(struct reader *reader, int depth, struct node *node) {
    const char *anchor = event_anchor(reader);
    int code = 0;

    node->origin = origin_of(reader);
    if (is_nothing(&reader->event) || reader->event.type == YAML_STREAM_END_EVENT)
        return refuse_nothing(reader, node);
    if (reader->event.type == YAML_ALIAS_EVENT)
        return alias_write_out(reader->conf, &reader->anchors,
            (const char *)reader->event.data.alias.anchor, depth, node);
    if (anchor)
        code = anchor_open(reader->conf, &reader->anchors, anchor, node);
    if (code == 0)
        code = read_contents(reader, depth, node);
    if (anchor)
        anchor_close(&reader->anchors, node);
    return code;
}

/* stream start, document start, value, document end, stream end */
static int read_document(struct reader *reader, struct node *root) {
    int code = next_event(reader);

    if (code == 0)
        code = next_event(reader);
    if (code == 0 && reader->event.type == YAML_DOCUMENT_START_EVENT)
        code = next_event(reader);
    if (code == 0)
        code = read_value(reader, 0, root);
    for (int i = 0; i < 2 && code == 0; i++)
        code = next_event(reader);
    if (code == 0 && reader->event.type != YAML_STREAM_END_EVENT)
        code = diag_at(reader->conf->diag, origin_of(reader), -EINVAL,
            "a second document begins here; put it into another file");
    return code;
}

int conf_tree(const struct conf *conf, struct node **ret_root) {
    struct reader reader = {.conf = conf};
    struct node *root = arena_alloc(conf->arena, sizeof(*root));
    int code;

    if (!yaml_parser_initialize(&reader.parser))
        return diag_no_memory(conf->diag, "reading '%s'", conf->name);
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)conf->text, conf->size);
    code = read_document(&reader, root);
    yaml_event_delete(&reader.event);
    yaml_parser_delete(&reader.parser);
    if (code == 0)
        *ret_root = root;
    return code;
}
