/* SPDX-License-Identifier: MIT */
#ifndef REPORT_JSON_COMPARISON_H
#define REPORT_JSON_COMPARISON_H

#include "json_fields.h"

extern const struct json_field comparison_fields[]; /* struct gate_verdict */
extern const struct json_field settings_fields[];   /* struct gate_settings */
extern const struct json_field compared_fields[];   /* struct compared */
extern const struct json_field compared_session_fields[];

/* A comparison of two sides or of saved sessions. A new reference; NULL: out of memory. */
json_t *json_comparison(const struct session *session, const struct gate_verdict *gate);

#endif
