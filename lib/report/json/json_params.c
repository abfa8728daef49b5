/* SPDX-License-Identifier: MIT */
#include "json.h"

/* clang-format off */
const struct json_field param_fields[] = {
    FIELD_ELSE("type", 0),
    FIELD_AS("default", FIELD_STRING, param, default_text, 0, 0, 0),
    FIELD(FIELD_SENTENCE, param, zero_word, 0),
    FIELDS_END,
};

const struct json_field param_table_fields[] = {
    FIELD_ELSE("workloads", 0),
    FIELD_ELSE("executors", 0),
    FIELDS_END,
};
/* clang-format on */

const char *const param_type_words[] = {
    [PARAM_COUNT] = "count",
    [PARAM_DURATION] = "duration",
    [PARAM_SIZE] = "size",
    [PARAM_BOOL] = "bool",
    [PARAM_TEXT] = "text",
    NULL,
};

static json_t *param_json(const struct param *param, union param_value value) {
    switch (param->type) {
    case PARAM_BOOL:
        return json_boolean(value.number);
    case PARAM_TEXT:
        return json_text(value.text);
    case PARAM_COUNT:
    case PARAM_DURATION:
    case PARAM_SIZE:
        break;
    }
    return json_integer(value.number);
}

json_t *json_params(const struct param *params, const union param_value *values) {
    json_t *object = json_object();
    for (size_t i = 0; i < params_count(params); i++) {
        if (json_object_set_new(object, params[i].name, param_json(&params[i], values[i])) < 0)
            return json_broken(object);
    }
    return object;
}

static json_t *table_value(const struct param *params) {
    json_t *table = json_object();
    for (size_t i = 0; i < params_count(params); i++) {
        json_t *entry = fields_set(fields_value(param_fields, NULL, &params[i]),
            json_pack("{s:s}", "type", param_type_words[params[i].type]));
        if (json_object_set_new(table, params[i].name, entry) < 0)
            return json_broken(table);
    }
    return table;
}

static int add_table(json_t *tables, const char *name, const struct param *params) {
    if (json_object_get(tables, name))
        return 0;
    return json_object_set_new(tables, name, table_value(params));
}

/* Workloads of different plug-ins may have one name. */
static const char *workload_key(struct arena *arena, const struct bench_case *bench_case) {
    const char *name = bench_case->workload->name;
    return bench_case->plugin ? arena_printf(arena, "%s:%s", bench_case->plugin->path, name) : name;
}

json_t *json_param_tables(const struct plan *plan) {
    json_t *workloads = json_object(), *executors = json_object();
    struct arena *arena = arena_new();
    int code = 0;
    for (size_t i = 0; code == 0 && i < plan->case_count; i++) {
        const struct workload *workload = plan->cases[i].workload;
        const struct executor *executor = plan->cases[i].executor;
        code = add_table(workloads, workload_key(arena, &plan->cases[i]), workload->params);
        if (code == 0)
            code = add_table(executors, executor->name, executor->params);
    }
    arena_free(arena);
    json_t *both = json_pack("{s:o, s:o}", "workloads", workloads, "executors", executors);
    return code < 0 ? json_broken(both) : both;
}
