/* SPDX-License-Identifier: MIT */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "summary.h"

/*
 * A saved result. Each object is described by a table of its members, in the order in which they
 * are written. Writer and reader (lib/store) share the tables: a new member is one line in its
 * table, and one in result.schema.json.
 *
 * Functions that return json_t return a new reference; NULL: out of memory.
 */

#define JSON_SCHEMA 1 /* the version that is written; earlier ones stay readable */

/* The largest time, count or size in a result: every JSON reader takes it exactly, and sums of a
 * few hundred fit 64 bits. In ns it is 104 days, in bytes 8 PiB. */
#define FIGURE_MAX (INT64_C(1) << 53)

/* A whole result. */
json_t *json_session(const struct session *session, const struct session_summary *summary);

enum field_type {
    FIELD_INT,      /* int */
    FIELD_INT64,    /* int64_t */
    FIELD_SIZE,     /* size_t; written only */
    FIELD_REAL,     /* double; NaN is written as null */
    FIELD_SHARE,    /* double, from 0 to THRESHOLD_MAX, or NaN if FIELD_MAYBE */
    FIELD_BOOL,     /* bool */
    FIELD_TEXT,     /* char[] */
    FIELD_STRING,   /* const char *, never NULL */
    FIELD_SENTENCE, /* const char *; NULL is null */
    FIELD_INTERVAL, /* struct interval; written only */
    FIELD_RATIO,    /* struct estimate; written only */
    FIELD_CASE,     /* ptrdiff_t, the index of a case: its id; -1 is null */
    FIELD_OBJECT,   /* a struct with its own table */
    FIELD_OTHER,    /* set with fields_set, and read by code in lib/store, if at all */
};

enum {
    FIELD_MAYBE = 1,    /* null where it is unknown: "", below `min`, not above 0, or NaN */
    FIELD_FAILS = 2,    /* a sentence: where it is set, members with FIELD_TIMED are null */
    FIELD_TIMED = 4,    /* a time, which is verified only in a sample that did not fail */
    FIELD_OPTIONAL = 8, /* null, or missing in older files: the struct is not changed */
    FIELD_LATER = 16,   /* not written where it is unknown (is_set); missing in older files */
};

struct json_field {
    const char *name; /* in JSON; NULL ends a table */
    enum field_type type;
    unsigned flags;
    size_t offset, size;             /* of the member */
    int64_t min, max;                /* inclusive; of each number that is read */
    const struct json_field *fields; /* of an object */
};

#define FIELD_AS(name_, type_, of, member, low, high, flags_)                                      \
    {                                                                                              \
        .name = (name_), .type = (type_), .flags = (flags_),                                       \
        .offset = offsetof(struct of, member), .size = sizeof(((struct of *)0)->member),           \
        .min = (low), .max = (high)                                                                \
    }
#define FIELD_WITHIN(type, of, name, low, high, flags)                                             \
    FIELD_AS(#name, type, of, name, low, high, flags)
#define FIELD(type, of, name, flags) FIELD_WITHIN(type, of, name, 0, FIGURE_MAX, flags)
#define FIELD_TABLE(of, name_, table, flags_)                                                      \
    {                                                                                              \
        .name = #name_, .type = FIELD_OBJECT, .flags = (flags_),                                   \
        .offset = offsetof(struct of, name_), .fields = (table)                                    \
    }
#define FIELD_ELSE(name_, flags_)                                                                  \
    { .name = (name_), .type = FIELD_OTHER, .flags = (flags_) }
#define FIELDS_END                                                                                 \
    { .name = NULL }

/* The tables, each in the file that writes its object. */
extern const struct json_field session_fields[]; /* struct session: the whole document */
extern const struct json_field plan_fields[];
extern const struct json_field section_fields[];
extern const struct json_field case_fields[];   /* struct bench_case */
extern const struct json_field result_fields[]; /* struct case_result, in the same object */
extern const struct json_field sample_fields[];
extern const struct json_field latency_fields[];
extern const struct json_field timed_fields[];
extern const struct json_field check_fields[];      /* struct check */
extern const struct json_field comparison_fields[]; /* struct gate_verdict */
extern const struct json_field settings_fields[];   /* struct gate_settings */
extern const struct json_field compared_fields[];   /* struct compared */
extern const struct json_field compared_session_fields[];
extern const struct json_field param_fields[];       /* struct param */
extern const struct json_field param_table_fields[]; /* the parameter tables of all cases */
extern const char *const param_type_words[];         /* by enum param_type, ended by NULL */

/* A new object. Members of FIELD_OTHER are null, or missing if FIELD_LATER. `plan` is that of
 * FIELD_CASE; NULL: the table has none. */
json_t *fields_value(const struct json_field *fields, const struct plan *plan, const void *from);

/* Adds the members of another table to an object. Takes and returns it. */
json_t *fields_add(
    json_t *object, const struct json_field *fields, const struct plan *plan, const void *from);

/* Sets members, each in its place. Takes both objects and returns the first. */
json_t *fields_set(json_t *object, json_t *members);

/* Whether a table has a member of this name. `fields` may be NULL. */
bool fields_know(const struct json_field *fields, const char *name);

/* Values. Of text that is not UTF-8, every byte above ASCII becomes '?'. */
json_t *json_text(const char *text);             /* NULL is null */
json_t *json_number(double number);              /* null for NaN and infinity */
json_t *json_interval(struct interval interval); /* null: unknown */
json_t *json_ratio(struct estimate ratio);
json_t *json_case_id(const struct plan *plan, ptrdiff_t index); /* null for -1 */
json_t *json_list(
    json_t *(*make)(const void *from, size_t index), const void *from, size_t first, size_t end);

/* Frees `value` and returns NULL. */
json_t *json_broken(json_t *value);

/* What the parts of a document are made from. */
struct json_source {
    const struct session *session;
    const struct session_summary *summary;
};

/* The parts. The first two are for json_list, of a struct json_source. */
json_t *json_case(const void *source, size_t index);
json_t *json_check(const void *source, size_t index);
json_t *json_comparison(const struct session *session, const struct gate_verdict *gate);

/* {"duration": 2000000, "blocking": false}: values are numbers in the unit of their type. */
json_t *json_params(const struct param *params, const union param_value *values);

/* The tables of all cases, with types and defaults, because another program may have other tables:
 * {"workloads": {"sleep": {"duration": {"type": "duration", "default": "10ms", "zero_word":
 * null}}}, "executors": {...}}. The workload of a plug-in is called "PATH:NAME". */
json_t *json_param_tables(const struct plan *plan);

#endif
