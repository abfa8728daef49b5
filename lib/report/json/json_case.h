/* SPDX-License-Identifier: MIT */
#ifndef REPORT_JSON_CASE_H
#define REPORT_JSON_CASE_H

#include "json_fields.h"

extern const struct json_field case_fields[];   /* struct bench_case */
extern const struct json_field result_fields[]; /* struct case_result, in the same object */
extern const struct json_field sample_fields[];
extern const struct json_field latency_fields[];

/* A case, its samples and its summary. For json_list, of a struct json_source. */
json_t *json_case(const void *source, size_t index);

#endif
