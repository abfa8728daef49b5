/* SPDX-License-Identifier: MIT */
#include "plugin_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "controls.h"
#include "plan.h"
#include "words.h"

#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789_-"

/* Names are used in ids, options and files. */
static int check_name(const char *what, const char *name, struct diag *diag) {
    if (!name || !*name || strlen(name) >= sizeof((struct flat_workload *)0)->name
        || name[strspn(name, NAME_LETTERS)] != '\0' || strcmp(name, "all") == 0)
        return diag_set(diag, -EINVAL,
            "%s '%s' cannot be a name; write 1 to 63 of a-z, 0-9, '_' and '-', and not 'all'", what,
            name ? shown(name).text : "");
    return 0;
}

/* A text of the table; NULL is no text. */
static int copy_text(char *to, size_t size, const char *from, const char *what, struct diag *diag) {
    if (!from)
        return diag_set(diag, -EINVAL, "it has no %s; give it one", what);
    if (strlen(from) >= size)
        return diag_set(
            diag, -EINVAL, "its %s is longer than %zu bytes; shorten it", what, size - 1);
    memcpy(to, from, strlen(from) + 1);
    return 0;
}

static int flatten_param(const struct param *from, struct flat_param *to, struct diag *diag) {
    int code = check_name("parameter", from->name, diag);
    if (code < 0)
        return code;
    if ((unsigned)from->type > PARAM_TEXT)
        code = diag_set(diag, -EINVAL, "type %d is not in enum param_type", (int)from->type);
    if (code == 0)
        code = copy_text(to->name, sizeof(to->name), from->name, "name", diag);
    if (code == 0)
        code = copy_text(
            to->default_text, sizeof(to->default_text), from->default_text, "default_text", diag);
    if (code == 0)
        code = copy_text(to->help, sizeof(to->help), from->help ? from->help : "", "help", diag);
    if (code == 0 && from->test_text)
        code = copy_text(to->test_text, sizeof(to->test_text), from->test_text, "test_text", diag);
    if (code == 0 && from->zero_word)
        code = copy_text(to->zero_word, sizeof(to->zero_word), from->zero_word, "zero_word", diag);
    if (code == 0 && from->not_above)
        code = copy_text(to->not_above, sizeof(to->not_above), from->not_above, "not_above", diag);
    if (code < 0) {
        diag_prefix(diag, "parameter '%s'", shown(from->name).text);
        return code;
    }
    to->has_test_text = from->test_text != NULL;
    to->has_zero_word = from->zero_word != NULL;
    to->has_not_above = from->not_above != NULL;
    to->type = (int)from->type;
    to->min = from->min;
    to->max = from->max;
    return 0;
}

/* Whether the parameter named by not_above exists and can be compared. */
static bool bound_exists(const struct param *params, const struct param *param) {
    int at = param->not_above ? params_find(params, param->not_above) : -1;
    return !param->not_above
        || (at >= 0 && &params[at] != param && params[at].type == param->type
            && param->type != PARAM_TEXT);
}

static int flatten_params(const struct param *params, struct flat_workload *to, struct diag *diag) {
    union param_value values[PARAMS_MAX];
    for (; params && params[to->param_count].name; to->param_count++) {
        size_t i = to->param_count;
        if (i == PARAMS_MAX)
            return diag_set(diag, -EINVAL,
                "it has more than %d parameters, or no {0} after the last", PARAMS_MAX);
        int code = flatten_param(&params[i], &to->params[i], diag);
        if (code < 0)
            return code;
        if (params_find(params, params[i].name) != (int)i)
            return diag_set(diag, -EINVAL, "it has two parameters '%s'", params[i].name);
    }
    for (size_t i = 0; params && i < to->param_count; i++)
        if (!bound_exists(params, &params[i]))
            return diag_set(diag, -EINVAL,
                "parameter '%s' must not be above '%s', which is not another number of its type",
                params[i].name, shown(params[i].not_above).text);
    int code = params_defaults(params, 0, values, diag);
    return code == 0 ? params_defaults(params, 1, values, diag) : code;
}

static int check_members(const struct workload *workload, struct diag *diag) {
    if (!workload->job)
        return diag_set(diag, -EINVAL, "it has no job; give it one");
    if (workload->default_jobs < 1 || workload->default_jobs > JOBS_MAX)
        return diag_set(diag, -EINVAL,
            "default_jobs %" PRId64 " is out of range; write 1 to %" PRId64, workload->default_jobs,
            JOBS_MAX);
    if (workload->result_size > PLUGIN_RESULT_MAX)
        return diag_set(diag, -EINVAL, "result_size %zu is out of range; write at most %zu",
            workload->result_size, PLUGIN_RESULT_MAX);
    return 0;
}

/* Nothing, or the name of a parameter that is true or false. */
static int flatten_blocks(
    const struct workload *from, struct flat_workload *to, struct diag *diag) {
    int at = from->blocks ? params_find(from->params, from->blocks) : -1;
    to->has_blocks = from->blocks != NULL;
    if (!from->blocks || !*from->blocks)
        return 0;
    if (at < 0 || from->params[at].type != PARAM_BOOL)
        return diag_set(diag, -EINVAL,
            "blocks '%s' is not a parameter of type PARAM_BOOL; write one, \"\" for never, or NULL",
            shown(from->blocks).text);
    return copy_text(to->blocks, sizeof(to->blocks), from->blocks, "blocks", diag);
}

static int flatten_workload(
    const struct workload *from, struct flat_workload *to, struct diag *diag) {
    int code = check_name("workload", from->name, diag);
    if (code < 0)
        return code;
    code = copy_text(to->name, sizeof(to->name), from->name, "name", diag);
    if (code == 0)
        code = copy_text(to->summary, sizeof(to->summary), from->summary, "summary", diag);
    if (code == 0)
        code = check_members(from, diag);
    if (code == 0)
        code = flatten_params(from->params, to, diag);
    if (code == 0)
        code = flatten_blocks(from, to, diag);
    if (code < 0) {
        diag_prefix(diag, "workload '%s'", from->name);
        return code;
    }
    to->default_jobs = from->default_jobs;
    to->result_size = from->result_size;
    to->needs = from->needs;
    to->runs_commands = from->runs_commands != 0;
    return 0;
}

static bool is_repeated(const struct workload *const *workloads, size_t at) {
    for (size_t i = 0; i < at; i++)
        if (strcmp(workloads[i]->name, workloads[at]->name) == 0)
            return true;
    return false;
}

int tables_flatten(
    const struct workload *const *workloads, struct flat_tables *flat, struct diag *diag) {
    for (flat->count = 0; workloads && workloads[flat->count]; flat->count++) {
        size_t i = flat->count;
        if (i == PLUGIN_WORKLOADS_MAX)
            return diag_set(diag, -EINVAL,
                "it has more than %d workloads, or no NULL after the last", PLUGIN_WORKLOADS_MAX);
        int code = flatten_workload(workloads[i], &flat->workloads[i], diag);
        if (code < 0)
            return code;
        if (is_repeated(workloads, i))
            return diag_set(diag, -EINVAL, "it has two workloads '%s'", workloads[i]->name);
    }
    return flat->count > 0 ? 0 : diag_set(diag, -EINVAL, "it has no workload; list one");
}

/* Perhaps without a '\0'. */
#define RESTORE(arena, member) arena_strndup((arena), (member), sizeof(member))
/* For people only. */
#define RESTORE_SHOWN(arena, member) controls_escaped((arena), RESTORE(arena, member))

static const struct param *restore_params(struct arena *arena, const struct flat_workload *from) {
    struct param *params = arena_array(arena, struct param, from->param_count + 1);
    for (size_t i = 0; i < from->param_count; i++) {
        const struct flat_param *param = &from->params[i];
        params[i] = (struct param){
            .name = RESTORE(arena, param->name),
            .type = (enum param_type)param->type,
            .default_text = RESTORE(arena, param->default_text),
            .test_text = param->has_test_text ? RESTORE(arena, param->test_text) : NULL,
            .min = param->min,
            .max = param->max,
            .zero_word = param->has_zero_word ? RESTORE(arena, param->zero_word) : NULL,
            .not_above = param->has_not_above ? RESTORE(arena, param->not_above) : NULL,
            .help = RESTORE_SHOWN(arena, param->help),
        };
    }
    return params;
}

/* A plug-in may have written into the shared memory. */
static bool is_intact(const struct flat_tables *flat) {
    if (flat->count < 1 || flat->count > PLUGIN_WORKLOADS_MAX)
        return false;
    for (size_t i = 0; i < flat->count; i++) {
        const struct flat_workload *workload = &flat->workloads[i];
        if (workload->param_count > PARAMS_MAX)
            return false;
        for (size_t j = 0; j < workload->param_count; j++)
            if (workload->params[j].type < 0 || workload->params[j].type > PARAM_TEXT)
                return false;
    }
    return true;
}

int tables_restore(struct flat_tables *flat, struct arena *arena,
    const struct workload *const **ret_workloads, struct diag *diag) {
    if (!is_intact(flat))
        return diag_set(diag, -EINVAL, "it has damaged its own tables; look for stray writes");
    const struct workload **workloads =
        arena_array(arena, const struct workload *, (size_t)flat->count + 1);
    for (size_t i = 0; i < flat->count; i++) {
        const struct flat_workload *from = &flat->workloads[i];
        struct workload *workload = arena_alloc(arena, sizeof(*workload));
        workload->name = RESTORE(arena, from->name);
        workload->summary = RESTORE_SHOWN(arena, from->summary);
        workload->params = restore_params(arena, from);
        workload->default_jobs = from->default_jobs;
        workload->result_size = from->result_size;
        workload->needs = from->needs;
        workload->runs_commands = from->runs_commands;
        workload->blocks = from->has_blocks ? RESTORE(arena, from->blocks) : NULL;
        workloads[i] = workload;
    }
    *ret_workloads = workloads;
    return 0;
}
