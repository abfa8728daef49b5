/* SPDX-License-Identifier: MIT */
#include "fixture_store.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void replace(json_t *at, const char *key, json_t *value) {
    if (json_is_array(at) && !value)
        (void)json_array_remove(at, (size_t)atoi(key));
    else if (json_is_array(at))
        (void)json_array_set_new(at, (size_t)atoi(key), value);
    else if (value)
        (void)json_object_set_new(at, key, value);
    else
        (void)json_object_del(at, key);
}

void spoil(json_t *root, const char *where, const char *value) {
    char *words = strdup(where), *rest = NULL;
    char *key = strtok_r(words, "/", &rest);
    json_t *at = root;

    for (char *next; (next = strtok_r(NULL, "/", &rest)); key = next)
        at = json_is_array(at) ? json_array_get(at, (size_t)atoi(key)) : json_object_get(at, key);
    cr_assert_not_null(at, "%s", where);
    json_t *parsed = value ? json_loads(value, JSON_DECODE_ANY, NULL) : NULL;
    cr_assert_eq(!parsed, !value, "%s", value);
    replace(at, key, parsed);
    free(words);
}

json_t *saved_document(const struct fixture *fixture) {
    char *json = fixture_emit(fixture, "json", &(struct report_style){0});
    json_t *root = json_loads(json, 0, NULL);

    free(json);
    return root;
}

void save_document(json_t *root, const char *path) {
    cr_assert_eq(json_dump_file(root, path, JSON_INDENT(2)), 0);
    json_decref(root);
}

void store_path_make(char *path) {
    int fd = mkstemp(path);

    cr_assert_geq(fd, 0);
    close(fd);
}
