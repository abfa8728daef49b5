/* SPDX-License-Identifier: MIT */
#ifndef REPORT_JSON_CASE_H
#define REPORT_JSON_CASE_H

#include <jansson.h>

#include "summary.h"

/* Values of a saved result. All are new references, NULL: out of memory. */

/* Text that is no UTF-8 has its foreign bytes shown as '?'. */
json_t *json_text(const char *text);
json_t *json_number(double number);              /* null for what JSON has no number for */
json_t *json_interval(struct interval interval); /* null: not known */
json_t *json_ratio(struct ratio ratio);

/* Everything about a case: what it is, its samples, its summary. */
json_t *json_case(
    const struct session *session, const struct session_summary *summary, size_t index);

/* Gives `value` up and returns NULL. */
json_t *json_broken(json_t *value);

#endif
