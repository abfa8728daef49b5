/* SPDX-License-Identifier: MIT */
#include "store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "json_session.h"
#include "store_parts.h"
#include "verdict.h"
#include "words.h"

static int refuse_syntax(const char *path, const json_error_t *error, struct diag *diag) {
    return diag_at(diag,
        (struct origin){.file = path, .line = error->line, .column = error->column}, -EINVAL,
        "it is not JSON: %s; name a file that 'pconc bench --save' wrote", error->text);
}

static int parse_document(
    const char *path, const char *name, json_t **ret_root, struct diag *diag) {
    char *text;
    size_t size;
    json_error_t error;
    int code = file_text(path, &text, &size, diag);

    if (code < 0)
        return code;
    json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
    free(text);
    if (!root)
        return refuse_syntax(name, &error, diag);
    *ret_root = root;
    return 0;
}

static int check_schema(const char *path, const json_t *root, struct diag *diag) {
    const json_t *schema = json_object_get(root, "schema");

    if (!json_is_integer(schema) || json_integer_value(schema) < 1)
        return diag_set(diag, -EINVAL,
            "%s: it is JSON, but no result of pconc: it tells no schema; name a file that 'pconc "
            "bench --save' wrote",
            path);
    if (json_integer_value(schema) != JSON_SCHEMA)
        return diag_set(diag, -EINVAL,
            "%s: it has schema %" JSON_INTEGER_FORMAT
            ", and this pconc reads schema %d; read it with the pconc that wrote it, or a newer "
            "one",
            path, json_integer_value(schema), JSON_SCHEMA);
    return 0;
}

/* Above 2^63 - 1 a seed stands there as its digits. */
static int read_seed(const struct json_node *root, uint64_t *ret_seed) {
    struct json_node node;
    char *end;
    int code = node_member(root, "seed", &node);

    if (code < 0)
        return code;
    if (!json_is_string(node.value)) {
        int64_t seed;
        code = node_integer(&node, 0, INT64_MAX, &seed);
        *ret_seed = (uint64_t)seed;
        return code;
    }
    const char *digits = json_string_value(node.value);
    errno = 0;
    *ret_seed = strtoull(digits, &end, 10);
    if (errno != 0 || *end || !(digits[0] >= '1' && digits[0] <= '9'))
        return node_refuse(&node, "is not a number of 64 bits");
    return 0;
}

static int read_part(
    const struct json_node *root, const char *key, const struct json_field *fields, void *into) {
    struct json_node node;
    int code = node_member(root, key, &node);

    if (code == 0)
        code = node_object(&node, NULL, fields);
    return code < 0 ? code : node_fields(&node, fields, false, into);
}

static int read_version(const struct json_node *root, struct environment *env) {
    struct json_node node;
    const char *version = "";
    int code = node_member_or_null(root, "pconc", &node);

    if (code == 0 && node.value)
        code = node_text(&node, &version);
    if (code == 0 && strlen(version) >= sizeof(env->version))
        code = node_refuse(&node, "is longer than %zu bytes", sizeof(env->version) - 1);
    if (code == 0)
        memcpy(env->version, version, strlen(version) + 1);
    return code;
}

static int read_ending(const struct json_node *root, struct session *session) {
    struct json_node done, signal;
    int64_t rounds = 0, number = 0;
    int code = node_member(root, "rounds_done", &done);

    if (code == 0)
        code = node_integer(&done, 0, session->plan->rounds, &rounds);
    if (code == 0)
        code = node_member_or_null(root, "interrupted_by", &signal);
    if (code == 0 && signal.value)
        code = node_integer(&signal, 1, 64, &number);
    session->rounds_done = (int)rounds;
    session->interrupted_by = (int)number;
    return code;
}

/* Made anew, as summaries are; they only have to be there. */
static int check_warnings(const struct json_node *root) {
    struct json_node warnings;
    size_t count;
    int code = node_member(root, "warnings", &warnings);

    return code < 0 ? code : node_array(&warnings, CASES_MAX, &count);
}

static int read_session(
    struct loader *loader, const struct json_node *root, const char *const *names) {
    struct session *session = loader->session;
    int code = node_object(root, names, NULL);

    if (code == 0)
        code = read_version(root, &session->environment);
    if (code == 0)
        code = read_seed(root, &loader->plan->seed);
    if (code == 0)
        code = read_part(root, "environment", environment_fields, &session->environment);
    if (code == 0)
        code = read_part(root, "plan", plan_fields, loader->plan);
    if (code == 0)
        code = read_part(root, "interference", interference_fields, &session->interference);
    if (code == 0)
        code = read_ending(root, session);
    if (code == 0)
        code = check_warnings(root);
    if (code == 0)
        code = load_tables(loader, root);
    if (code == 0)
        code = load_cases(loader, root);
    if (code == 0)
        code = load_sections(loader, root);
    return code < 0 ? code : load_checks(loader, root);
}

int load_session(const struct json_document *document, const struct json_node *root,
    bool is_comparison, struct loader *ret_loader) {
    static const char *const names[] = {"schema", "pconc", "seed", "environment", "plan",
        "rounds_done", "interrupted_by", "interference", "parameters", "warnings", "sections",
        "cases", "checks", "comparison", NULL};
    struct loader loader = {.document = *document, .is_comparison = is_comparison};
    int code;

    loader.plan = arena_array(document->arena, struct plan, 1);
    loader.plan->arena = document->arena;
    loader.session = arena_array(document->arena, struct session, 1);
    loader.session->arena = document->arena;
    loader.session->plan = loader.plan;
    code = read_session(&loader, root, names);
    if (code == 0)
        *ret_loader = loader;
    return code;
}

/* Samples of two sides stand in one session, unless it is sessions that are compared. */
static bool has_sides(const json_t *document) {
    const json_t *comparison = json_object_get(document, "comparison");

    return comparison && !json_object_get(comparison, "compared");
}

static int read_document(
    struct stored *stored, const struct json_document *document, struct gate_verdict **ret_gate) {
    struct json_node root = {.document = document, .value = stored->document};
    struct loader loader = {0};
    int code = check_schema(document->file, stored->document, document->diag);

    if (code == 0)
        code = load_session(document, &root, has_sides(stored->document), &loader);
    if (code == 0)
        code = load_comparison(&loader, &root, ret_gate);
    if (code < 0)
        return code;
    stored->plan = loader.plan;
    stored->session = loader.session;
    return 0;
}

int store_load(const char *path, struct stored **ret_stored, struct diag *diag) {
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    struct gate_verdict *gate = NULL;
    json_t *document = NULL;
    int code = parse_document(path, name, &document, diag);

    if (code < 0)
        return code;
    struct arena *arena = arena_new();
    struct stored *stored = arena_array(arena, struct stored, 1);
    *stored = (struct stored){.arena = arena, .document = document};
    code = read_document(stored, &(struct json_document){name, arena, diag}, &gate);
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
