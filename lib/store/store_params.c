/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "json_params.h"
#include "store_parts.h"

/* The workloads and executors of a saved result have a name and parameters only: the program that
 * reads the result may know others of that name, or none. */

static const void *owner_of(const struct table_set *set, const char *name) {
    for (size_t i = 0; i < set->count; i++) {
        if (strcmp(set->items[i].name, name) == 0)
            return set->items[i].owner;
    }
    return NULL;
}

static void add_owner(
    struct arena *arena, struct table_set *set, const char *name, const void *owner) {
    set->items = arena_grown(arena, set->items, set->count, &set->room, sizeof(*set->items));
    set->items[set->count].name = name;
    set->items[set->count++].owner = owner;
}

/* The workload of a plug-in is called "PATH:NAME"; names contain no ':'. */
static void add_workload(struct loader *loader, const char *key, const struct param *params) {
    struct arena *arena = loader->arena;
    struct workload *workload = arena_alloc(arena, sizeof(*workload));
    const char *colon = strrchr(key, ':');
    workload->name = arena_strdup(arena, colon ? colon + 1 : key);
    workload->summary = "";
    workload->params = params;
    add_owner(arena, &loader->workloads, arena_strdup(arena, key), workload);
}

static void add_executor(struct loader *loader, const char *name, const struct param *params) {
    struct arena *arena = loader->arena;
    struct executor *executor = arena_alloc(arena, sizeof(*executor));
    executor->name = arena_strdup(arena, name);
    executor->summary = "";
    executor->params = params;
    executor->max_workers = WORKERS_MAX;
    add_owner(arena, &loader->executors, executor->name, executor);
}

static enum param_type read_type(const struct json_node *entry) {
    struct json_node node = node_member(entry, "type");
    const char *word = node_text(&node);
    for (size_t i = 0; param_type_words[i]; i++)
        if (strcmp(param_type_words[i], word) == 0)
            return (enum param_type)i;
    node_refuse(&node, "is no type of a parameter");
    return PARAM_COUNT;
}

/* Without a range: the values of a result were accepted when it was measured. */
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
    node_fields(entry, param_fields, false, &param);
    if (node_code(entry) == 0 && param_parse(&param, param.default_text, &value, &diag) < 0)
        node_refuse(entry, "has a default that is no %s", param_type_words[param.type]);
    return param;
}

/* Files without tables: numbers are plain numbers, and the values of the first case the defaults.
 */
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

/* Members in the order in which they were written, which is that of the table. */
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

static void read_tables(struct loader *loader, const struct json_node *both, const char *name,
    void (*add)(struct loader *loader, const char *name, const struct param *params)) {
    struct json_node tables = node_member(both, name);
    json_t *object = (json_t *)tables.value, *value;
    const char *key;
    if (!json_is_object(tables.value))
        node_refuse(&tables, "is not an object");
    json_object_foreach(object, key, value) {
        struct json_node table = node_member(&tables, key);
        const struct param *params = read_table(&table, read_entry);
        if (node_code(both) == 0)
            add(loader, key, params);
    }
}

void load_tables(struct loader *loader, const struct json_node *root) {
    loader->has_tables = json_object_get(root->value, "parameters") != NULL;
    if (!loader->has_tables)
        return;
    struct json_node both = node_member(root, "parameters");
    node_object(&both, param_table_fields, NULL);
    read_tables(loader, &both, "workloads", add_workload);
    read_tables(loader, &both, "executors", add_executor);
}

static union param_value read_value(const struct json_node *node, enum param_type type) {
    if (type == PARAM_TEXT)
        return (union param_value){.text = node_text(node)};
    if (type == PARAM_BOOL)
        return (union param_value){.number = node_bool(node)};
    return (union param_value){.number = node_integer(node, INT64_MIN, INT64_MAX)};
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

/* The owner that member `key` names, made from the values at hand if the document has no tables.
 * NULL: refused. */
static const void *find_owner(struct loader *loader, const struct json_node *node, const char *key,
    const char *plugin, struct table_set *set, const struct json_node *values,
    void (*add)(struct loader *loader, const char *name, const struct param *params)) {
    struct json_node named = node_member(node, key);
    const char *name = node_text(&named);
    if (plugin)
        name = arena_printf(loader->arena, "%s:%s", plugin, name);
    const void *owner = owner_of(set, name);
    if (owner || node_code(node) < 0)
        return owner;
    if (loader->has_tables)
        node_refuse(&named, "has no table in 'parameters'");
    const struct param *params = read_table(values, guess_entry);
    if (node_code(node) < 0)
        return NULL;
    add(loader, name, params);
    return owner_of(set, name);
}

/* The result has the path of a plug-in and no more. */
static const struct plugin *make_plugin(struct arena *arena, const char *path) {
    struct plugin *plugin = arena_alloc(arena, sizeof(*plugin));
    plugin->path = plugin->file = path;
    plugin->workloads = arena_array(arena, const struct workload *, 1);
    return plugin;
}

void load_case_params(
    struct loader *loader, const struct json_node *node, struct bench_case *ret_case) {
    struct json_node params = node_member(node, "params"), pool = node_member(node, "pool");
    struct json_node plugin = node_optional(node, "plugin");
    const char *path = plugin.value ? node_text(&plugin) : NULL;
    ret_case->plugin = path ? make_plugin(loader->arena, path) : NULL;
    ret_case->workload =
        find_owner(loader, node, "workload", path, &loader->workloads, &params, add_workload);
    ret_case->executor =
        find_owner(loader, node, "executor", NULL, &loader->executors, &pool, add_executor);
    if (node_code(node) < 0)
        return;
    read_values(&params, ret_case->workload->params, ret_case->params);
    read_values(&pool, ret_case->executor->params, ret_case->pool);
}
