/* SPDX-License-Identifier: MIT */
#ifndef REPORT_JSON_SESSION_H
#define REPORT_JSON_SESSION_H

#include "json_fields.h"

#define JSON_SCHEMA 1 /* the version that is written; earlier ones stay readable */

extern const struct json_field session_fields[]; /* struct session: the whole document */
extern const struct json_field plan_fields[];
extern const struct json_field section_fields[];

/* A whole saved result: a new reference; NULL: out of memory. */
json_t *json_session(const struct session *session, const struct session_summary *summary);

#endif
