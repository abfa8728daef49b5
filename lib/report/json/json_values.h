/* SPDX-License-Identifier: MIT */
#ifndef REPORT_JSON_VALUES_H
#define REPORT_JSON_VALUES_H

#include <jansson.h>

#include "summary.h"

/* Values of a saved result. All are new references; NULL: out of memory. */

/* Of text that is not UTF-8, every byte above ASCII becomes '?'. */
json_t *json_text(const char *text);
json_t *json_text_or_null(const char *text);     /* NULL is null */
json_t *json_number(double number);              /* null for NaN and infinity */
json_t *json_interval(struct interval interval); /* null: unknown */
json_t *json_ratio(struct ratio ratio);

/* The id of a case; null for -1. */
json_t *json_case_id(const struct plan *plan, ptrdiff_t index);

/* An array of what `make` makes of the items first to end - 1. */
json_t *json_list(
    json_t *(*make)(const void *from, size_t index), const void *from, size_t first, size_t end);

/* Frees `value` and returns NULL. */
json_t *json_broken(json_t *value);

#endif
