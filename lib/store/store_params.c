/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "store_parts.h"

/* The workloads and executors of a saved result have only names and parameters: this program may
 * have others of these names, or none. */

static const struct owner *find_owner(
    const struct loader *loader, const char *kind, const char *key) {
    for (size_t i = 0; i < loader->owner_count; i++)
        if (strcmp(loader->owners[i]->kind, kind) == 0 && strcmp(loader->owners[i]->key, key) == 0)
            return loader->owners[i];
    return NULL;
}

/* The workload of a plug-in has the key "PATH:NAME"; names contain no ':'. */
static const struct owner *add_owner(
    struct loader *loader, const char *kind, const char *key, const struct param *params) {
    struct arena *arena = loader->arena;
    struct owner *owner = arena_alloc(arena, sizeof(*owner));
    const char *colon = strrchr(key, ':');
    const char *name = arena_strdup(arena, colon ? colon + 1 : key);
    owner->kind = kind;
    owner->key = arena_strdup(arena, key);
    owner->workload = (struct workload){.name = name, .summary = "", .params = params};
    owner->executor = (struct executor){
        .name = name, .summary = "", .params = params, .max_workers = WORKERS_MAX};
    loader->owners = arena_grown(
        arena, loader->owners, loader->owner_count, &loader->owner_room, sizeof(struct owner *));
    return loader->owners[loader->owner_count++] = owner;
}

static enum param_type read_type(const struct json_node *entry) {
    struct json_node node = node_member(entry, "type");
    const char *word = node_text(&node);
    for (size_t i = 0; param_type_words[i]; i++)
        if (strcmp(param_type_words[i], word) == 0)
            return (enum param_type)i;
    node_refuse(&node, "is not the type of a parameter");
    return PARAM_COUNT;
}

/* Without a range: the values were checked when they were measured. */
static struct param new_param(struct arena *arena, const char *name) {
    return (struct param){
        .name = arena_strdup(arena, name), .min = INT64_MIN, .max = INT64_MAX, .help = ""};
}

static struct param read_entry(const struct json_node *entry) {
    struct param param = new_param(entry->document->arena, entry->key);
    union param_value value;
    struct diag diag;
    node_object(entry, param_fields, NULL);
    param.type = read_type(entry);
    node_fields(entry, param_fields, &param);
    if (node_code(entry) == 0 && param_parse(&param, param.default_text, &value, &diag) < 0)
        node_refuse(entry, "has a default that is not a %s", param_type_words[param.type]);
    return param;
}

/* For files without tables: the type is that of the value in the first case, the default that
 * value. */
static struct param guess_entry(const struct json_node *node) {
    struct arena *arena = node->document->arena;
    struct param param = new_param(arena, node->key);
    if (json_is_string(node->value)) {
        param.type = PARAM_TEXT;
        param.default_text = arena_strdup(arena, json_string_value(node->value));
    } else if (json_is_boolean(node->value)) {
        param.type = PARAM_BOOL;
        param.default_text = json_is_true(node->value) ? "true" : "false";
    } else {
        param.type = PARAM_COUNT;
        param.default_text =
            arena_printf(arena, "%" PRId64, (int64_t)json_integer_value(node->value));
    }
    return param;
}

/* The members are in the order of the table that they were written from. */
static const struct param *read_table(
    const struct json_node *node, struct param (*read)(const struct json_node *entry)) {
    size_t count = json_object_size(node->value), i = 0;
    json_t *object = (json_t *)node->value, *value;
    const char *key;
    if (!json_is_object(node->value))
        node_refuse(node, "is not an object");
    if (count > PARAMS_MAX)
        node_refuse(node, "has more than %d parameters", PARAMS_MAX);
    struct param *params = arena_array(node->document->arena, struct param, count + 1);
    json_object_foreach(object, key, value) {
        struct json_node entry = node_member(node, key);
        if (node_code(node) == 0)
            params[i++] = read(&entry);
    }
    return params;
}

static void read_tables(struct loader *loader, const struct json_node *both, const char *kind) {
    struct json_node tables = node_member(both, kind);
    json_t *object = (json_t *)tables.value, *value;
    const char *key;
    if (!json_is_object(tables.value))
        node_refuse(&tables, "is not an object");
    json_object_foreach(object, key, value) {
        struct json_node table = node_member(&tables, key);
        const struct param *params = read_table(&table, read_entry);
        if (node_code(both) == 0)
            add_owner(loader, kind, key, params);
    }
}

void load_tables(struct loader *loader, const struct json_node *root) {
    loader->has_tables = json_object_get(root->value, "parameters") != NULL;
    if (!loader->has_tables)
        return;
    struct json_node both = node_member(root, "parameters");
    node_object(&both, param_table_fields, NULL);
    read_tables(loader, &both, "workloads");
    read_tables(loader, &both, "executors");
}

static union param_value read_value(const struct json_node *node, enum param_type type) {
    if (type == PARAM_TEXT)
        return (union param_value){.text = node_text(node)};
    if (type == PARAM_BOOL)
        return (union param_value){.number = node_bool(node)};
    return (union param_value){.number = node_integer(node, 0, INT64_MAX)};
}

static void read_values(
    const struct json_node *node, const struct param *params, union param_value *ret_values) {
    struct json_field known[PARAMS_MAX + 1] = {FIELDS_END};
    size_t count = params_count(params);
    for (size_t i = 0; i < count; i++)
        known[i].name = params[i].name;
    node_object(node, known, NULL);
    for (size_t i = 0; i < count; i++) {
        struct json_node member = node_member(node, params[i].name);
        ret_values[i] = read_value(&member, params[i].type);
    }
}

/* The owner that member `key` names. A document without tables has its parameters in `values`.
 * NULL: refused. */
static const struct owner *read_owner(struct loader *loader, const struct json_node *node,
    const char *key, const char *plugin, const char *kind, const struct json_node *values) {
    struct json_node named = node_member(node, key);
    const char *name = node_text(&named);
    if (plugin)
        name = arena_printf(loader->arena, "%s:%s", plugin, name);
    const struct owner *owner = find_owner(loader, kind, name);
    if (owner || node_code(node) < 0)
        return owner;
    if (loader->has_tables)
        node_refuse(&named, "has no table in 'parameters'");
    const struct param *params = read_table(values, guess_entry);
    return node_code(node) < 0 ? NULL : add_owner(loader, kind, name, params);
}

void load_case_params(
    struct loader *loader, const struct json_node *node, struct bench_case *ret_case) {
    struct json_node params = node_member(node, "params"), pool = node_member(node, "pool");
    struct json_node plugin = node_optional(node, "plugin");
    const char *path = plugin.value ? node_text(&plugin) : NULL;
    if (path) { /* the result has only the path of the plug-in */
        struct plugin *made = arena_alloc(loader->arena, sizeof(*made));
        made->path = made->file = path;
        made->workloads = arena_array(loader->arena, const struct workload *, 1);
        ret_case->plugin = made;
    }
    const struct owner *workload = read_owner(loader, node, "workload", path, "workloads", &params);
    const struct owner *executor = read_owner(loader, node, "executor", NULL, "executors", &pool);
    if (node_code(node) < 0)
        return;
    ret_case->workload = &workload->workload;
    ret_case->executor = &executor->executor;
    read_values(&params, ret_case->workload->params, ret_case->params);
    read_values(&pool, ret_case->executor->params, ret_case->pool);
}
