/* SPDX-License-Identifier: MIT */
#include "journal_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "summary.h"

/* FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/ */
#define FNV_BASIS UINT64_C(0xCBF29CE484222325)
#define FNV_PRIME UINT64_C(0x100000001B3)

/* Adds the digest of a file to *digests, unless it is the file before. */
static int add_digest(
    struct arena *arena, const char *path, const char **digests, struct diag *diag) {
    unsigned char bytes[65536];
    uint64_t digest = FNV_BASIS;
    size_t got;
    FILE *file = fopen(path, "re");
    if (!file)
        return diag_set(diag, -errno, "%s: cannot be read: %s", path, strerror(errno));
    while ((got = fread(bytes, 1, sizeof(bytes), file)) > 0)
        for (size_t i = 0; i < got; i++)
            digest = (digest ^ bytes[i]) * FNV_PRIME;
    int code = ferror(file) ? diag_set(diag, -EIO, "%s: cannot be read", path) : 0;
    fclose(file);
    *digests = arena_printf(arena, "%s%016" PRIx64, *digests, digest);
    return code;
}

/* Of this program, and of the plug-ins in the order of their cases. */
static int find_digests(
    const struct plan *plan, struct arena *arena, const char **ret_digests, struct diag *diag) {
    const struct plugin *before = NULL;
    *ret_digests = "";
    int code = add_digest(arena, "/proc/self/exe", ret_digests, diag);
    for (size_t i = 0; code == 0 && i < plan->case_count; i++) {
        const struct plugin *plugin = plan->cases[i].plugin;
        if (plugin && plugin != before)
            code = add_digest(arena, plugin->file, ret_digests, diag);
        before = plugin;
    }
    return code;
}

/* A result without samples, but of the environment only what a session does not change. */
static json_t *empty_result(const struct plan *plan, struct arena *arena) {
    struct session session = {.plan = plan,
        .arena = arena,
        .results = arena_array(arena, struct case_result, plan->case_count)};
    environment_read(&session.environment);
    session.environment.load_before = 0;
    session.environment.started[0] = '\0';
    struct session_summary *summary = summarize(&session);
    json_t *result = json_session(&session, summary);
    session_summary_free(summary);
    return result;
}

json_t *journal_key(const struct plan *plan, struct diag *diag) {
    struct arena *arena = arena_new();
    const char *digests;
    json_t *key = NULL;
    if (find_digests(plan, arena, &digests, diag) == 0) {
        key = json_pack("{s:i, s:s, s:o}", "journal", 1, "binary", digests, "result",
            empty_result(plan, arena));
        if (!key)
            (void)diag_no_memory(diag, "a journal");
    }
    arena_free(arena);
    return key;
}

static bool same(const json_t *found, const json_t *wanted, const char *member) {
    const json_t *a = json_object_get(found, member), *b = json_object_get(wanted, member);
    return a && b && json_equal(a, b);
}

static int refuse(const char *path, const char *what, const char *advice, struct diag *diag) {
    return diag_set(diag, -EINVAL, "%s: it is of a session %s; %s", path, what, advice);
}

/* The first member of the environments that differs; NULL: none. */
static const char *other_machine(const json_t *found, const json_t *wanted) {
    static const char *const members[] = {
        "cpu_model", "online_cpus", "usable_cpus", "cpu_quota", "kernel", "machine", NULL};
    size_t i = 0;
    found = json_object_get(found, "environment");
    wanted = json_object_get(wanted, "environment");
    while (members[i] && same(found, wanted, members[i]))
        i++;
    return members[i];
}

int journal_check_key(const char *path, const json_t *found, const json_t *wanted,
    struct plan *plan, struct diag *diag) {
    static const char anew[] = "name another file to begin anew";
    const json_t *result = json_object_get(found, "result");
    const json_t *expected = json_object_get(wanted, "result");
    const json_t *seed = json_object_get(result, "seed");
    if (!same(found, wanted, "journal") || !result)
        return diag_set(diag, -EINVAL, "%s: it is no journal of this pconc; %s", path, anew);
    if (!same(found, wanted, "binary"))
        return refuse(path, "of another build of pconc or of a plug-in",
            "go on with the same program, or name another file to begin anew", diag);
    const char *member = other_machine(result, expected);
    if (member) {
        char what[64];
        snprintf(what, sizeof(what), "on another machine (%s differs)", member);
        return refuse(path, what, anew, diag);
    }
    if (!same(result, expected, "plan") || !same(result, expected, "cases")
        || !same(result, expected, "sections"))
        return refuse(path, "with another plan",
            "use the same config and options, or name another file to begin anew", diag);
    if (plan->seed_was_drawn && json_is_integer(seed))
        plan->seed = (uint64_t)json_integer_value(seed);
    else if (!same(result, expected, "seed"))
        return refuse(path, "with another seed",
            "leave out the seed, or name another file to begin anew", diag);
    return 0;
}
