/* SPDX-License-Identifier: MIT */
#ifndef STORE_JSON_NODE_H
#define STORE_JSON_NODE_H

#include <jansson.h>

#include <pconc/diag.h>

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "json.h"

/*
 * Strict reading of JSON. A node knows its place, so that an error names file and path:
 * "r.json: 'cases[2].samples[0].run_ns' is missing; ...".
 *
 * The document keeps the first error. After it, members are absent and values are 0, false or "": a
 * caller reads a whole object and then checks node_code() once, before it uses the values. Nodes
 * live on the stack and point to their parents.
 */

struct json_document {
    const char *file;
    struct arena *arena;     /* owns the texts that are read */
    struct diag *diag;       /* gets the first error */
    const struct plan *plan; /* the ids in the document are of its cases */
    int code;                /* of the first error: -EINVAL; 0: none so far */
};

struct json_node {
    struct json_document *document;
    const struct json_node *parent; /* NULL: the whole document */
    const char *key;                /* in an object; NULL: in an array */
    size_t index;                   /* in an array */
    const json_t *value;            /* NULL: absent */
};

/* Records an error. `what` follows the path: "is missing". */
void node_refuse(const struct json_node *node, const char *what, ...) PCONC_PRINTF(2, 3);

/* 0, or the code of the first error. */
static inline int node_code(const struct json_node *node) {
    return node->document->code;
}

/* "cases[2].samples[0].run_ns"; in the document's arena. */
const char *node_path(const struct json_node *node);

/* A member of an object; its value is NULL if it is missing. */
struct json_node node_find(const struct json_node *node, const char *key);
/* The same; refused if it is missing. */
struct json_node node_member(const struct json_node *node, const char *key);
/* The same; its value is NULL if it is null. */
struct json_node node_member_or_null(const struct json_node *node, const char *key);
/* Also if it is missing, as in older files. */
struct json_node node_optional(const struct json_node *node, const char *key);
/* Item `index` of an array, which has it. */
struct json_node node_item(const struct json_node *node, size_t index);

/* Refuses what is not an object, and members that are in neither table (`more` may be NULL): they
 * would be lost silently. */
void node_object(
    const struct json_node *node, const struct json_field *fields, const struct json_field *more);
/* The number of items. Refuses what is not an array or has more than `max` items. */
size_t node_array(const struct json_node *node, size_t max);

int64_t node_integer(const struct json_node *node, int64_t min, int64_t max);
double node_number(const struct json_node *node, int64_t min, int64_t max);
double node_share(const struct json_node *node); /* from 0 to THRESHOLD_MAX */
bool node_bool(const struct json_node *node);
const char *node_text(const struct json_node *node);
/* The index of the case that a text names; -1 for null. */
ptrdiff_t node_case(const struct json_node *node);

/* Reads the members of the table into the struct `into`, but those of FIELD_OTHER. */
void node_fields(const struct json_node *node, const struct json_field *fields, void *into);

#endif
