/* SPDX-License-Identifier: MIT */
#include "conf_parts.h"

#include "words.h"

#include <errno.h>
#include <string.h>

#define NAME_LENGTH_MAX 64 /* of a parameter, in bytes */

/* Sets the places of the texts that libcyaml has put into a structure. */
static void set_origins(
    const cyaml_schema_field_t *fields, const struct node *mapping, void *structure) {
    for (const struct node *child = mapping->first; child; child = child->next) {
        const cyaml_schema_field_t *field = conf_field(fields, child->key);
        if (field->value.type == CYAML_STRING) {
            struct spec_text *text = (void *)((char *)structure + field->data_offset);
            text->origin = child->origin;
        }
    }
}

int fill_list(const struct conf *conf, const struct node *node, struct spec_list *ret_list) {
    const struct node *entry = node->kind == NODE_LIST ? node->first : node;

    if (node->kind == NODE_MAPPING)
        return node_wrong_kind(conf, node, "a value or a list",
            arena_printf(conf->arena, "write '%s: [VALUE, VALUE]'", node->key));
    for (; entry; entry = entry == node ? NULL : entry->next) {
        if (entry->kind != NODE_VALUE)
            return node_not_value(conf, entry);
        spec_list_add(conf->arena, ret_list, (struct spec_text){entry->text, entry->origin});
    }
    return 0;
}

int refuse_both(const struct conf *conf, const struct node *plain, const struct node *varied) {
    return diag_at(conf->diag, varied->key_origin, -EINVAL,
        "'%s' is in the matrix and also in line %d; remove one", plain->key,
        plain->key_origin.line);
}

/* A list that the run gives, or its matrix. */
static int fill_run_list(
    const struct conf *conf, const struct node *run, const char *key, struct spec_list *ret_list) {
    const struct node *plain = node_child(run, key);
    const struct node *varied = node_child(node_child(run, "matrix"), key);

    if (plain && varied)
        return refuse_both(conf, plain, varied);
    if (!plain && !varied)
        return 0;
    return fill_list(conf, plain ? plain : varied, ret_list);
}

int check_param_name(const struct conf *conf, const struct node *node) {
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    size_t length = strlen(node->key);

    if (length > 0 && length <= NAME_LENGTH_MAX && strspn(node->key, allowed) == length)
        return 0;
    return diag_at(conf->diag, node->key_origin, -EINVAL,
        "'%s' cannot be a parameter's name; names are made of letters, digits and '_'",
        shown(node->key).text);
}

/* The parameters under `mapping` (NULL: none), of the run or of its matrix. */
static int add_params(
    const struct conf *conf, const struct node *mapping, bool varied, struct spec_params *params) {
    if (mapping && mapping->kind != NODE_MAPPING)
        return node_wrong_kind(conf, mapping, "a mapping",
            arena_printf(conf->arena, "write '%s: {NAME: %s}'", mapping->key,
                varied ? "[VALUE, VALUE]" : "VALUE"));
    for (const struct node *node = mapping ? mapping->first : NULL; node; node = node->next) {
        struct spec_param *param = &params->items[params->count++];
        int code = check_param_name(conf, node);
        if (code == 0 && !varied && node->kind == NODE_LIST)
            code = node_wrong_kind(conf, node, "a single value", "put the list under 'matrix:'");
        if (code == 0)
            code = fill_list(conf, node, &param->values);
        if (code < 0)
            return code;
        param->name = (struct spec_text){node->key, node->key_origin};
        param->varied = varied;
    }
    return 0;
}

/* `key`: params, pool */
static int fill_params(const struct conf *conf, const struct node *run, const char *key,
    struct spec_params *ret_params) {
    const struct node *plain = node_child(run, key);
    const struct node *varied = node_child(node_child(run, "matrix"), key);
    size_t count = (plain ? plain->count : 0) + (varied ? varied->count : 0);
    struct spec_params params = {.items = arena_array(conf->arena, struct spec_param, count)};
    int code = add_params(conf, plain, false, &params);

    if (code == 0)
        code = add_params(conf, varied, true, &params);
    if (code < 0)
        return code;
    for (const struct node *node = plain ? plain->first : NULL; node; node = node->next) {
        const struct node *same = node_child(varied, node->key);
        if (same)
            return refuse_both(conf, node, same);
    }
    *ret_params = params;
    return 0;
}

/* The variables under `env` are one parameter of the workload. */
static int fill_env(const struct conf *conf, const struct node *env, struct spec_params *params) {
    struct spec_param *items = arena_array(conf->arena, struct spec_param, params->count + 1);
    struct spec_param *added = &items[params->count];
    struct spec_text text;
    int code = conf_env(conf, env, &text);

    for (size_t i = 0; code == 0 && i < params->count; i++) {
        items[i] = params->items[i];
        if (strcmp(items[i].name.text, "env") == 0)
            code = diag_at(conf->diag, env->origin, -EINVAL,
                "the parameter 'env' is given too; keep one of them");
    }
    if (code < 0)
        return code;
    added->name = (struct spec_text){.text = "env", .origin = env->key_origin};
    spec_list_add(conf->arena, &added->values, text);
    params->items = items;
    params->count++;
    return 0;
}

static int fill_run(const struct conf *conf, const struct node *node, struct run_spec *run) {
    int code;

    run->origin = node->origin;
    set_origins(conf_run_fields, node, run);
    code = fill_run_list(conf, node, "executor", &run->executors);
    if (code == 0)
        code = fill_run_list(conf, node, "workers", &run->workers);
    if (code == 0)
        code = fill_run_list(conf, node, "jobs", &run->jobs);
    if (code == 0)
        code = fill_params(conf, node, "params", &run->params);
    if (code == 0 && node_child(node, "env"))
        code = fill_env(conf, node_child(node, "env"), &run->params);
    if (code == 0)
        code = fill_params(conf, node, "pool", &run->pool);
    return code;
}

/* Paths count from the folder of the file that has them. */
static int fill_plugins(
    const struct conf *conf, const struct node *node, struct spec_list *ret_list) {
    int code = node ? fill_list(conf, node, ret_list) : 0;

    for (size_t i = 0; i < ret_list->count; i++) {
        struct spec_text *item = &ret_list->items[i];
        if (strchr(item->origin.file, '/'))
            item->text = conf_beside(conf->arena, item->origin.file, item->text);
    }
    return code;
}

int conf_fill(const struct conf *conf, const struct node *root, struct loaded *loaded) {
    struct run_spec *run = loaded->spec.runs;
    struct run_list runs_made = {0};
    struct check_spec *check = loaded->spec.checks;
    const struct node *runs = node_child(root, "runs"), *checks = node_child(root, "checks");
    int code = fill_plugins(conf, node_child(root, "plugins"), &loaded->spec.plugins);

    set_origins(conf_schema.mapping.fields, root, loaded);
    for (const struct node *node = runs->first; node && code == 0; node = node->next, run++) {
        code = fill_run(conf, node, run);
        if (!run->threshold.text)
            run->threshold = loaded->threshold;
        if (code == 0)
            code = matrix_add_runs(conf, node, run, &runs_made);
    }
    loaded->spec.runs = runs_made.items;
    loaded->spec.run_count = runs_made.count;
    loaded->spec.run_room = runs_made.room;
    for (const struct node *node = checks ? checks->first : NULL; node;
         node = node->next, check++) {
        check->origin = node->origin;
        set_origins(conf_check_fields, node, check);
    }
    return code;
}
