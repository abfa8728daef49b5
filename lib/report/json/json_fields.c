/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <math.h>
#include <string.h>

json_t *json_broken(json_t *value) {
    json_decref(value);
    return NULL;
}

json_t *json_text(const char *text) {
    json_t *value = text ? json_string(text) : json_null();
    if (value)
        return value;
    struct arena *arena = arena_new();
    char *ascii = arena_strdup(arena, text);
    for (char *at = ascii; *at; at++)
        if ((unsigned char)*at >= 0x80)
            *at = '?';
    value = json_string(ascii);
    arena_free(arena);
    return value;
}

json_t *json_number(double number) {
    return isfinite(number) ? json_real(number) : json_null();
}

json_t *json_interval(struct interval interval) {
    if (!interval_known(interval))
        return json_null();
    return json_pack("[o, o]", json_number(interval.low), json_number(interval.high));
}

json_t *json_ratio(struct estimate ratio) {
    return json_pack(
        "{s:o, s:o}", "value", json_number(ratio.value), "interval", json_interval(ratio.interval));
}

json_t *json_case_id(const struct plan *plan, ptrdiff_t index) {
    return json_text(index >= 0 ? plan->cases[index].id : NULL);
}

json_t *json_list(
    json_t *(*make)(const void *from, size_t index), const void *from, size_t first, size_t end) {
    json_t *list = json_array();
    for (size_t i = first; i < end; i++)
        if (json_array_append_new(list, make(from, i)) < 0)
            return json_broken(list);
    return list;
}

static json_t *whole_value(const struct json_field *field, json_int_t number) {
    return field->flags & FIELD_MAYBE && number < field->min ? json_null() : json_integer(number);
}

static json_t *field_value(
    const struct json_field *field, const struct plan *plan, const void *at, bool failed) {
    bool maybe = field->flags & FIELD_MAYBE;
    if (failed && field->flags & FIELD_TIMED)
        return json_null();
    switch (field->type) {
    case FIELD_INT:
        return whole_value(field, *(const int *)at);
    case FIELD_INT64:
        return whole_value(field, *(const int64_t *)at);
    case FIELD_SIZE:
        return json_integer((json_int_t) * (const size_t *)at);
    case FIELD_REAL:
        return json_number(maybe && *(const double *)at <= 0 ? NAN : *(const double *)at);
    case FIELD_SHARE:
        return json_number(*(const double *)at);
    case FIELD_BOOL:
        return json_boolean(*(const bool *)at);
    case FIELD_TEXT:
        return maybe && !*(const char *)at ? json_null() : json_text(at);
    case FIELD_STRING:
    case FIELD_SENTENCE:
        return json_text(*(const char *const *)at);
    case FIELD_INTERVAL:
        return json_interval(*(const struct interval *)at);
    case FIELD_RATIO:
        return maybe && isnan(((const struct estimate *)at)->value)
            ? json_null()
            : json_ratio(*(const struct estimate *)at);
    case FIELD_CASE:
        return json_case_id(plan, *(const ptrdiff_t *)at);
    case FIELD_OBJECT:
        return fields_value(field->fields, plan, at);
    case FIELD_OTHER:
        break;
    }
    return json_null();
}

/* Whether it is known: not NULL or NaN, as a whole number not 0, and as a real number with
 * FIELD_MAYBE above 0; of an object: whether a member of the type
 * of its first one is. */
static bool is_set(const struct json_field *field, const void *at);

static bool is_any_set(const struct json_field *fields, const void *from) {
    for (const struct json_field *field = fields; field->name; field++)
        if (field->type == fields->type && is_set(field, (const char *)from + field->offset))
            return true;
    return false;
}

static bool is_set(const struct json_field *field, const void *at) {
    if (field->type == FIELD_OBJECT)
        return is_any_set(field->fields, at);
    if (field->type == FIELD_SENTENCE)
        return *(const char *const *)at != NULL;
    if (field->type == FIELD_BOOL)
        return *(const bool *)at;
    if (field->type == FIELD_RATIO)
        return !isnan(((const struct estimate *)at)->value);
    if (field->type == FIELD_REAL)
        return field->flags & FIELD_MAYBE ? *(const double *)at > 0 : !isnan(*(const double *)at);
    return *(const int64_t *)at != 0;
}

json_t *fields_add(
    json_t *object, const struct json_field *fields, const struct plan *plan, const void *from) {
    bool failed = false;
    for (; object && fields->name; fields++) {
        const void *at = (const char *)from + fields->offset;
        failed = failed || (fields->flags & FIELD_FAILS && is_set(fields, at));
        if (fields->flags & FIELD_LATER && (fields->type == FIELD_OTHER || !is_set(fields, at)))
            continue;
        if (json_object_set_new(object, fields->name, field_value(fields, plan, at, failed)) < 0)
            return json_broken(object);
    }
    return object;
}

json_t *fields_value(const struct json_field *fields, const struct plan *plan, const void *from) {
    return fields_add(json_object(), fields, plan, from);
}

json_t *fields_set(json_t *object, json_t *members) {
    int code = object && members ? json_object_update(object, members) : -1;
    json_decref(members);
    return code < 0 ? json_broken(object) : object;
}

bool fields_know(const struct json_field *fields, const char *name) {
    for (; fields && fields->name; fields++)
        if (strcmp(fields->name, name) == 0)
            return true;
    return false;
}
