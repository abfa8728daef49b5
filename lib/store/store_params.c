/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "json_params.h"
#include "store_parts.h"

/* Workloads and executors of a saved result are names and parameter tables: the program that reads
 * it may know others of the name, or none. */

static const void *owner_of(const struct table_set *set, const char *name) {
    for (size_t i = 0; i < set->count; i++) {
        if (strcmp(set->items[i].name, name) == 0)
            return set->items[i].owner;
    }
    return NULL;
}

static void add_owner(
    struct arena *arena, struct table_set *set, const char *name, const void *owner) {
    if (set->count == set->room) {
        void *old = set->items;
        set->room = set->room ? set->room * 2 : 8;
        set->items = arena_alloc(arena, set->room * sizeof(*set->items));
        if (set->count > 0)
            memcpy(set->items, old, set->count * sizeof(*set->items));
    }
    set->items[set->count].name = name;
    set->items[set->count++].owner = owner;
}

/* Called "PATH:NAME" if it is of a plug-in; a workload's name holds no ':'. */
static void add_workload(struct loader *loader, const char *key, const struct param *params) {
    struct arena *arena = loader->plan->arena;
    struct workload *workload = arena_alloc(arena, sizeof(*workload));
    const char *colon = strrchr(key, ':');

    workload->name = arena_strdup(arena, colon ? colon + 1 : key);
    workload->summary = "";
    workload->params = params;
    add_owner(arena, &loader->workloads, arena_strdup(arena, key), workload);
}

static void add_executor(struct loader *loader, const char *name, const struct param *params) {
    struct arena *arena = loader->plan->arena;
    struct executor *executor = arena_alloc(arena, sizeof(*executor));

    executor->name = arena_strdup(arena, name);
    executor->summary = "";
    executor->params = params;
    executor->max_workers = WORKERS_MAX;
    add_owner(arena, &loader->executors, executor->name, executor);
}

static int read_type(const struct json_node *entry, enum param_type *ret_type) {
    struct json_node node;
    const char *word = "";
    int code = node_member(entry, "type", &node);

    if (code == 0)
        code = node_text(&node, &word);
    if (code < 0)
        return code;
    for (size_t i = 0; param_type_words[i]; i++) {
        if (strcmp(param_type_words[i], word) == 0) {
            *ret_type = (enum param_type)i;
            return 0;
        }
    }
    return node_refuse(&node, "is no type of a parameter");
}

/* Values are measured facts by now: no range is held against them. */
static int read_entry(const struct json_node *entry, struct param *param) {
    static const char *const names[] = {"type", "default", "zero_word", NULL};
    struct json_node zero;
    union param_value value;
    struct diag diag;
    int code = node_object(entry, names, NULL);

    *param = (struct param){.name = arena_strdup(entry->document->arena, entry->key),
        .min = INT64_MIN,
        .max = INT64_MAX,
        .help = ""};
    if (code == 0)
        code = read_type(entry, &param->type);
    if (code == 0)
        code = load_text(entry, "default", &param->default_text);
    if (code == 0)
        code = node_member_or_null(entry, "zero_word", &zero);
    if (code == 0 && zero.value)
        code = node_text(&zero, &param->zero_word);
    if (code == 0 && param_parse(param, param->default_text, &value, &diag) < 0)
        return node_refuse(entry, "has a default that is no %s", param_type_words[param->type]);
    return code;
}

/* Members in the order in which they were written, which is that of the table. */
static int read_table(const struct json_node *node, struct param **ret_params) {
    int code = json_is_object(node->value) ? 0 : node_refuse(node, "is not an object");
    size_t count = json_object_size(node->value), i = 0;

    if (code == 0 && count > PARAMS_MAX)
        code = node_refuse(node, "has more than %d parameters", PARAMS_MAX);
    if (code < 0)
        return code;
    struct param *params = arena_array(node->document->arena, struct param, count + 1);
    json_t *object = (json_t *)node->value;
    for (void *at = json_object_iter(object); code == 0 && at;
         at = json_object_iter_next(object, at)) {
        struct json_node entry;
        code = node_member(node, json_object_iter_key(at), &entry);
        if (code == 0)
            code = read_entry(&entry, &params[i++]);
    }
    *ret_params = params;
    return code;
}

static int read_tables(struct loader *loader, const struct json_node *both, const char *key,
    void (*add)(struct loader *loader, const char *name, const struct param *params)) {
    struct json_node tables;
    int code = node_member(both, key, &tables);

    if (code == 0 && !json_is_object(tables.value))
        code = node_refuse(&tables, "is not an object");
    if (code < 0)
        return code;
    json_t *object = (json_t *)tables.value;
    for (void *at = json_object_iter(object); code == 0 && at;
         at = json_object_iter_next(object, at)) {
        struct json_node table;
        struct param *params;
        code = node_member(&tables, json_object_iter_key(at), &table);
        if (code == 0)
            code = read_table(&table, &params);
        if (code == 0)
            add(loader, table.key, params);
    }
    return code;
}

int load_tables(struct loader *loader, const struct json_node *root) {
    static const char *const names[] = {"workloads", "executors", NULL};
    struct json_node both;

    loader->has_tables = json_object_get(root->value, "parameters") != NULL;
    if (!loader->has_tables)
        return 0;
    int code = node_member(root, "parameters", &both);
    if (code == 0)
        code = node_object(&both, names, NULL);
    if (code == 0)
        code = read_tables(loader, &both, "workloads", add_workload);
    if (code == 0)
        code = read_tables(loader, &both, "executors", add_executor);
    return code;
}

/* Without a table: numbers are plain numbers, and the first case's values the defaults. */
static int guess_table(const struct json_node *node, struct param **ret_params) {
    struct arena *arena = node->document->arena;
    size_t count = json_object_size(node->value), i = 0;

    if (!json_is_object(node->value))
        return node_refuse(node, "is not an object");
    if (count > PARAMS_MAX)
        return node_refuse(node, "has more than %d parameters", PARAMS_MAX);
    struct param *params = arena_array(arena, struct param, count + 1);
    json_t *object = (json_t *)node->value;
    for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at), i++) {
        const json_t *value = json_object_iter_value(at);
        params[i].name = arena_strdup(arena, json_object_iter_key(at));
        params[i].min = INT64_MIN;
        params[i].max = INT64_MAX;
        params[i].help = "";
        params[i].type = json_is_string(value) ? PARAM_TEXT
            : json_is_boolean(value)           ? PARAM_BOOL
                                               : PARAM_COUNT;
        params[i].default_text = json_is_string(value)
            ? arena_strdup(arena, json_string_value(value))
            : json_is_boolean(value)
            ? json_is_true(value) ? "true" : "false"
            : arena_printf(arena, "%" PRId64, (int64_t)json_integer_value(value));
    }
    *ret_params = params;
    return 0;
}

static int read_value(
    const struct json_node *node, enum param_type type, union param_value *ret_value) {
    bool truth;
    int code;

    if (type == PARAM_TEXT)
        return node_text(node, &ret_value->text);
    if (type != PARAM_BOOL)
        return node_integer(node, INT64_MIN, INT64_MAX, &ret_value->number);
    code = node_bool(node, &truth);
    if (code == 0)
        ret_value->number = truth;
    return code;
}

static int read_values(
    const struct json_node *node, const struct param *params, union param_value *ret_values) {
    const char *names[PARAMS_MAX + 1] = {NULL};
    int code = 0;

    for (size_t i = 0; params && params[i].name; i++)
        names[i] = params[i].name;
    code = node_object(node, names, NULL);
    for (size_t i = 0; code == 0 && params && params[i].name; i++) {
        struct json_node member;
        code = node_member(node, params[i].name, &member);
        if (code == 0)
            code = read_value(&member, params[i].type, &ret_values[i]);
    }
    return code;
}

/* The owner called as member `key` says, made from the values at hand if there are no tables. NULL:
 * refused. */
static const void *find_owner(struct loader *loader, const struct json_node *node, const char *key,
    const char *plugin, struct table_set *set, const struct json_node *values,
    void (*add)(struct loader *loader, const char *name, const struct param *params)) {
    struct json_node named;
    struct param *params = NULL;
    const char *name = "";

    if (node_member(node, key, &named) < 0 || node_text(&named, &name) < 0)
        return NULL;
    if (plugin)
        name = arena_printf(loader->plan->arena, "%s:%s", plugin, name);
    const void *owner = owner_of(set, name);
    if (!owner && loader->has_tables) {
        (void)node_refuse(&named, "has no table in 'parameters'");
    } else if (!owner && guess_table(values, &params) == 0) {
        add(loader, name, params);
        owner = owner_of(set, name);
    }
    return owner;
}

/* A path is all that is known of it. */
static const struct plugin *make_plugin(struct arena *arena, const char *path) {
    struct plugin *plugin = arena_alloc(arena, sizeof(*plugin));

    plugin->path = plugin->file = path;
    plugin->workloads = arena_array(arena, const struct workload *, 1);
    return plugin;
}

int load_case_params(struct loader *loader, const struct json_node *node, const char *plugin,
    struct bench_case *ret_case) {
    struct json_node params, pool;

    if (node_member(node, "params", &params) < 0 || node_member(node, "pool", &pool) < 0)
        return -EINVAL;
    ret_case->workload =
        find_owner(loader, node, "workload", plugin, &loader->workloads, &params, add_workload);
    ret_case->executor =
        find_owner(loader, node, "executor", NULL, &loader->executors, &pool, add_executor);
    ret_case->plugin = plugin ? make_plugin(loader->plan->arena, plugin) : NULL;
    if (!ret_case->workload || !ret_case->executor)
        return -EINVAL;
    int code = read_values(&params, ret_case->workload->params, ret_case->params);
    return code < 0 ? code : read_values(&pool, ret_case->executor->params, ret_case->pool);
}
