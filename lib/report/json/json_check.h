/* SPDX-License-Identifier: MIT */
#ifndef REPORT_JSON_CHECK_H
#define REPORT_JSON_CHECK_H

#include "json_fields.h"

extern const struct json_field check_fields[]; /* struct check; what came of it is derived */

/* A check and what came of it. A new reference; NULL: out of memory. */
json_t *json_check(
    const struct session *session, const struct session_summary *summary, size_t index);

#endif
