/* SPDX-License-Identifier: MIT */
#ifndef REPORT_JSON_NODE_H
#define REPORT_JSON_NODE_H

#include <jansson.h>

#include <pconc/diag.h>

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "json_fields.h"

/*
 * Reading JSON strictly: each value knows its place, so that every refusal names file and path:
 * "r.json: 'cases[2].samples[0].run_ns' is missing; ...". All return 0 or -EINVAL with the sentence
 * in the document's diag. Nodes live on the stack of whoever walks down and point up to their
 * parents.
 */

struct json_document {
    const char *file;
    struct arena *arena; /* texts are copied into it */
    struct diag *diag;
};

struct json_node {
    const struct json_document *document;
    const struct json_node *parent; /* NULL: the whole of it */
    const char *key;                /* in an object; NULL: in an array */
    size_t index;                   /* in an array */
    const json_t *value;
};

/* Says that a value is wrong: `what` goes on after its path: "is missing". */
int node_refuse(const struct json_node *node, const char *what, ...) PCONC_PRINTF(2, 3);

/* A member of an object. */
int node_member(
    const struct json_node *node, const char *key, struct json_node *ret_member) PCONC_CHECKED;
/* The same where null is a value too: *ret_member->value is NULL then. */
int node_member_or_null(
    const struct json_node *node, const char *key, struct json_node *ret_member) PCONC_CHECKED;
/* The same where the member may be missing too, as in files from before there was one. */
int node_optional(
    const struct json_node *node, const char *key, struct json_node *ret_member) PCONC_CHECKED;
/* Item `index`, which must be there. */
struct json_node node_item(const struct json_node *node, size_t index);

/* Refuses what is no object, and members that nobody knows: those in `names` (ended by NULL) and in
 * `fields` are known, either may be NULL. Else what a newer program wrote would be lost in
 * silence. */
int node_object(const struct json_node *node, const char *const *names,
    const struct json_field *fields) PCONC_CHECKED;
/* Refuses what is no array, or has more than `max` items. */
int node_array(const struct json_node *node, size_t max, size_t *ret_count) PCONC_CHECKED;

int node_integer(
    const struct json_node *node, int64_t min, int64_t max, int64_t *ret_number) PCONC_CHECKED;
int node_number(const struct json_node *node, double *ret_number) PCONC_CHECKED;
int node_bool(const struct json_node *node, bool *ret_value) PCONC_CHECKED;
int node_text(const struct json_node *node, const char **ret_text) PCONC_CHECKED;

/* The members of an object that `fields` lists, into the struct at `into`. `failed`: times must be
 * null, as fields_value writes them. */
int node_fields(const struct json_node *node, const struct json_field *fields, bool failed,
    void *into) PCONC_CHECKED;

#endif
