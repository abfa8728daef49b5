/* SPDX-License-Identifier: MIT */
#ifndef REPORT_JSON_CHECK_H
#define REPORT_JSON_CHECK_H

#include "json_fields.h"

extern const struct json_field check_fields[]; /* struct check; what came of it is derived */

/* A check and what came of it. For json_list, of a struct json_source. */
json_t *json_check(const void *source, size_t index);

#endif
