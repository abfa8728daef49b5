/* SPDX-License-Identifier: MIT */
#ifndef REPORT_JSON_CHECK_H
#define REPORT_JSON_CHECK_H

#include <jansson.h>

#include "checks.h"

/* The checks in saved results. A new reference, NULL: out of memory. */
json_t *json_checks(const struct session *session, const struct session_summary *summary);

#endif
