/* SPDX-License-Identifier: MIT */
#ifndef REPORT_JSON_FIELDS_H
#define REPORT_JSON_FIELDS_H

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "summary.h"

/*
 * The objects of a saved result as tables, in the order in which members are written. Writer and
 * reader share them: a new member is one line in its table, and one in result.schema.json.
 */

enum field_type {
    FIELD_INT,      /* int, within min..max */
    FIELD_INT64,    /* int64_t, within min..max */
    FIELD_SIZE,     /* size_t; written only */
    FIELD_REAL,     /* double; NaN is written as null */
    FIELD_SHARE,    /* double, from 0 to THRESHOLD_MAX, or NaN if FIELD_MAYBE */
    FIELD_BOOL,     /* bool */
    FIELD_TEXT,     /* char[] */
    FIELD_STRING,   /* const char *, never NULL */
    FIELD_SENTENCE, /* const char *; NULL is null */
    FIELD_INTERVAL, /* struct interval; written only */
    FIELD_RATIO,    /* struct ratio; written only */
    FIELD_CASE,     /* ptrdiff_t, the index of a case: its id; -1 is null */
    FIELD_OBJECT,   /* a struct with a table of its own */
    FIELD_OTHER,    /* written with fields_set, and read by code of its own if at all */
};

enum {
    FIELD_MAYBE = 1,    /* null where it is "", not above 0, or NaN: the system did not say */
    FIELD_TIMED = 2,    /* null in a failed sample, whose times were not verified */
    FIELD_OPTIONAL = 4, /* null, or absent from older files: the struct keeps what it has */
    FIELD_LATER = 8,    /* not written where it is 0 or NULL, and absent from older files */
};

struct json_field {
    const char *name; /* in JSON; NULL ends a table */
    enum field_type type;
    unsigned flags;
    size_t offset, size;             /* of the member */
    int64_t min, max;                /* inclusive */
    const struct json_field *fields; /* of an object */
};

/* The tables are in the files that write their objects. */
#define FIELD_AS(name_, type_, of, member, low, high, flags_)                                      \
    {                                                                                              \
        .name = (name_), .type = (type_), .flags = (flags_),                                       \
        .offset = offsetof(struct of, member), .size = sizeof(((struct of *)0)->member),           \
        .min = (low), .max = (high)                                                                \
    }
#define FIELD_WITHIN(type, of, name, low, high, flags)                                             \
    FIELD_AS(#name, type, of, name, low, high, flags)
#define FIELD(type, of, name, flags) FIELD_WITHIN(type, of, name, INT64_MIN, INT64_MAX, flags)
#define FIELD_TABLE(of, name_, table, flags_)                                                      \
    {                                                                                              \
        .name = #name_, .type = FIELD_OBJECT, .flags = (flags_),                                   \
        .offset = offsetof(struct of, name_), .fields = (table)                                    \
    }
#define FIELD_ELSE(name_, flags_)                                                                  \
    { .name = (name_), .type = FIELD_OTHER, .flags = (flags_) }
#define FIELDS_END                                                                                 \
    { .name = NULL }

/* What saved values are made from. */
struct json_source {
    const struct session *session;
    const struct session_summary *summary;
};

/* A new object; members of FIELD_OTHER are null, or absent if FIELD_LATER. `failed`: so are times.
 * NULL: out of memory. The plan is that of FIELD_CASE; NULL: the table has none. */
json_t *fields_value(
    const struct json_field *fields, const struct plan *plan, const void *from, bool failed);

/* Adds the members of another table to an object. Takes and returns it; NULL: out of memory. */
json_t *fields_add(json_t *object, const struct json_field *fields, const struct plan *plan,
    const void *from, bool failed);

/* Sets members, each in its place. Takes both objects and returns the first; NULL: out of memory.
 */
json_t *fields_set(json_t *object, json_t *members);

/* Whether an object may have a member of this name. */
bool fields_know(const struct json_field *fields, const char *name);

#endif
