/* SPDX-License-Identifier: MIT */
#include "json_fields.h"

#include <math.h>
#include <string.h>

#include "json_values.h"

static json_t *whole_value(json_int_t number, bool maybe) {
    return maybe && number <= 0 ? json_null() : json_integer(number);
}

static json_t *real_value(double number, bool maybe) {
    return maybe && !(number > 0) ? json_null() : json_number(number);
}

static json_t *ratio_value(const struct ratio *ratio, bool maybe) {
    return maybe && isnan(ratio->value) ? json_null() : json_ratio(*ratio);
}

static json_t *field_value(
    const struct json_field *field, const struct plan *plan, const void *at, bool failed) {
    bool maybe = field->flags & FIELD_MAYBE;
    if (failed && field->flags & FIELD_TIMED)
        return json_null();
    switch (field->type) {
    case FIELD_INT:
        return whole_value(*(const int *)at, maybe);
    case FIELD_INT64:
        return whole_value(*(const int64_t *)at, maybe);
    case FIELD_SIZE:
        return json_integer((json_int_t) * (const size_t *)at);
    case FIELD_REAL:
        return real_value(*(const double *)at, maybe);
    case FIELD_SHARE:
        return json_number(*(const double *)at);
    case FIELD_BOOL:
        return json_boolean(*(const bool *)at);
    case FIELD_TEXT:
        return maybe && !*(const char *)at ? json_null() : json_text(at);
    case FIELD_STRING:
    case FIELD_SENTENCE:
        return json_text_or_null(*(const char *const *)at);
    case FIELD_INTERVAL:
        return json_interval(*(const struct interval *)at);
    case FIELD_RATIO:
        return ratio_value(at, maybe);
    case FIELD_CASE:
        return json_case_id(plan, *(const ptrdiff_t *)at);
    case FIELD_OBJECT:
        return fields_value(field->fields, plan, at, false);
    case FIELD_OTHER:
        break;
    }
    return json_null();
}

/* Whether it is neither 0 nor NULL; of an object: whether its first member is. */
static bool is_set(const struct json_field *field, const void *at) {
    return field->type == FIELD_SENTENCE ? *(const char *const *)at != NULL
                                         : *(const int64_t *)at != 0;
}

json_t *fields_add(json_t *object, const struct json_field *fields, const struct plan *plan,
    const void *from, bool failed) {
    for (; object && fields->name; fields++) {
        const void *at = (const char *)from + fields->offset;
        if (fields->flags & FIELD_LATER && (fields->type == FIELD_OTHER || !is_set(fields, at)))
            continue;
        if (json_object_set_new(object, fields->name, field_value(fields, plan, at, failed)) < 0)
            return json_broken(object);
    }
    return object;
}

json_t *fields_value(
    const struct json_field *fields, const struct plan *plan, const void *from, bool failed) {
    return fields_add(json_object(), fields, plan, from, failed);
}

json_t *fields_set(json_t *object, json_t *members) {
    int code = object && members ? json_object_update(object, members) : -1;
    json_decref(members);
    return code < 0 ? json_broken(object) : object;
}

bool fields_know(const struct json_field *fields, const char *name) {
    for (; fields && fields->name; fields++) {
        if (strcmp(fields->name, name) == 0)
            return true;
    }
    return false;
}
