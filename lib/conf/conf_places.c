/* SPDX-License-Identifier: MIT */
#include "conf_parts.h"

#include <stdlib.h>
#include <string.h>

void places_add(struct places *places, const struct place_entry *entry) {
    struct place_entry *added;

    places->entries = arena_grown(
        places->arena, places->entries, places->count, &places->room, sizeof(*places->entries));
    added = &places->entries[places->count++];
    *added = *entry;
    added->path = arena_strdup(places->arena, entry->path);
}

static int by_path(const void *a, const void *b) {
    const struct place_entry *left = a, *right = b;

    return strcmp(left->path, right->path);
}

void places_sort(struct places *places) {
    if (places->count > 0)
        qsort(places->entries, places->count, sizeof(*places->entries), by_path);
}

const struct place_entry *places_find(const struct places *places, const char *path) {
    struct place_entry key = {.path = path};

    if (places->count == 0)
        return NULL;
    return bsearch(&key, places->entries, places->count, sizeof(key), by_path);
}
