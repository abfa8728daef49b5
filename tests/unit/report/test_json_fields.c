/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <criterion/criterion.h>
#include <string.h>

#include "json_node.h"

#define STRUCT_ROOM 4096

/* Gives each member a different value. */
static void fill(const struct json_field *fields, void *into) {
    for (int i = 1; fields->name; fields++, i++) {
        void *at = (char *)into + fields->offset;

        switch (fields->type) {
        case FIELD_INT:
            *(int *)at = fields->min > i ? (int)fields->min : fields->max < i ? 1 : i;
            break;
        case FIELD_INT64:
            *(int64_t *)at = fields->min > i ? fields->min : fields->max < i ? 1 : i;
            break;
        case FIELD_REAL:
        case FIELD_SHARE:
            *(double *)at = i / 7.0;
            break;
        case FIELD_BOOL:
            *(bool *)at = true;
            break;
        case FIELD_STRING:
        case FIELD_SENTENCE:
            *(const char **)at = fields->name;
            break;
        case FIELD_OBJECT:
            fill(fields->fields, at);
            break;
        default:
            break;
        }
    }
}

static struct arena *arena; /* owns the texts that are read */

static void setup(void) {
    arena = arena_new();
}

static void teardown(void) {
    arena_free(arena);
}

TestSuite(json_fields, .init = setup, .fini = teardown);

static void read_back(const struct json_field *fields, json_t *value, void *into) {
    struct diag diag = {0};
    struct json_document document = {.file = "test", .arena = arena, .diag = &diag};
    struct json_node node = {.document = &document, .value = value};

    node_object(&node, fields, NULL);
    node_fields(&node, fields, into);
    cr_expect_eq(document.code, 0, "%s", diag.text);
    json_t *again = fields_value(fields, NULL, into);
    cr_expect(json_equal(value, again));
    json_decref(again);
}

/* Writer and reader use the same table, so one line in it is enough for both. */
Test(json_fields, are_read_as_they_were_written) {
    const struct json_field *const tables[] = {
        plan_fields, sample_fields, latency_fields, timed_fields, settings_fields, result_fields};

    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        _Alignas(max_align_t) char from[STRUCT_ROOM] = {0}, into[STRUCT_ROOM] = {0};

        fill(tables[i], from);
        json_t *value = fields_value(tables[i], NULL, from);
        for (const struct json_field *field = tables[i]; field->name; field++)
            if (field->type != FIELD_OTHER || !(field->flags & FIELD_LATER))
                cr_expect_not_null(json_object_get(value, field->name), "%s", field->name);
        read_back(tables[i], value, into);
        json_decref(value);
    }
}

Test(json_fields, leave_out_what_older_files_lack) {
    struct sample sample = {.round = 3}, into = {0};
    json_t *value = fields_value(sample_fields, NULL, &sample);

    cr_expect_null(json_object_get(value, "loop_busy_ns"));
    cr_expect_null(json_object_get(value, "slow_tasks"));
    cr_expect_null(json_object_get(value, "latency"));
    cr_expect_null(json_object_get(value, "timed"));
    read_back(sample_fields, value, &into);
    cr_expect_eq(into.round, 3);
    json_decref(value);
}

Test(json_fields, keep_what_is_unknown_apart_from_0) {
    struct timed timed = {.elapsed_ns = 5, .no_cpu_ns = -1}, into = {0};
    json_t *value = fields_value(timed_fields, NULL, &timed);

    cr_expect(json_is_null(json_object_get(value, "no_cpu_ns")));
    cr_expect(json_is_integer(json_object_get(value, "timeslices")));
    read_back(timed_fields, value, &into);
    cr_expect_eq(into.no_cpu_ns, -1);
    cr_expect_eq(into.timeslices, 0);
    json_decref(value);
}

Test(json_fields, have_no_times_in_a_failed_sample) {
    struct sample sample = {.failure = "killed", .startup_ns = 5, .errors = 1}, into = {0};
    json_t *value = fields_value(sample_fields, NULL, &sample);

    cr_expect(json_is_null(json_object_get(value, "startup_ns")));
    read_back(sample_fields, value, &into);
    cr_expect_str_eq(into.failure, "killed");
    cr_expect_eq(into.startup_ns, 0);
    cr_expect_eq(into.errors, 1);
    json_decref(value);
}
