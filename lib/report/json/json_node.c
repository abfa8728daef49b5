/* SPDX-License-Identifier: MIT */
#include "json_node.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "words.h"

#define ADVICE "take the file as 'pconc bench --save' wrote it, or measure again"

/* "cases[2].samples[0].run_ns" */
static const char *path_text(const struct json_node *node) {
    struct arena *arena = node->document->arena;

    if (!node->parent)
        return "";
    const char *above = path_text(node->parent);
    if (!node->key)
        return arena_printf(arena, "%s[%zu]", above, node->index);
    return arena_printf(arena, "%s%s%s", above, above[0] ? "." : "", shown(node->key).text);
}

int node_refuse(const struct json_node *node, const char *what, ...) {
    char text[512];
    va_list args;

    va_start(args, what);
    (void)vsnprintf(text, sizeof(text), what, args);
    va_end(args);
    if (!node->parent)
        return diag_set(
            node->document->diag, -EINVAL, "%s: it %s; " ADVICE, node->document->file, text);
    return diag_set(node->document->diag, -EINVAL, "%s: '%s' %s; " ADVICE, node->document->file,
        path_text(node), text);
}

static struct json_node member_of(const struct json_node *node, const char *key) {
    return (struct json_node){.document = node->document,
        .parent = node,
        .key = key,
        .value = json_object_get(node->value, key)};
}

int node_member(const struct json_node *node, const char *key, struct json_node *ret_member) {
    struct json_node member = member_of(node, key);

    if (!member.value)
        return node_refuse(&member, "is missing");
    *ret_member = member;
    return 0;
}

int node_member_or_null(
    const struct json_node *node, const char *key, struct json_node *ret_member) {
    int code = node_member(node, key, ret_member);

    if (code == 0 && json_is_null(ret_member->value))
        ret_member->value = NULL;
    return code;
}

int node_optional(const struct json_node *node, const char *key, struct json_node *ret_member) {
    if (json_object_get(node->value, key))
        return node_member_or_null(node, key, ret_member);
    *ret_member = member_of(node, key);
    return 0;
}

struct json_node node_item(const struct json_node *node, size_t index) {
    return (struct json_node){.document = node->document,
        .parent = node,
        .index = index,
        .value = json_array_get(node->value, index)};
}

static bool is_known(const char *key, const char *const *names, const struct json_field *fields) {
    for (; names && *names; names++) {
        if (strcmp(*names, key) == 0)
            return true;
    }
    return fields && fields_know(fields, key);
}

int node_object(
    const struct json_node *node, const char *const *names, const struct json_field *fields) {
    if (!json_is_object(node->value))
        return node_refuse(node, "is not an object");
    /* jansson's iteration takes no const object. */
    json_t *object = (json_t *)node->value;
    for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
        const char *key = json_object_iter_key(at);
        if (is_known(key, names, fields))
            continue;
        struct json_node member = member_of(node, key);
        return diag_set(node->document->diag, -EINVAL,
            "%s: nothing is known of '%s'; read the file with the pconc that wrote it, or a newer "
            "one",
            node->document->file, path_text(&member));
    }
    return 0;
}

int node_array(const struct json_node *node, size_t max, size_t *ret_count) {
    if (!json_is_array(node->value))
        return node_refuse(node, "is not an array");
    size_t count = json_array_size(node->value);
    if (count > max)
        return node_refuse(node, "has %zu items, and %zu are the most there can be", count, max);
    *ret_count = count;
    return 0;
}

int node_integer(const struct json_node *node, int64_t min, int64_t max, int64_t *ret_number) {
    if (!json_is_integer(node->value))
        return node_refuse(node, "is not a whole number");
    int64_t number = json_integer_value(node->value);
    if (number < min || number > max)
        return node_refuse(
            node, "is %" PRId64 ", not within %" PRId64 "..%" PRId64, number, min, max);
    *ret_number = number;
    return 0;
}

/* Whole numbers are numbers too: other programs write 4.0 as 4. */
int node_number(const struct json_node *node, double *ret_number) {
    if (!json_is_number(node->value))
        return node_refuse(node, "is not a number");
    *ret_number = json_number_value(node->value);
    return 0;
}

int node_bool(const struct json_node *node, bool *ret_value) {
    if (!json_is_boolean(node->value))
        return node_refuse(node, "is neither true nor false");
    *ret_value = json_is_true(node->value);
    return 0;
}

int node_text(const struct json_node *node, const char **ret_text) {
    if (!json_is_string(node->value))
        return node_refuse(node, "is not a text");
    *ret_text = arena_strdup(node->document->arena, json_string_value(node->value));
    return 0;
}

static int read_whole(const struct json_node *node, const struct json_field *field, void *at) {
    int64_t number = 0;
    int code = node_integer(node, field->min, field->max, &number);

    if (code < 0)
        return code;
    if (field->type == FIELD_INT)
        *(int *)at = (int)number;
    else
        *(int64_t *)at = number;
    return 0;
}

static int read_buffer(const struct json_node *node, const struct json_field *field, char *at) {
    const char *text = "";
    int code = node_text(node, &text);

    if (code < 0)
        return code;
    if (strlen(text) >= field->size)
        return node_refuse(node, "is longer than %zu bytes", field->size - 1);
    memcpy(at, text, strlen(text) + 1);
    return 0;
}

static int read_field(
    const struct json_node *node, const struct json_field *field, bool failed, void *into) {
    void *at = (char *)into + field->offset;
    bool left_out = failed && field->flags & FIELD_TIMED;

    if (left_out != json_is_null(node->value) && field->flags & FIELD_TIMED)
        return node_refuse(node,
            failed ? "is a time, but the sample failed" : "is null, but the sample did not fail");
    if (json_is_null(node->value)
        && (left_out || field->flags & FIELD_MAYBE || field->type == FIELD_SENTENCE))
        return 0; /* stays as the zeroes it was */
    switch (field->type) {
    case FIELD_INT:
    case FIELD_INT64:
        return read_whole(node, field, at);
    case FIELD_REAL:
        return node_number(node, at);
    case FIELD_TEXT:
        return read_buffer(node, field, at);
    case FIELD_SENTENCE:
        break;
    }
    return node_text(node, at);
}

int node_fields(
    const struct json_node *node, const struct json_field *fields, bool failed, void *into) {
    int code = 0;

    for (; code == 0 && fields->name; fields++) {
        struct json_node member = {0};
        if (fields->flags & FIELD_LATER && !json_object_get(node->value, fields->name))
            continue;
        code = node_member(node, fields->name, &member);
        if (code == 0)
            code = read_field(&member, fields, failed, into);
    }
    return code;
}
