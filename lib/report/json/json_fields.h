/* SPDX-License-Identifier: MIT */
#ifndef REPORT_JSON_FIELDS_H
#define REPORT_JSON_FIELDS_H

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The flat structs of a result as tables: what is written to JSON and what is read back is one
 * list, in one order. A member that belongs into saved results is one line in its table (and one in
 * result.schema.json).
 */

enum field_type {
    FIELD_INT,      /* int */
    FIELD_INT64,    /* int64_t */
    FIELD_REAL,     /* double, finite */
    FIELD_TEXT,     /* char[] */
    FIELD_SENTENCE, /* const char *; NULL is null */
};

enum {
    FIELD_MAYBE = 1, /* null where it is "", or not above 0: the system did not say */
    FIELD_LATER = 4, /* absent where it is 0 or NULL: files from before it have none */
    FIELD_TIMED = 2, /* null in a failed sample: a time that was not verified is no time */
};

struct json_field {
    const char *name; /* in JSON; NULL ends a table */
    enum field_type type;
    unsigned flags;
    size_t offset, size; /* of the member */
    int64_t min, max;    /* inclusive, of whole numbers */
};

extern const struct json_field environment_fields[]; /* struct environment but for the version */
extern const struct json_field plan_fields[];
extern const struct json_field interference_fields[];
extern const struct json_field sample_fields[];
extern const struct json_field latency_fields[];

/* A new object. `failed`: leave out times. NULL: out of memory. */
json_t *fields_value(const struct json_field *fields, const void *from, bool failed);

/* Whether an object may have a member of this name. */
bool fields_know(const struct json_field *fields, const char *name);

#endif
