/* SPDX-License-Identifier: MIT */
#include <pconc/param.h>

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "units.h"

#define BOUND_SIZE 48 /* room for any formatted number */

size_t params_count(const struct param *params) {
    size_t count = 0;
    while (params && params[count].name)
        count++;
    return count;
}

int params_find(const struct param *params, const char *name) {
    size_t count = params_count(params);
    for (size_t i = 0; i < count; i++)
        if (!strcmp(params[i].name, name))
            return (int)i;
    return -1;
}

static const char *parse_number(enum param_type type, const char *text, int64_t *ret) {
    switch (type) {
    case PARAM_COUNT:
        return parse_count(text, ret);
    case PARAM_DURATION:
        return parse_duration(text, ret);
    case PARAM_SIZE:
        return parse_size(text, ret);
    case PARAM_BOOL:
        return parse_bool(text, ret);
    case PARAM_TEXT:
        break;
    }
    return "is not a number; a text has no range";
}

static size_t format_number(enum param_type type, int64_t number, char *buf, size_t size) {
    switch (type) {
    case PARAM_DURATION:
        return format_duration(number, buf, size);
    case PARAM_SIZE:
        return format_size(number, buf, size);
    case PARAM_BOOL:
        return (size_t)snprintf(buf, size, "%s", number ? "true" : "false");
    case PARAM_COUNT:
    case PARAM_TEXT:
        break;
    }
    return (size_t)snprintf(buf, size, "%" PRId64, number);
}

static bool in_range(const struct param *param, int64_t number) {
    return param->type == PARAM_BOOL || (param->zero_word && number == 0)
        || (number >= param->min && number <= param->max);
}

static int out_of_range(const struct param *param, const char *text, struct diag *diag) {
    char low[BOUND_SIZE];
    char high[BOUND_SIZE];
    format_number(param->type, param->min, low, sizeof(low));
    format_number(param->type, param->max, high, sizeof(high));
    return diag_set(diag, -EINVAL, "%s '%s' is out of range; write %s to %s%s%s%s", param->name,
        text, low, high, param->zero_word ? " or '" : "", param->zero_word ? param->zero_word : "",
        param->zero_word ? "'" : "");
}

int param_parse(
    const struct param *param, const char *text, union param_value *ret_value, struct diag *diag) {
    if (param->type == PARAM_TEXT) {
        ret_value->text = text;
        return 0;
    }
    int64_t number = 0;
    if (!param->zero_word || strcmp(text, param->zero_word) != 0) {
        const char *wrong = parse_number(param->type, text, &number);
        if (wrong)
            return diag_set(diag, -EINVAL, "%s '%s' %s%s%s%s", param->name, text, wrong,
                param->zero_word ? ", or '" : "", param->zero_word ? param->zero_word : "",
                param->zero_word ? "'" : "");
    }
    if (!in_range(param, number))
        return out_of_range(param, text, diag);
    ret_value->number = number;
    return 0;
}

int params_check(const struct param *params, const union param_value *values, size_t *ret_at,
    struct diag *diag) {
    size_t count = params_count(params);
    for (size_t i = 0; i < count; i++) {
        int bound = params[i].not_above ? params_find(params, params[i].not_above) : -1;
        char value[BOUND_SIZE], most[BOUND_SIZE];
        if (bound < 0 || values[i].number <= values[bound].number)
            continue;
        param_format(&params[i], values[i], value, sizeof(value));
        param_format(&params[bound], values[bound], most, sizeof(most));
        *ret_at = i;
        return diag_set(diag, -EINVAL, "%s (%s) is above %s (%s); write %s <= %s", params[i].name,
            value, params[bound].name, most, params[i].name, params[bound].name);
    }
    return 0;
}

size_t param_format(const struct param *param, union param_value value, char *buf, size_t size) {
    if (param->type == PARAM_TEXT)
        return (size_t)snprintf(buf, size, "%s", value.text);
    if (param->zero_word && value.number == 0)
        return (size_t)snprintf(buf, size, "%s", param->zero_word);
    return format_number(param->type, value.number, buf, size);
}

int param_equal(const struct param *param, union param_value a, union param_value b) {
    return param->type == PARAM_TEXT ? !strcmp(a.text, b.text) : a.number == b.number;
}

int params_defaults(
    const struct param *params, int test, union param_value *ret_values, struct diag *diag) {
    union param_value values[PARAMS_MAX] = {{0}};
    size_t count = params_count(params);
    if (count > PARAMS_MAX)
        return diag_set(diag, -EINVAL, "a table of %zu parameters is too long; the most is %d",
            count, PARAMS_MAX);
    for (size_t i = 0; i < count; i++) {
        bool small = test && params[i].test_text;
        int code = param_parse(
            &params[i], small ? params[i].test_text : params[i].default_text, &values[i], diag);
        if (code < 0) {
            diag_prefix(diag, "%s value", small ? "test" : "default");
            return code;
        }
    }
    size_t at;
    int code = params_check(params, values, &at, diag);
    if (code < 0) {
        diag_prefix(diag, "%s values", test ? "test" : "default");
        return code;
    }
    if (count)
        memcpy(ret_values, values, count * sizeof(values[0]));
    return 0;
}
