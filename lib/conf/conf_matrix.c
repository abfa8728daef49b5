/* SPDX-License-Identifier: MIT */
#include "conf_parts.h"

#include "plan.h"
#include "words.h"

#include <errno.h>
#include <string.h>

/* `include` and `exclude` of a matrix, as in GitHub's workflows: the combinations of the matrix,
 * without those that an entry of `exclude` describes, with what the entries of `include` add. Each
 * that is left becomes a run of its own, with one value in each list. */

enum group { EXECUTOR, WORKERS, JOBS, PARAMS, POOL, GROUPS };
static const char *const group_keys[GROUPS] = {"executor", "workers", "jobs", "params", "pool"};

/* What varies: a list of the run, or one of its parameters. */
struct axis_of {
    enum group group;
    struct spec_text name;   /* of a parameter */
    struct spec_list values; /* in the matrix; none: only `include` has it */
};

#define AXES_MAX 32

struct combination {
    struct spec_text values[AXES_MAX]; /* text NULL: none */
    bool added;                        /* by `include`, beside those of the matrix */
};

struct matrix {
    const struct conf *conf;
    const struct node *run, *node; /* `node`: under the key 'matrix' */
    const struct run_spec *spec;
    struct axis_of axes[AXES_MAX];
    size_t axis_count;
    struct combination **items;
    size_t count, room;
};

/* The values of an entry of `include` or `exclude`, by axis. */
struct entry {
    struct spec_text values[AXES_MAX];
    size_t count;
};

static int too_many(const struct matrix *matrix, struct origin origin) {
    return diag_at(matrix->conf->diag, origin, -EINVAL,
        "this matrix varies more than %d keys and parameters; split the run", AXES_MAX);
}

static int add_axis(struct matrix *matrix, struct axis_of axis, struct origin origin) {
    if (matrix->axis_count == AXES_MAX)
        return too_many(matrix, origin);
    matrix->axes[matrix->axis_count++] = axis;
    return 0;
}

/* Those of the matrix, whose shape has been checked. */
static int find_axes(struct matrix *matrix) {
    const struct run_spec *spec = matrix->spec;
    const struct spec_list *lists[] = {&spec->executors, &spec->workers, &spec->jobs};
    const struct spec_params *params[] = {&spec->params, &spec->pool};
    int code = 0;

    for (size_t i = EXECUTOR; i <= JOBS && code == 0; i++)
        if (node_child(matrix->node, group_keys[i]))
            code = add_axis(matrix, (struct axis_of){.group = (enum group)i, .values = *lists[i]},
                matrix->node->origin);
    for (size_t i = PARAMS; i <= POOL; i++)
        for (size_t j = 0; j < params[i - PARAMS]->count && code == 0; j++) {
            const struct spec_param *param = &params[i - PARAMS]->items[j];
            if (param->varied)
                code = add_axis(matrix, (struct axis_of){(enum group)i, param->name, param->values},
                    param->name.origin);
        }
    return code;
}

static struct combination *add_combination(struct matrix *matrix) {
    struct arena *arena = matrix->conf->arena;

    matrix->items = arena_grown(
        arena, matrix->items, matrix->count, &matrix->room, sizeof(struct combination *));
    return matrix->items[matrix->count++] = arena_alloc(arena, sizeof(struct combination));
}

/* A matrix of nothing but `include` has none. */
static int multiply(struct matrix *matrix) {
    size_t total = matrix->axis_count > 0 ? 1 : 0;

    for (size_t i = 0; i < matrix->axis_count; i++) {
        total *= matrix->axes[i].values.count;
        if (total > CASES_MAX)
            return diag_at(matrix->conf->diag, matrix->node->origin, -EINVAL,
                "this matrix has more than %d combinations; shorten its lists", CASES_MAX);
    }
    for (size_t i = 0; i < total; i++) {
        struct combination *combination = add_combination(matrix);
        size_t rest = i;
        for (size_t j = matrix->axis_count; j-- > 0;) {
            const struct spec_list *values = &matrix->axes[j].values;
            combination->values[j] = values->items[rest % values->count];
            rest /= values->count;
        }
    }
    return 0;
}

static ptrdiff_t find_axis(const struct matrix *matrix, enum group group, const char *name) {
    for (size_t i = 0; i < matrix->axis_count; i++)
        if (matrix->axes[i].group == group
            && (!name || strcmp(matrix->axes[i].name.text, name) == 0))
            return (ptrdiff_t)i;
    return -1;
}

/* The value of `node` for its key, or for the parameter that its key names. */
static int take_value(struct matrix *matrix, const struct node *node, enum group group,
    bool may_add, struct entry *entry) {
    bool is_param = group >= PARAMS;
    ptrdiff_t at = find_axis(matrix, group, is_param ? node->key : NULL);
    const struct node *plain = node_child(matrix->run, group_keys[group]);
    int code = is_param ? check_param_name(matrix->conf, node) : 0;

    if (is_param)
        plain = node_child(plain, node->key);
    if (code == 0 && node->kind != NODE_VALUE)
        code = node_not_value(matrix->conf, node);
    if (code == 0 && plain)
        code = refuse_both(matrix->conf, plain, node);
    if (code == 0 && at < 0 && !may_add)
        code = diag_at(matrix->conf->diag, node->key_origin, -EINVAL,
            "'%s' does not vary in this matrix; exclude by a key that does", node->key);
    if (code == 0 && at < 0) {
        at = (ptrdiff_t)matrix->axis_count;
        code = add_axis(matrix, (struct axis_of){group, .name = {node->key, node->key_origin}},
            node->key_origin);
    }
    if (code < 0)
        return code;
    entry->values[at] = (struct spec_text){node->text, node->origin};
    entry->count++;
    return 0;
}

static int take_params(struct matrix *matrix, const struct node *node, enum group group,
    bool may_add, struct entry *entry) {
    int code = 0;

    if (node->kind != NODE_MAPPING)
        return node_wrong_kind(matrix->conf, node, "a mapping",
            arena_printf(matrix->conf->arena, "write '%s: {NAME: VALUE}'", node->key));
    for (const struct node *at = node->first; at && code == 0; at = at->next)
        code = take_value(matrix, at, group, may_add, entry);
    return code;
}

static int read_entry(
    struct matrix *matrix, const struct node *node, bool may_add, struct entry *ret_entry) {
    struct entry entry = {.count = 0};

    if (node->kind != NODE_MAPPING)
        return node_wrong_kind(
            matrix->conf, node, "a mapping", "write '- {executor: NAME, workers: N}'");
    for (const struct node *at = node->first; at; at = at->next) {
        size_t group = 0;
        int code;
        while (group < GROUPS && strcmp(group_keys[group], at->key) != 0)
            group++;
        if (group == GROUPS)
            code = unknown_word(
                matrix->conf->diag, at->key_origin, "there is no key", at->key, group_keys, GROUPS);
        else
            code = group >= PARAMS ? take_params(matrix, at, (enum group)group, may_add, &entry)
                                   : take_value(matrix, at, (enum group)group, may_add, &entry);
        if (code < 0)
            return code;
    }
    if (entry.count == 0)
        return diag_at(matrix->conf->diag, node->origin, -EINVAL,
            "this entry of '%s' is empty; write a value or remove the entry", node->key);
    *ret_entry = entry;
    return 0;
}

/* Whether the entry's values are those of the combination; of axes that only `include` has, any. */
static bool agrees(
    const struct matrix *matrix, const struct entry *entry, const struct combination *combination) {
    for (size_t i = 0; i < matrix->axis_count; i++)
        if (entry->values[i].text && matrix->axes[i].values.count > 0
            && strcmp(entry->values[i].text, combination->values[i].text) != 0)
            return false;
    return true;
}

static int exclude(struct matrix *matrix, const struct node *node) {
    struct entry entry = {.count = 0};
    size_t left = 0;
    int code = read_entry(matrix, node, false, &entry);

    if (code < 0)
        return code;
    for (size_t i = 0; i < matrix->count; i++)
        if (!agrees(matrix, &entry, matrix->items[i]))
            matrix->items[left++] = matrix->items[i];
    if (left == matrix->count)
        return diag_at(matrix->conf->diag, node->origin, -EINVAL,
            "this entry excludes no combination; write values as the lists of the matrix have "
            "them");
    matrix->count = left;
    return 0;
}

/* Adds to the combinations of the matrix whose values it does not change, else one of its own. */
static int include(struct matrix *matrix, const struct node *node) {
    struct entry entry = {.count = 0};
    bool any = false;
    int code = read_entry(matrix, node, true, &entry);

    if (code < 0)
        return code;
    for (size_t i = 0; i < matrix->count; i++) {
        struct combination *combination = matrix->items[i];
        if (combination->added || !agrees(matrix, &entry, combination))
            continue;
        any = true;
        for (size_t j = 0; j < matrix->axis_count; j++)
            if (entry.values[j].text)
                combination->values[j] = entry.values[j];
    }
    if (any)
        return 0;
    if (matrix->count >= CASES_MAX)
        return diag_at(matrix->conf->diag, node->origin, -EINVAL,
            "this matrix has more than %d combinations; shorten its lists", CASES_MAX);
    struct combination *own = add_combination(matrix);
    memcpy(own->values, entry.values, sizeof(own->values));
    own->added = true;
    return 0;
}

static int each_entry(struct matrix *matrix, const char *key,
    int (*apply)(struct matrix *matrix, const struct node *node)) {
    const struct node *list = node_child(matrix->node, key);
    int code = 0;

    if (list && list->kind != NODE_LIST)
        return node_wrong_kind(
            matrix->conf, list, "a list", "begin each entry with '- executor: ...'");
    for (const struct node *at = list ? list->first : NULL; at && code == 0; at = at->next)
        code = apply(matrix, at);
    return code;
}

static void add_param(
    struct matrix *matrix, struct spec_params *params, size_t axis, struct spec_text value) {
    struct spec_param *param = &params->items[params->count++];

    *param = (struct spec_param){.name = matrix->axes[axis].name, .varied = true};
    spec_list_add(matrix->conf->arena, &param->values, value);
}

/* Those that the run gives outside the matrix, and room for those of a combination. */
static struct spec_params plain_params(struct matrix *matrix, const struct spec_params *from) {
    struct spec_params params = {.items = arena_array(matrix->conf->arena, struct spec_param,
                                     from->count + matrix->axis_count)};

    for (size_t i = 0; i < from->count; i++)
        if (!from->items[i].varied)
            params.items[params.count++] = from->items[i];
    return params;
}

static bool jobs_vary(const struct matrix *matrix) {
    ptrdiff_t at = find_axis(matrix, JOBS, NULL);

    return at >= 0 && matrix->axes[at].values.count != 1;
}

static struct run_spec run_of(struct matrix *matrix, const struct combination *combination) {
    struct run_spec run = *matrix->spec;
    struct spec_list *lists[] = {&run.executors, &run.workers, &run.jobs};

    run.params = plain_params(matrix, &matrix->spec->params);
    run.pool = plain_params(matrix, &matrix->spec->pool);
    for (size_t i = 0; i < matrix->axis_count; i++) {
        enum group group = matrix->axes[i].group;
        struct spec_text value = combination->values[i];
        if (group < PARAMS)
            *lists[group] = (struct spec_list){0};
        if (value.text && group < PARAMS)
            spec_list_add(matrix->conf->arena, lists[group], value);
        else if (value.text)
            add_param(matrix, group == PARAMS ? &run.params : &run.pool, i, value);
    }
    run.jobs_varied = jobs_vary(matrix) && run.jobs.count > 0;
    return run;
}

static int add_run(struct matrix *matrix, const struct run_spec *run, struct run_list *runs) {
    if (runs->count > CASES_MAX)
        return diag_at(matrix->conf->diag, matrix->run->origin, -EINVAL,
            "the matrices up to this one have more than %d combinations; shorten their lists",
            CASES_MAX);
    runs->items = arena_grown(
        matrix->conf->arena, runs->items, runs->count, &runs->room, sizeof(*runs->items));
    runs->items[runs->count++] = *run;
    return 0;
}

int matrix_add_runs(const struct conf *conf, const struct node *node, const struct run_spec *run,
    struct run_list *runs) {
    struct matrix *matrix = arena_alloc(conf->arena, sizeof(*matrix));
    int code;

    *matrix =
        (struct matrix){.conf = conf, .run = node, .node = node_child(node, "matrix"), .spec = run};
    if (!node_child(matrix->node, "include") && !node_child(matrix->node, "exclude"))
        return add_run(matrix, run, runs);
    code = find_axes(matrix);
    if (code == 0)
        code = multiply(matrix);
    if (code == 0)
        code = each_entry(matrix, "exclude", exclude);
    if (code == 0)
        code = each_entry(matrix, "include", include);
    if (code == 0 && matrix->count == 0)
        code = diag_at(conf->diag, matrix->node->origin, -EINVAL,
            "this matrix excludes all of its combinations; leave one");
    for (size_t i = 0; code == 0 && i < matrix->count; i++) {
        struct run_spec one = run_of(matrix, matrix->items[i]);
        code = add_run(matrix, &one, runs);
    }
    return code;
}
