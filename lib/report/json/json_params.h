/* SPDX-License-Identifier: MIT */
#ifndef REPORT_JSON_PARAMS_H
#define REPORT_JSON_PARAMS_H

#include "json_fields.h"

/* Parameters. Values are numbers in the unit of their type, for programs; how people write them and
 * what the default is stands once in each table: the program that reads the file may have other
 * tables of these names, or none (of a plug-in). */

extern const struct json_field param_fields[];       /* an entry of a table */
extern const struct json_field param_table_fields[]; /* all tables */
extern const char *const param_type_words[];         /* by enum param_type, ended by NULL */

/* {"duration": 2000000, "blocking": false}. A new reference; NULL: out of memory. */
json_t *json_params(const struct param *params, const union param_value *values);

/* The tables of all cases: {"workloads": {"sleep": {"duration": {"type": "duration",
 * "default": "10ms", "zero_word": null}}}, "executors": {...}}. The workload of a plug-in is called
 * "PATH:NAME". A new reference; NULL: out of memory. */
json_t *json_param_tables(const struct plan *plan);

#endif
