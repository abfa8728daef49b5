/* SPDX-License-Identifier: MIT */
#include "conf_parts.h"

#include <string.h>

/* Every single value is a text: names and numbers are checked later, against the tables of
 * workloads and executors. */
#define TEXT_FIELD(name, needed, structure, member)                                                \
    CYAML_FIELD_STRING_PTR(name, (needed), structure, member, 0, CYAML_UNLIMITED)

#define IGNORED_FIELD(name) CYAML_FIELD_IGNORE(name, CYAML_FLAG_OPTIONAL)

#define REQUIRED CYAML_FLAG_DEFAULT
#define OPTIONAL CYAML_FLAG_OPTIONAL

static const cyaml_schema_field_t matrix_fields[] = {
    IGNORED_FIELD("executor"),
    IGNORED_FIELD("workers"),
    IGNORED_FIELD("jobs"),
    IGNORED_FIELD("params"),
    IGNORED_FIELD("pool"),
    IGNORED_FIELD("include"),
    IGNORED_FIELD("exclude"),
    CYAML_FIELD_END,
};

const cyaml_schema_field_t conf_run_fields[] = {
    TEXT_FIELD("workload", REQUIRED, struct run_spec, workload.text),
    TEXT_FIELD("name", OPTIONAL, struct run_spec, name.text),
    TEXT_FIELD("prepare", OPTIONAL, struct run_spec, prepare.text),
    TEXT_FIELD("cleanup", OPTIONAL, struct run_spec, cleanup.text),
    TEXT_FIELD("threshold", OPTIONAL, struct run_spec, threshold.text),
    IGNORED_FIELD("executor"),
    IGNORED_FIELD("workers"),
    IGNORED_FIELD("jobs"),
    IGNORED_FIELD("params"),
    IGNORED_FIELD("pool"),
    IGNORED_FIELD("env"),
    /* none of its keys is loaded, so it needs no structure */
    {.key = "matrix", .value = {CYAML_VALUE_MAPPING(OPTIONAL, struct run_spec, matrix_fields)}},
    CYAML_FIELD_END,
};

const cyaml_schema_field_t conf_check_fields[] = {
    TEXT_FIELD("case", REQUIRED, struct check_spec, texts[CHECK_CASE].text),
    TEXT_FIELD("faster_than", OPTIONAL, struct check_spec, texts[CHECK_FASTER_THAN].text),
    TEXT_FIELD("factor", OPTIONAL, struct check_spec, texts[CHECK_FACTOR].text),
    TEXT_FIELD("time", OPTIONAL, struct check_spec, texts[CHECK_TIME].text),
    TEXT_FIELD("run", OPTIONAL, struct check_spec, texts[CHECK_RUN].text),
    TEXT_FIELD("startup", OPTIONAL, struct check_spec, texts[CHECK_STARTUP].text),
    TEXT_FIELD("cpu", OPTIONAL, struct check_spec, texts[CHECK_CPU].text),
    TEXT_FIELD("p99", OPTIONAL, struct check_spec, texts[CHECK_P99].text),
    TEXT_FIELD("memory", OPTIONAL, struct check_spec, texts[CHECK_MEMORY].text),
    TEXT_FIELD("errors", OPTIONAL, struct check_spec, texts[CHECK_ERRORS].text),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t run_schema = {
    CYAML_VALUE_MAPPING(REQUIRED, struct run_spec, conf_run_fields)};
static const cyaml_schema_value_t check_schema = {
    CYAML_VALUE_MAPPING(REQUIRED, struct check_spec, conf_check_fields)};

static const cyaml_schema_field_t root_fields[] = {
    TEXT_FIELD("rounds", OPTIONAL, struct loaded, spec.rounds.text),
    TEXT_FIELD("warmup", OPTIONAL, struct loaded, spec.warmup.text),
    TEXT_FIELD("seed", OPTIONAL, struct loaded, spec.seed.text),
    TEXT_FIELD("timeout", OPTIONAL, struct loaded, spec.timeout.text),
    TEXT_FIELD("slow_task", OPTIONAL, struct loaded, spec.slow_task.text),
    TEXT_FIELD("rate", OPTIONAL, struct loaded, spec.rate.text),
    TEXT_FIELD("arrivals", OPTIONAL, struct loaded, spec.arrivals.text),
    TEXT_FIELD("latency_limit", OPTIONAL, struct loaded, spec.latency_limit.text),
    TEXT_FIELD("threshold", OPTIONAL, struct loaded, threshold.text),
    IGNORED_FIELD("extends"), /* conf_extend() has taken it off */
    IGNORED_FIELD("plugins"),
    CYAML_FIELD_SEQUENCE_COUNT("runs", CYAML_FLAG_POINTER, struct loaded, spec.runs, spec.run_count,
        &run_schema, 0, CYAML_UNLIMITED),
    CYAML_FIELD_SEQUENCE_COUNT("checks", CYAML_FLAG_POINTER | OPTIONAL, struct loaded, spec.checks,
        spec.check_count, &check_schema, 0, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};

const cyaml_schema_value_t conf_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct loaded, root_fields)};

const cyaml_schema_field_t *conf_field(const cyaml_schema_field_t *fields, const char *key) {
    while (fields->key && strcmp(fields->key, key) != 0)
        fields++;
    return fields;
}
