/* SPDX-License-Identifier: MIT */
#ifndef REPORT_JSON_CASE_H
#define REPORT_JSON_CASE_H

#include "json_fields.h"

extern const struct json_field case_fields[];   /* struct bench_case */
extern const struct json_field result_fields[]; /* struct case_result, in the same object */
extern const struct json_field sample_fields[];
extern const struct json_field latency_fields[];

/* A case, its samples and its summary. A new reference; NULL: out of memory. */
json_t *json_case(
    const struct session *session, const struct session_summary *summary, size_t index);

#endif
