/* SPDX-License-Identifier: MIT */
#ifndef REPORT_JSON_PARAMS_H
#define REPORT_JSON_PARAMS_H

#include <jansson.h>

#include "plan.h"

/* Parameters in saved results. Values are what a program wants to read, numbers in the unit of
 * their type; how people write them and what is the default stands beside them once for each table,
 * because the program that reads them may have other tables, or none (a plug-in's). New references,
 * NULL: out of memory. */

extern const char *const param_type_words[]; /* by enum param_type, ended by NULL */

/* {"duration": 2000000, "blocking": false} */
json_t *json_params(const struct param *params, const union param_value *values);

/* {"workloads": {"sleep": {"duration": {"type": "duration", "default": "10ms", "zero_word":
 * null}}}, "executors": {...}}: the tables of all cases. A plug-in's workload is called
 * "PATH:NAME". */
json_t *json_param_tables(const struct plan *plan);

#endif
