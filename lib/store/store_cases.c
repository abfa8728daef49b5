/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "store_parts.h"

/* More than a session records: its rounds, in a comparison several in each, and what failed in
 * calibrating. */
#define SAMPLES_MAX (ROUNDS_MAX * 8 + 100)

int load_text(const struct json_node *node, const char *key, const char **ret_text) {
    struct json_node member;
    int code = node_member(node, key, &member);

    return code < 0 ? code : node_text(&member, ret_text);
}

int load_bool(const struct json_node *node, const char *key, bool *ret_value) {
    struct json_node member;
    int code = node_member(node, key, &member);

    return code < 0 ? code : node_bool(&member, ret_value);
}

int load_number(const struct json_node *node, const char *key, double *ret_number) {
    struct json_node member;
    int code = node_member(node, key, &member);

    return code < 0 ? code : node_number(&member, ret_number);
}

int node_threshold(const struct json_node *node, double *ret_threshold) {
    double threshold = 0;
    int code = node_number(node, &threshold);

    if (code == 0 && !(threshold >= 0 && threshold <= THRESHOLD_MAX))
        code = node_refuse(node, "is not between 0 and %g", THRESHOLD_MAX);
    *ret_threshold = threshold;
    return code;
}

/* Files from before cases had one: the default, which a comparison's rows then replace. */
static int read_threshold(const struct json_node *node, struct bench_case *bench_case) {
    struct json_node member;
    int code = node_optional(node, "threshold", &member);

    bench_case->threshold = DEFAULT_THRESHOLD;
    return code < 0 || !member.value ? code : node_threshold(&member, &bench_case->threshold);
}

static int load_integer(
    const struct json_node *node, const char *key, int64_t min, int64_t max, int64_t *ret_number) {
    struct json_node member;
    int code = node_member(node, key, &member);

    return code < 0 ? code : node_integer(&member, min, max, ret_number);
}

int load_case_name(const struct loader *loader, const struct json_node *node, const char *key,
    ptrdiff_t *ret_index) {
    struct json_node member;
    const char *id = "";
    int code = node_member_or_null(node, key, &member);

    if (code < 0)
        return code;
    if (!member.value) {
        *ret_index = -1;
        return 0;
    }
    code = node_text(&member, &id);
    if (code < 0)
        return code;
    ptrdiff_t index = plan_find_case(loader->plan, id);
    if (index < 0)
        return node_refuse(&member, "is the id of no case");
    *ret_index = index;
    return 0;
}

/* NULL for null, and in files from before there was such a member. */
static int load_optional(const struct json_node *node, const char *key, const char **ret_text) {
    struct json_node member;
    int code = node_optional(node, key, &member);

    return code < 0 || !member.value ? code : node_text(&member, ret_text);
}

static int read_latency(const struct json_node *node, struct latency *latency) {
    struct json_node member;
    int code = node_optional(node, "latency", &member);

    if (code < 0 || !member.value)
        return code;
    code = node_object(&member, NULL, latency_fields);
    return code < 0 ? code : node_fields(&member, latency_fields, false, latency);
}

static int read_sample(const struct json_node *node, struct sample *sample) {
    static const char *const names[] = {"latency", NULL};
    int code = node_object(node, names, sample_fields);
    bool failed = code == 0 && json_is_string(json_object_get(node->value, "failure"));

    if (code == 0)
        code = node_fields(node, sample_fields, failed, sample);
    return code < 0 ? code : read_latency(node, &sample->latency);
}

/* Pairs are made of samples in the order of their rounds, but in comparisons one in each; failures
 * of calibrating come before. */
static int check_round(const struct loader *loader, const struct json_node *node,
    const struct sample *sample, const struct sample *before) {
    bool alone = !loader->is_comparison && sample->round >= 0;

    if (sample->round >= loader->plan->rounds)
        return node_refuse(node, "is of round %d of %d", sample->round, loader->plan->rounds);
    if (sample->round < 0 && !sample->failure)
        return node_refuse(node, "is of no round");
    if (before && before->round > sample->round - alone)
        return node_refuse(node, "is not in the order of rounds");
    return 0;
}

static int read_samples(
    const struct loader *loader, const struct json_node *node, struct case_result *result) {
    struct json_node samples;
    int code = node_member(node, "samples", &samples);

    if (code == 0)
        code = node_array(&samples, SAMPLES_MAX, &result->sample_count);
    if (code < 0)
        return code;
    result->samples = arena_array(loader->session->arena, struct sample, result->sample_count);
    for (size_t i = 0; code == 0 && i < result->sample_count; i++) {
        struct json_node item = node_item(&samples, i);
        struct sample *sample = &result->samples[i];

        code = read_sample(&item, sample);
        if (code == 0)
            code = check_round(loader, &item, sample, i > 0 ? sample - 1 : NULL);
    }
    return code;
}

/* What a case is; its twin may stand anywhere, so it is looked up once all are there. */
static int read_identity(
    struct loader *loader, const struct json_node *node, struct bench_case *bench_case) {
    const char *plugin = NULL;
    int64_t workers = 0;
    int code = load_text(node, "name", &bench_case->name);

    if (code == 0)
        code = load_text(node, "variant", &bench_case->variant);
    if (code == 0)
        code = load_optional(node, "plugin", &plugin);
    if (code == 0)
        code = load_case_params(loader, node, plugin, bench_case);
    if (code == 0)
        code = load_optional(node, "prepare", &bench_case->prepare);
    if (code == 0)
        code = load_optional(node, "cleanup", &bench_case->cleanup);
    if (code == 0)
        code = load_optional(node, "impossible", &bench_case->impossible);
    if (code == 0)
        code = read_threshold(node, bench_case);
    if (code == 0)
        code = load_integer(node, "workers", 1, INT32_MAX, &workers);
    if (code == 0)
        code = load_integer(node, "jobs", 0, INT64_MAX, &bench_case->jobs);
    if (code == 0)
        code = load_bool(node, "is_baseline", &bench_case->is_baseline);
    bench_case->workers = (int)workers;
    return code;
}

static int read_result(
    const struct loader *loader, const struct json_node *node, struct case_result *result) {
    struct json_node summary;
    int code = load_integer(node, "passes", 0, INT64_MAX, &result->passes);

    if (code == 0)
        code = load_bool(node, "given_up", &result->given_up);
    if (code == 0)
        code = read_samples(loader, node, result);
    if (code == 0)
        code = node_member(node, "summary", &summary); /* made anew; only has to be there */
    if (code == 0 && !json_is_object(summary.value))
        code = node_refuse(&summary, "is not an object");
    return code;
}

static int read_case(struct loader *loader, const struct json_node *node, size_t index) {
    static const char *const names[] = {"id", "name", "workload", "plugin", "params", "executor",
        "variant", "pool", "workers", "jobs", "is_baseline", "prepare", "cleanup", "threshold",
        "twin_of", "impossible", "passes", "given_up", "samples", "summary", NULL};
    struct bench_case *bench_case = &loader->plan->cases[index];
    const char *id = "";
    int code = node_object(node, names, NULL);

    if (code == 0)
        code = load_text(node, "id", &id);
    if (code == 0 && plan_find_case(loader->plan, id) >= 0)
        code = node_refuse(node, "has the id of another case");
    if (code < 0)
        return code;
    bench_case->id = id;
    code = read_identity(loader, node, bench_case);
    return code < 0 ? code : read_result(loader, node, &loader->session->results[index]);
}

int load_cases(struct loader *loader, const struct json_node *root) {
    struct plan *plan = loader->plan;
    struct json_node cases;
    int code = node_member(root, "cases", &cases);

    if (code == 0)
        code = node_array(&cases, CASES_MAX * 2, &plan->case_count);
    if (code == 0 && plan->case_count == 0)
        code = node_refuse(&cases, "is empty");
    if (code < 0)
        return code;
    plan->cases = arena_array(plan->arena, struct bench_case, plan->case_count);
    loader->session->results = arena_array(plan->arena, struct case_result, plan->case_count);
    for (size_t i = 0; code == 0 && i < plan->case_count; i++) {
        struct json_node item = node_item(&cases, i);
        code = read_case(loader, &item, i);
    }
    for (size_t i = 0; code == 0 && i < plan->case_count; i++) {
        struct json_node item = node_item(&cases, i);
        code = load_case_name(loader, &item, "twin_of", &plan->cases[i].twin_of);
    }
    return code;
}
