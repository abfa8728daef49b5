/* SPDX-License-Identifier: MIT */
#ifndef PCONC_PARAM_H
#define PCONC_PARAM_H

#include <pconc/diag.h>

#include <stddef.h>
#include <stdint.h>

/*
 * Parameters of workloads and executors are data. One table per workload or executor feeds the YAML
 * reader, the command line, `pconc list` and the documentation. Tables are constant, and any thread
 * may call these functions.
 */

enum param_type {
    PARAM_COUNT,    /* a whole number, "1000" */
    PARAM_DURATION, /* nanoseconds, written "250ms", "1.5s" */
    PARAM_SIZE,     /* bytes, written "64KiB" */
    PARAM_BOOL,     /* 0 or 1, written "true" or "false" */
    PARAM_TEXT,     /* any text */
};

union param_value {
    int64_t number;   /* every type but PARAM_TEXT */
    const char *text; /* PARAM_TEXT; borrowed from the text that was parsed */
};

struct param {
    const char *name; /* lower case, words joined by '_'; NULL ends a table */
    enum param_type type;
    const char *default_text; /* as a user would write it */
    const char *test_text;    /* a small value for tests; NULL: the default */
    int64_t min, max;         /* inclusive, in the unit of the type; not for BOOL and TEXT */
    const char *zero_word;    /* how 0 is written if it has a special meaning ("auto"); then it is
                                 allowed below `min`. NULL: 0 is a normal number */
    const char *not_above;    /* name of another entry of the same type; this value must not be
                                 larger than that one; NULL: none */
    const char *help;         /* one sentence, no full stop */
};

/* The maximum number of entries of a table. */
#define PARAMS_MAX 16

/* Number of entries without the last, empty one; 0 for NULL. */
size_t params_count(const struct param *params);

/* Index of `name` in the table, or -1. */
int params_find(const struct param *params, const char *name);

/* Parses `text` by type and range. -EINVAL with a sentence that names the parameter and the range;
 * *ret_value is untouched then. */
int param_parse(const struct param *param, const char *text, union param_value *ret_value,
    struct diag *diag) PCONC_CHECKED;

/* Checks the values of a whole table against each other (not_above). -EINVAL with a sentence that
 * names the two values; *ret_at is the index of the first of them. */
int params_check(const struct param *params, const union param_value *values, size_t *ret_at,
    struct diag *diag) PCONC_CHECKED;

/* Writes the value in its shortest exact form ("1s", "64KiB", "auto"). Returns a length like
 * snprintf: >= size means that it was cut. */
size_t param_format(const struct param *param, union param_value value, char *buf, size_t size);

/* Whether two values of `param` are equal. */
int param_equal(const struct param *param, union param_value a, union param_value b);

/* Writes every parameter's default (with `test`, its test value) to ret_values[params_count()].
 * -EINVAL if a default in the table cannot be parsed; a test checks all tables. */
int params_defaults(const struct param *params, int test, union param_value *ret_values,
    struct diag *diag) PCONC_CHECKED;

#endif
