/* SPDX-License-Identifier: MIT */
#include "json_values.h"

#include <math.h>

json_t *json_broken(json_t *value) {
    json_decref(value);
    return NULL;
}

json_t *json_text(const char *text) {
    json_t *value = json_string(text);
    if (value)
        return value;
    struct arena *arena = arena_new();
    char *ascii = arena_strdup(arena, text);
    for (char *at = ascii; *at; at++) {
        if ((unsigned char)*at >= 0x80)
            *at = '?';
    }
    value = json_string(ascii);
    arena_free(arena);
    return value;
}

json_t *json_text_or_null(const char *text) {
    return text ? json_text(text) : json_null();
}

json_t *json_number(double number) {
    return isfinite(number) ? json_real(number) : json_null();
}

json_t *json_interval(struct interval interval) {
    if (!interval_known(interval))
        return json_null();
    return json_pack("[o, o]", json_number(interval.low), json_number(interval.high));
}

json_t *json_ratio(struct ratio ratio) {
    return json_pack(
        "{s:o, s:o}", "value", json_number(ratio.value), "interval", json_interval(ratio.interval));
}

json_t *json_case_id(const struct plan *plan, ptrdiff_t index) {
    return json_text_or_null(index >= 0 ? plan->cases[index].id : NULL);
}

json_t *json_list(
    json_t *(*make)(const void *from, size_t index), const void *from, size_t first, size_t end) {
    json_t *list = json_array();
    for (size_t i = first; i < end; i++)
        if (json_array_append_new(list, make(from, i)) < 0)
            return json_broken(list);
    return list;
}
