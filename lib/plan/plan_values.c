/* SPDX-License-Identifier: MIT */
#include "plan_parts.h"

#include "controls.h"
#include "units.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

int text_refuse(struct diag *diag, const char *what, struct spec_text text, const char *wrong) {
    return diag_at(diag, text.origin, -EINVAL, "%s '%s' %s", what, shown(text.text).text, wrong);
}

int number_between(struct diag *diag, const char *what, struct spec_text text, int64_t min,
    int64_t max, int64_t *ret) {
    int64_t number;
    const char *wrong = parse_count(text.text, &number);

    if (wrong)
        return text_refuse(diag, what, text, wrong);
    if (number < min || number > max)
        return diag_at(diag, text.origin, -EINVAL,
            "%s '%s' is out of range; write %" PRId64 " to %" PRId64, what, shown(text.text).text,
            min, max);
    *ret = number;
    return 0;
}

int workers_parse(struct builder *builder, struct spec_text text, int64_t *ret) {
    int cpus = builder->options->usable_cpus;
    size_t length = strlen(text.text);
    bool is_all = strcmp(text.text, "all") == 0,
         is_times = length > 1 && text.text[length - 1] == 'x';
    int64_t number = 1;
    const char *wrong = is_times
        ? parse_count(arena_strndup(builder->scratch, text.text, length - 1), &number)
        : is_all ? NULL
                 : parse_count(text.text, &number);

    if (wrong)
        return text_refuse(builder->diag, "workers", text,
            "is no number of workers; write one, such as 4, or all, or 2x for twice the usable "
            "CPUs");
    if (is_all)
        number = cpus < WORKERS_MAX ? cpus : WORKERS_MAX;
    if (number < 1 || number > WORKERS_MAX || (is_times && number * cpus > WORKERS_MAX))
        return diag_at(builder->diag, text.origin, -EINVAL,
            "workers '%s' is out of range; write 1 to %d", shown(text.text).text, WORKERS_MAX);
    *ret = is_times ? number * cpus : number;
    return 0;
}

int threshold_parse(struct diag *diag, struct spec_text text, double *ret) {
    double value;
    const char *wrong = parse_percent(text.text, &value);

    if (wrong)
        return text_refuse(diag, "threshold", text, wrong);
    if (!(value <= THRESHOLD_MAX))
        return diag_at(diag, text.origin, -EINVAL,
            "threshold '%s' is out of range; write 0%% to %g%%", shown(text.text).text,
            100 * THRESHOLD_MAX);
    *ret = value;
    return 0;
}

/* A parameter's value, in the plan's memory where it is a text. */
static int value_parse(struct builder *builder, const struct param *param, struct spec_text text,
    union param_value *ret) {
    struct shown cut = shown(text.text);
    int code;

    if (param->type == PARAM_TEXT) {
        ret->text = arena_strdup(builder->plan->arena, text.text);
        return 0;
    }
    /* a text too long to be shown whole is no number: the error shows its beginning */
    code = param_parse(param, cut.text, ret, builder->diag);
    return code < 0 ? diag_place(builder->diag, text.origin) : 0;
}

const char *setting_text(struct arena *arena, const struct param *param, union param_value value) {
    size_t size = param_format(param, value, NULL, 0) + 1;
    char *text = arena_alloc(arena, size);

    param_format(param, value, text, size);
    return arena_printf(arena, "%s=%s", param->name, controls_escaped(arena, text));
}

static const struct spec_param *given_for(const struct spec_params *given, const char *name) {
    for (size_t i = 0; i < given->count; i++)
        if (given->items[i].values.count > 0 && strcmp(given->items[i].name.text, name) == 0)
            return &given->items[i];
    return NULL;
}

int axes_make(struct builder *builder, const struct param *table, const struct spec_params *given,
    struct axes *axes) {
    union param_value defaults[PARAMS_MAX];
    int code = params_defaults(table, 0, defaults, builder->diag);

    if (code < 0)
        return code;
    *axes = (struct axes){.table = table, .count = params_count(table)};
    for (size_t i = 0; i < axes->count; i++) {
        const struct spec_param *from = given_for(given, table[i].name);
        struct axis *axis = &axes->at[i];

        axis->count = from ? from->values.count : 1;
        axis->varied = from && from->varied;
        axis->values = arena_array(builder->scratch, union param_value, axis->count);
        if (!from)
            axis->values[0] = defaults[i];
        for (size_t j = 0; from && j < axis->count; j++) {
            code = value_parse(builder, &table[i], from->values.items[j], &axis->values[j]);
            if (code < 0)
                return code;
        }
    }
    return 0;
}

size_t axes_product(const struct axes *axes, size_t limit) {
    size_t product = 1;

    for (size_t i = 0; i < axes->count; i++) {
        if (axes->at[i].count > limit / product)
            return limit + 1;
        product *= axes->at[i].count;
    }
    return product;
}

bool pick_next(const struct axes *axes, struct pick *pick) {
    for (size_t i = axes->count; i-- > 0;) {
        if (++pick->at[i] < axes->at[i].count)
            return true;
        pick->at[i] = 0;
    }
    return false;
}

void pick_values(const struct axes *axes, const struct pick *pick, union param_value *ret_values) {
    for (size_t i = 0; i < axes->count; i++)
        ret_values[i] = axes->at[i].values[pick->at[i]];
}

struct origin pick_origin(
    const struct axes *axes, const struct pick *pick, const struct spec_params *given, size_t at) {
    const struct spec_param *from = given_for(given, axes->table[at].name);

    return from ? from->values.items[pick->at[at]].origin : (struct origin){0};
}

int pick_check(struct builder *builder, const struct axes *axes, const struct pick *pick,
    const struct spec_params *given) {
    union param_value values[PARAMS_MAX];
    struct origin origin;
    size_t at;

    pick_values(axes, pick, values);
    if (params_check(axes->table, values, &at, builder->diag) == 0)
        return 0;
    origin = pick_origin(axes, pick, given, at);
    if (!origin.file)
        origin = pick_origin(
            axes, pick, given, (size_t)params_find(axes->table, axes->table[at].not_above));
    return diag_place(builder->diag, origin);
}
