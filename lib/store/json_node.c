/* SPDX-License-Identifier: MIT */
#include "json_node.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "words.h"

#define ADVICE "use the file as 'pconc bench --save' wrote it, or measure again"

const char *node_path(const struct json_node *node) {
    struct arena *arena = node->document->arena;
    if (!node->parent)
        return "";
    const char *above = node_path(node->parent);
    if (!node->key)
        return arena_printf(arena, "%s[%zu]", above, node->index);
    return arena_printf(arena, "%s%s%s", above, above[0] ? "." : "", shown(node->key).text);
}

void node_refuse(const struct json_node *node, const char *what, ...) {
    struct json_document *document = node->document;
    char text[512];
    va_list args;
    if (document->code < 0)
        return;
    va_start(args, what);
    vsnprintf(text, sizeof(text), what, args);
    va_end(args);
    document->code = !node->parent
        ? diag_set(document->diag, -EINVAL, "%s: it %s; " ADVICE, document->file, text)
        : diag_set(
            document->diag, -EINVAL, "%s: '%s' %s; " ADVICE, document->file, node_path(node), text);
}

struct json_node node_find(const struct json_node *node, const char *key) {
    return (struct json_node){.document = node->document,
        .parent = node,
        .key = key,
        .value = node_code(node) < 0 ? NULL : json_object_get(node->value, key)};
}

struct json_node node_member(const struct json_node *node, const char *key) {
    struct json_node member = node_find(node, key);
    if (!member.value)
        node_refuse(&member, "is missing");
    return member;
}

struct json_node node_member_or_null(const struct json_node *node, const char *key) {
    struct json_node member = node_member(node, key);
    if (json_is_null(member.value))
        member.value = NULL;
    return member;
}

struct json_node node_optional(const struct json_node *node, const char *key) {
    return json_object_get(node->value, key) ? node_member_or_null(node, key)
                                             : node_find(node, key);
}

struct json_node node_item(const struct json_node *node, size_t index) {
    return (struct json_node){.document = node->document,
        .parent = node,
        .index = index,
        .value = json_array_get(node->value, index)};
}

static void refuse_unknown(const struct json_node *node) {
    struct json_document *document = node->document;
    if (document->code == 0)
        document->code = diag_set(document->diag, -EINVAL,
            "%s: '%s' is unknown; read the file with the pconc that wrote it, or a newer one",
            document->file, node_path(node));
}

void node_object(
    const struct json_node *node, const struct json_field *fields, const struct json_field *more) {
    /* jansson's iteration takes no const object. */
    json_t *object = (json_t *)node->value, *value;
    const char *key;
    if (!json_is_object(node->value))
        node_refuse(node, "is not an object");
    json_object_foreach(object, key, value) {
        struct json_node member = node_find(node, key);
        if (!fields_know(fields, key) && !fields_know(more, key))
            refuse_unknown(&member);
    }
}

size_t node_array(const struct json_node *node, size_t max) {
    size_t count = json_array_size(node->value);
    if (!json_is_array(node->value))
        node_refuse(node, "is not an array");
    else if (count > max)
        node_refuse(node, "has %zu items, but at most %zu are allowed", count, max);
    return node_code(node) < 0 ? 0 : count;
}

int64_t node_integer(const struct json_node *node, int64_t min, int64_t max) {
    int64_t number = json_integer_value(node->value);
    if (!json_is_integer(node->value))
        node_refuse(node, "is not a whole number");
    else if (number < min || number > max)
        node_refuse(node, "is %" PRId64 ", not within %" PRId64 "..%" PRId64, number, min, max);
    return number;
}

/* Also of whole numbers, because other programs write 4.0 as 4. */
double node_number(const struct json_node *node, int64_t min, int64_t max) {
    double number = json_number_value(node->value);
    if (!json_is_number(node->value))
        node_refuse(node, "is not a number");
    else if (!(number >= (double)min && number <= (double)max))
        node_refuse(node, "is %g, not within %" PRId64 "..%" PRId64, number, min, max);
    return number;
}

double node_share(const struct json_node *node) {
    double share = node_number(node, INT64_MIN, INT64_MAX);
    if (!(share >= 0 && share <= THRESHOLD_MAX))
        node_refuse(node, "is not between 0 and %g", THRESHOLD_MAX);
    return share;
}

bool node_bool(const struct json_node *node) {
    if (!json_is_boolean(node->value))
        node_refuse(node, "is neither true nor false");
    return json_is_true(node->value);
}

const char *node_text(const struct json_node *node) {
    const char *text = json_string_value(node->value);
    if (!text)
        node_refuse(node, "is not a text");
    return text ? arena_strdup(node->document->arena, text) : "";
}

ptrdiff_t node_case(const struct json_node *node) {
    if (json_is_null(node->value))
        return -1;
    const char *id = node_text(node);
    ptrdiff_t index = node_code(node) < 0 ? -1 : plan_find_case(node->document->plan, id);
    if (index < 0)
        node_refuse(node, "is not the id of a case");
    return index;
}

static void read_buffer(const struct json_node *node, const struct json_field *field, char *at) {
    const char *text = node_text(node);
    if (strlen(text) >= field->size)
        node_refuse(node, "is longer than %zu bytes", field->size - 1);
    else
        memcpy(at, text, strlen(text) + 1);
}

static void read_value(const struct json_node *node, const struct json_field *field, void *at) {
    switch (field->type) {
    case FIELD_INT:
        *(int *)at = (int)node_integer(node, field->min, field->max);
        return;
    case FIELD_INT64:
        *(int64_t *)at = node_integer(node, field->min, field->max);
        return;
    case FIELD_REAL:
        *(double *)at = node_number(node, field->min, field->max);
        return;
    case FIELD_SHARE:
        *(double *)at = node_share(node);
        return;
    case FIELD_BOOL:
        *(bool *)at = node_bool(node);
        return;
    case FIELD_TEXT:
        read_buffer(node, field, at);
        return;
    case FIELD_STRING:
    case FIELD_SENTENCE:
        *(const char **)at = node_text(node);
        return;
    case FIELD_CASE:
        *(ptrdiff_t *)at = node_case(node);
        return;
    case FIELD_OBJECT:
        node_object(node, field->fields, NULL);
        node_fields(node, field->fields, at);
        return;
    case FIELD_SIZE:
    case FIELD_INTERVAL:
    case FIELD_RATIO:
    case FIELD_OTHER:
        return;
    }
}

/* Null: below the smallest value, as it is written where it is unknown. */
static void read_unknown(const struct json_field *field, void *at) {
    if (field->type == FIELD_INT)
        *(int *)at = (int)field->min - 1;
    else if (field->type == FIELD_INT64)
        *(int64_t *)at = field->min - 1;
}

static void read_field(
    const struct json_node *node, const struct json_field *field, bool failed, void *at) {
    bool is_null = json_is_null(node->value), timed = field->flags & FIELD_TIMED;
    if (timed && failed != is_null)
        node_refuse(node,
            failed ? "is a time, but the sample failed" : "is null, but the sample did not fail");
    else if (!is_null
        || !(timed || field->flags & (FIELD_MAYBE | FIELD_OPTIONAL)
            || field->type == FIELD_SENTENCE))
        read_value(node, field, at);
    else if (field->flags & FIELD_MAYBE)
        read_unknown(field, at);
}

void node_fields(const struct json_node *node, const struct json_field *fields, void *into) {
    bool failed = false; /* as fields_add() writes it */
    for (; fields->name && node_code(node) == 0; fields++) {
        bool may_be_absent = fields->flags & (FIELD_LATER | FIELD_OPTIONAL);
        if (fields->type == FIELD_OTHER
            || (may_be_absent && !json_object_get(node->value, fields->name)))
            continue;
        struct json_node member = node_member(node, fields->name);
        failed = failed || (fields->flags & FIELD_FAILS && json_is_string(member.value));
        if (member.value)
            read_field(&member, fields, failed, (char *)into + fields->offset);
    }
}
