/* SPDX-License-Identifier: MIT */
#ifndef REPORT_JSON_SESSION_H
#define REPORT_JSON_SESSION_H

#include <jansson.h>

#include "summary.h"

#define JSON_SCHEMA 1 /* the version that is written; earlier ones stay readable */

/* A whole saved result: a new reference. NULL: out of memory. */
json_t *json_session(const struct session *session, const struct session_summary *summary);

#endif
