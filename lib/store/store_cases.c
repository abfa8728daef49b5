/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "store_parts.h"

/* A session records fewer: one for each round, several in a comparison, and failed calibrations. */
#define SAMPLES_MAX (ROUNDS_MAX * 8 + 100)

/* Samples are in the order of their rounds, one in each unless two sides are compared. Failed
 * calibrations precede them. */
static void check_round(const struct loader *loader, const struct json_node *node,
    const struct sample *sample, const struct sample *before) {
    bool alone = !loader->is_comparison && sample->round >= 0;
    if (sample->round >= loader->plan->rounds)
        node_refuse(node, "is of round %d of %d", sample->round, loader->plan->rounds);
    else if (sample->round < 0 && !sample->failure)
        node_refuse(node, "is of no round");
    else if (before && before->round > sample->round - alone)
        node_refuse(node, "is not in the order of rounds");
}

static void read_samples(
    const struct loader *loader, const struct json_node *node, struct case_result *result) {
    struct json_node samples = node_member(node, "samples");
    result->sample_count = node_array(&samples, SAMPLES_MAX);
    result->samples = arena_array(loader->arena, struct sample, result->sample_count);
    for (size_t i = 0; node_code(node) == 0 && i < result->sample_count; i++) {
        struct json_node item = node_item(&samples, i);
        struct sample *sample = &result->samples[i];
        node_object(&item, sample_fields, NULL);
        node_fields(&item, sample_fields, sample);
        check_round(loader, &item, sample, i > 0 ? sample - 1 : NULL);
    }
}

static void read_cpus(
    const struct loader *loader, const struct json_node *node, struct bench_case *bench_case) {
    struct json_node list = node_optional(node, "cpus");
    if (!list.value)
        return;
    size_t count = node_array(&list, WORKERS_MAX);
    int *cpus = arena_array(loader->arena, int, count);
    for (size_t i = 0; node_code(node) == 0 && i < count; i++) {
        struct json_node item = node_item(&list, i);
        cpus[i] = (int)node_integer(&item, 0, INT32_MAX);
    }
    bench_case->cpus = count > 0 ? cpus : NULL;
    bench_case->cpu_count = (int)count;
}

/* The summary is computed again; the member only has to be there. */
static void read_case(struct loader *loader, const struct json_node *node, size_t index) {
    struct bench_case *bench_case = &loader->plan->cases[index];
    struct case_result *result = &loader->session->results[index];
    bench_case->threshold = DEFAULT_THRESHOLD;
    node_fields(node, case_fields, bench_case);
    load_case_params(loader, node, bench_case);
    read_cpus(loader, node, bench_case);
    node_fields(node, result_fields, result);
    read_samples(loader, node, result);
    struct json_node summary = node_member(node, "summary");
    if (!json_is_object(summary.value))
        node_refuse(&summary, "is not an object");
}

/* Ids first: a twin may precede its case. */
static void read_id(struct loader *loader, const struct json_node *node, size_t index) {
    node_object(node, case_fields, result_fields);
    struct json_node member = node_member(node, "id");
    loader->plan->cases[index].id = node_text(&member);
}

static void index_ids(struct loader *loader, const struct json_node *cases) {
    const struct plan *plan = loader->plan;
    plan_index(loader->plan);
    for (size_t i = 1; i < plan->case_count; i++) {
        const struct bench_case *one = plan->by_id[i - 1], *other = plan->by_id[i];
        if (strcmp(one->id, other->id) != 0)
            continue;
        struct json_node later =
            node_item(cases, (size_t)((one > other ? one : other) - plan->cases));
        node_refuse(&later, "has the id of another case");
    }
}

void load_cases(struct loader *loader, const struct json_node *root) {
    struct json_node cases = node_member(root, "cases");
    size_t count = node_array(&cases, CASES_MAX * 2);
    if (count == 0)
        node_refuse(&cases, "is empty");
    loader->plan->case_count = count;
    loader->plan->cases = arena_array(loader->arena, struct bench_case, count);
    loader->session->results = arena_array(loader->arena, struct case_result, count);
    for (size_t i = 0; node_code(root) == 0 && i < count; i++) {
        struct json_node item = node_item(&cases, i);
        read_id(loader, &item, i);
    }
    if (node_code(root) == 0)
        index_ids(loader, &cases);
    for (size_t i = 0; node_code(root) == 0 && i < count; i++) {
        struct json_node item = node_item(&cases, i);
        read_case(loader, &item, i);
    }
}
