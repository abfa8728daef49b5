/* SPDX-License-Identifier: MIT */
#ifndef REPORT_JSON_VERDICT_H
#define REPORT_JSON_VERDICT_H

#include <jansson.h>

#include "verdict.h"

/* A comparison in saved results. A new reference, NULL: out of memory. */
json_t *json_comparison(const struct session *session, const struct gate_verdict *gate);

#endif
