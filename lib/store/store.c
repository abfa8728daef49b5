/* SPDX-License-Identifier: MIT */
#include "store.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "store_parts.h"
#include "verdict.h"

#define STARTS_MAX 100000 /* sessions that resumed one */

static int refuse_syntax(const char *path, const json_error_t *error, struct diag *diag) {
    return diag_at(diag,
        (struct origin){.file = path, .line = error->line, .column = error->column}, -EINVAL,
        "it is not JSON: %s; name a file that 'pconc bench --save' wrote", error->text);
}

static int check_schema(const char *path, const json_t *root, struct diag *diag) {
    const json_t *schema = json_object_get(root, "schema");
    if (!json_is_integer(schema) || json_integer_value(schema) < 1)
        return diag_set(diag, -EINVAL,
            "%s: it is JSON, but not a result of pconc; name a file that 'pconc bench --save' "
            "wrote",
            path);
    if (json_integer_value(schema) != JSON_SCHEMA)
        return diag_set(diag, -EINVAL,
            "%s: it has schema %" JSON_INTEGER_FORMAT
            ", and this pconc reads schema %d; read it with the pconc that wrote it, or a newer "
            "one",
            path, json_integer_value(schema), JSON_SCHEMA);
    return 0;
}

/* Above 2^63 - 1 a seed is written as its digits. */
static uint64_t read_seed(const struct json_node *root) {
    struct json_node node = node_member(root, "seed");
    const char *digits = json_string_value(node.value);
    char *end;
    if (!digits)
        return (uint64_t)node_integer(&node, 0, INT64_MAX);
    errno = 0;
    uint64_t seed = strtoull(digits, &end, 10);
    if (errno != 0 || *end || !(digits[0] >= '1' && digits[0] <= '9'))
        node_refuse(&node, "is not a number of 64 bits");
    return seed;
}

static void read_starts(struct loader *loader, const struct json_node *root) {
    struct json_node list = node_optional(root, "starts");
    if (!list.value)
        return;
    size_t count = node_array(&list, STARTS_MAX);
    const char **starts = arena_array(loader->arena, const char *, count + 1);
    for (size_t i = 0; node_code(root) == 0 && i < count; i++) {
        struct json_node item = node_item(&list, i);
        starts[i] = node_text(&item);
    }
    loader->session->starts = starts;
    loader->session->start_count = count;
}

/* Warnings are computed again, as summaries are; the member only has to be there. */
static void read_head(struct loader *loader, const struct json_node *root) {
    node_object(root, session_fields, NULL);
    node_fields(root, session_fields, loader->session);
    loader->plan->seed = read_seed(root);
    struct json_node plan = node_member(root, "plan");
    node_object(&plan, plan_fields, NULL);
    node_fields(&plan, plan_fields, loader->plan);
    struct json_node done = node_member(root, "rounds_done");
    loader->session->rounds_done = (int)node_integer(&done, 0, loader->plan->rounds);
    read_starts(loader, root);
    struct json_node warnings = node_member(root, "warnings");
    (void)node_array(&warnings, CASES_MAX);
}

struct session *load_session(const struct json_node *root, bool is_comparison) {
    static void (*const parts[])(struct loader * loader, const struct json_node *root) = {
        read_head, load_tables, load_cases, load_sections, load_checks};
    struct arena *arena = root->document->arena;
    struct loader loader = {.arena = arena,
        .plan = arena_array(arena, struct plan, 1),
        .session = arena_array(arena, struct session, 1),
        .is_comparison = is_comparison};
    loader.plan->warmup = WARMUP_AUTO; /* which is null in the file */
    loader.session->interference.others_share = NAN;
    loader.plan->arena = loader.session->arena = arena;
    loader.session->plan = root->document->plan = loader.plan;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && node_code(root) == 0; i++)
        parts[i](&loader, root);
    return node_code(root) < 0 ? NULL : loader.session;
}

/* Two sides are in one session, unless saved sessions are compared. */
static bool has_sides(const json_t *document) {
    const json_t *comparison = json_object_get(document, "comparison");
    return comparison && !json_object_get(comparison, "compared");
}

static int read_document(
    struct stored *stored, const char *name, struct gate_verdict **ret_gate, struct diag *diag) {
    struct json_document document = {.file = name, .arena = stored->arena, .diag = diag};
    struct json_node root = {.document = &document, .value = stored->document};
    int code = check_schema(name, stored->document, diag);
    if (code < 0)
        return code;
    stored->session = load_session(&root, has_sides(stored->document));
    if (document.code < 0)
        return document.code;
    stored->plan = stored->session->plan;
    *ret_gate = load_comparison(stored->session, &root);
    return document.code;
}

int store_load(const char *path, struct stored **ret_stored, struct diag *diag) {
    char *text = NULL;
    size_t size = 0;
    int code = file_text(path, &text, &size, diag);
    if (code < 0)
        return code;
    code = store_load_text(
        strcmp(path, "-") == 0 ? "standard input" : path, text, size, ret_stored, diag);
    free(text);
    return code;
}

int store_load_text(const char *name, const char *text, size_t size, struct stored **ret_stored,
    struct diag *diag) {
    struct gate_verdict *gate = NULL;
    json_error_t error;
    json_t *document = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
    int code;
    if (!document)
        return refuse_syntax(name, &error, diag);
    struct arena *arena = arena_new();
    struct stored *stored = arena_array(arena, struct stored, 1);
    *stored = (struct stored){.arena = arena, .document = document};
    code = read_document(stored, name, &gate, diag);
    if (code < 0) {
        store_free(stored);
        return code;
    }
    stored->summary = summarize(stored->session);
    summary_judge(stored->summary, gate);
    *ret_stored = stored;
    return 0;
}

void store_free(struct stored *stored) {
    if (!stored)
        return;
    session_summary_free(stored->summary);
    json_decref(stored->document);
    arena_free(stored->arena);
}
