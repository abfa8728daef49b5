/* SPDX-License-Identifier: MIT */
#include "conf_parts.h"

#include <stddef.h>
#include <string.h>

/* The format of a config. Every scalar is a text: names and numbers are checked later, against the
 * tables of workloads and executors. */

#define TEXT(flags) CYAML_VALUE_STRING(CYAML_FLAG_POINTER | (flags), char, 0, CYAML_UNLIMITED)

#define TEXT_FIELD(key, flags, structure, member)                                                  \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | (flags), structure, member, 0, CYAML_UNLIMITED)

#define TEXTS_FIELD(name, offset)                                                                  \
    {                                                                                              \
        .key = (name), .data_offset = (uint32_t)((offset) + offsetof(struct texts, items)),        \
        .count_offset = (uint32_t)((offset) + offsetof(struct texts, count)),                      \
        .count_size = sizeof(uint32_t), .value = {                                                 \
            .type = CYAML_SEQUENCE,                                                                \
            .flags = (enum cyaml_flag)(CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL),                  \
            .data_size = sizeof(char *),                                                           \
            .sequence = {.entry = &text_schema, .min = 1, .max = CONF_ENTRIES_MAX},                \
        }                                                                                          \
    }

#define NAMED_FIELD(name, offset, item_size, by_name)                                              \
    {                                                                                              \
        .key = (name), .data_offset = (uint32_t)(offset), .value = {                               \
            .type = CYAML_MAPPING,                                                                 \
            .flags = (enum cyaml_flag)(CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL),                  \
            .data_size = (uint32_t)(item_size),                                                    \
            .mapping = {.fields = (by_name)},                                                      \
        }                                                                                          \
    }

static const cyaml_schema_value_t text_schema = {TEXT(0)};

static const char any_key[] = "*";

bool conf_takes_any_key(const cyaml_schema_value_t *mapping) {
    return mapping->mapping.fields[0].key == any_key;
}

static void *copied(struct arena *arena, const void *from, size_t size) {
    return memcpy(arena_alloc(arena, size), from, size);
}

/* `params: {NAME: VALUE}` */
static const cyaml_schema_field_t *value_fields(struct arena *arena, const struct names *names) {
    cyaml_schema_field_t *fields =
        arena_array(arena, cyaml_schema_field_t, names->count + 1); /* the last ends them */

    for (size_t i = 0; i < names->count; i++)
        fields[i] = (cyaml_schema_field_t){
            .key = names->items[i],
            .data_offset = (uint32_t)(i * sizeof(char *)),
            .value = {TEXT(CYAML_FLAG_OPTIONAL)},
        };
    return fields;
}

/* `params: {NAME: [VALUE, VALUE]}` */
static const cyaml_schema_field_t *list_fields(struct arena *arena, const struct names *names) {
    cyaml_schema_field_t *fields = arena_array(arena, cyaml_schema_field_t, names->count + 1);

    for (size_t i = 0; i < names->count; i++)
        fields[i] = (cyaml_schema_field_t)TEXTS_FIELD(names->items[i], i * sizeof(struct texts));
    return fields;
}

static const cyaml_schema_field_t *matrix_fields(
    struct arena *arena, const cyaml_schema_field_t *lists, size_t names) {
    /* libcyaml takes an allocation of 0 bytes for a failed one */
    size_t size = sizeof(struct texts) * (names + 1);
    const cyaml_schema_field_t fields[] = {
        TEXTS_FIELD("executor", offsetof(struct loaded_matrix, executor)),
        TEXTS_FIELD("workers", offsetof(struct loaded_matrix, workers)),
        TEXTS_FIELD("jobs", offsetof(struct loaded_matrix, jobs)),
        NAMED_FIELD("params", offsetof(struct loaded_matrix, params), size, lists),
        NAMED_FIELD("pool", offsetof(struct loaded_matrix, pool), size, lists),
        CYAML_FIELD_END,
    };

    return copied(arena, fields, sizeof(fields));
}

static const cyaml_schema_field_t *run_fields(struct arena *arena,
    const cyaml_schema_field_t *values, const cyaml_schema_field_t *matrix, size_t names) {
    size_t size = sizeof(char *) * (names + 1);
    const cyaml_schema_field_t fields[] = {
        TEXT_FIELD("workload", 0, struct loaded_run, workload),
        TEXT_FIELD("name", CYAML_FLAG_OPTIONAL, struct loaded_run, name),
        TEXT_FIELD("prepare", CYAML_FLAG_OPTIONAL, struct loaded_run, prepare),
        TEXT_FIELD("cleanup", CYAML_FLAG_OPTIONAL, struct loaded_run, cleanup),
        TEXT_FIELD("threshold", CYAML_FLAG_OPTIONAL, struct loaded_run, threshold),
        TEXTS_FIELD("executor", offsetof(struct loaded_run, executor)),
        TEXTS_FIELD("workers", offsetof(struct loaded_run, workers)),
        TEXTS_FIELD("jobs", offsetof(struct loaded_run, jobs)),
        NAMED_FIELD("params", offsetof(struct loaded_run, params), size, values),
        NAMED_FIELD("pool", offsetof(struct loaded_run, pool), size, values),
        CYAML_FIELD_MAPPING_PTR(
            "matrix", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct loaded_run, matrix, matrix),
        CYAML_FIELD_END,
    };

    return copied(arena, fields, sizeof(fields));
}

/* Each key of a check is a text; the first, the case, must be there. */
static const cyaml_schema_value_t *check_schema(struct arena *arena) {
    cyaml_schema_field_t *fields = arena_array(arena, cyaml_schema_field_t, CHECK_KEYS + 1);
    const cyaml_schema_value_t check = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct loaded_check, fields),
    };

    for (size_t i = 0; i < CHECK_KEYS; i++)
        fields[i] = (cyaml_schema_field_t){
            .key = check_keys[i],
            .data_offset = (uint32_t)(i * sizeof(char *)),
            .value = {TEXT(i == CHECK_CASE ? CYAML_FLAG_DEFAULT : CYAML_FLAG_OPTIONAL)},
        };
    return copied(arena, &check, sizeof(check));
}

static const cyaml_schema_field_t *top_fields(
    struct arena *arena, const cyaml_schema_value_t *run) {
    const cyaml_schema_field_t fields[] = {
        TEXT_FIELD("rounds", CYAML_FLAG_OPTIONAL, struct loaded, rounds),
        TEXT_FIELD("warmup", CYAML_FLAG_OPTIONAL, struct loaded, warmup),
        TEXT_FIELD("seed", CYAML_FLAG_OPTIONAL, struct loaded, seed),
        TEXT_FIELD("timeout", CYAML_FLAG_OPTIONAL, struct loaded, timeout),
        TEXT_FIELD("slow_task", CYAML_FLAG_OPTIONAL, struct loaded, slow_task),
        TEXT_FIELD("threshold", CYAML_FLAG_OPTIONAL, struct loaded, threshold),
        TEXTS_FIELD("plugins", offsetof(struct loaded, plugins)),
        CYAML_FIELD_SEQUENCE_COUNT(
            "runs", CYAML_FLAG_POINTER, struct loaded, runs, run_count, run, 1, CONF_ENTRIES_MAX),
        CYAML_FIELD_SEQUENCE_COUNT("checks", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
            struct loaded, checks, check_count, check_schema(arena), 1, CONF_ENTRIES_MAX),
        CYAML_FIELD_END,
    };

    return copied(arena, fields, sizeof(fields));
}

const cyaml_schema_value_t *conf_schema(struct arena *arena, const struct names *names) {
    static const struct names any = {.items = {any_key}, .count = 1};
    const struct names *keys = names ? names : &any;
    const cyaml_schema_field_t *matrix =
        matrix_fields(arena, list_fields(arena, keys), keys->count);
    const cyaml_schema_value_t run = {
        CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct loaded_run,
            run_fields(arena, value_fields(arena, keys), matrix, keys->count)),
    };
    const cyaml_schema_value_t root = {
        CYAML_VALUE_MAPPING(
            CYAML_FLAG_POINTER, struct loaded, top_fields(arena, copied(arena, &run, sizeof(run)))),
    };

    return copied(arena, &root, sizeof(root));
}
