/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "ab.h"
#include "compare.h"
#include "store_parts.h"
#include "unpaired.h"

/* Only the settings of a comparison are read; the verdicts are computed again from the samples. */

/* More files than a command line names. */
#define SESSIONS_MAX 10000

#define ALPHA_MIN 1e-9

/* Two sides in one session are laid out by ab_plan: side A, side B, a twin of A. */
static void check_layout(const struct plan *plan, const struct json_node *node) {
    for (size_t i = 0; i < plan->section_count; i++) {
        const struct section *section = &plan->sections[i];
        const struct bench_case *cases = &plan->cases[section->first];
        if (section->count != 3 || section->control != (ptrdiff_t)section->first + 2
            || cases[2].twin_of != (ptrdiff_t)section->first || strncmp(cases[0].id, "A:", 2) != 0
            || strncmp(cases[1].id, "B:", 2) != 0)
            node_refuse(node, "has sections that are not A, B and a twin of A");
    }
}

/* From ALPHA_MIN, below which no number of rounds gives an interval. */
static double read_alpha(const struct json_node *settings, const char *key) {
    struct json_node alpha = node_member(settings, key);
    double share = node_number(&alpha, 0, 1);
    if (!(share >= ALPHA_MIN && share < 1))
        node_refuse(&alpha, "is %g, not within %g..1", share, ALPHA_MIN);
    return share;
}

/* Older files have one alpha for all verdicts. */
static void read_levels(const struct json_node *how, struct gate_settings *settings) {
    settings->alpha = read_alpha(how, "alpha");
    settings->equal_alpha =
        json_object_get(how->value, "equal_alpha") ? read_alpha(how, "equal_alpha") : NAN;
}

/* Older files have none: they judge the time. */
static void read_metrics(const struct json_node *settings, struct metrics *metrics) {
    struct json_node names = node_optional(settings, "metrics");
    struct json_node thresholds = node_optional(settings, "thresholds");
    size_t count = names.value ? node_array(&names, METRICS) : 0;
    const char *key;
    json_t *value;
    for (size_t i = 0; i < count; i++) {
        struct json_node item = node_item(&names, i);
        int metric = metric_find(node_text(&item));
        if (metric < 0)
            node_refuse(&item, "is not a known metric");
        else
            metrics->chosen |= 1U << metric;
    }
    if (!thresholds.value)
        return;
    if (!json_is_object(thresholds.value))
        node_refuse(&thresholds, "is not an object");
    json_object_foreach((json_t *)thresholds.value, key, value) {
        struct json_node member = node_find(&thresholds, key);
        int metric = metric_find(key);
        if (metric < 0) {
            node_refuse(&member, "is not a known metric");
            return;
        }
        metrics->with_threshold |= 1U << metric;
        metrics->thresholds[metric] = node_share(&member);
    }
}

static struct ids read_ids(const struct json_node *settings, const char *key) {
    struct json_node list = node_optional(settings, key);
    struct arena *arena = settings->document->arena;
    size_t count = list.value ? node_array(&list, CASES_MAX) : 0;
    struct ids ids = {arena_array(arena, const char *, count), count};
    for (size_t i = 0; i < count; i++) {
        struct json_node item = node_item(&list, i);
        ids.items[i] = node_text(&item);
    }
    return ids;
}

/* Older files have none. */
static void read_unpaired(const struct json_node *settings, struct gate_settings *ret_settings) {
    const struct ids missing = read_ids(settings, "missing"), added = read_ids(settings, "new");
    if (node_code(settings) == 0)
        unpaired_set(ret_settings, &missing, &added, settings->document->arena);
}

/* Older files do not say after which rounds the procedure looked: as planned. */
static void read_settings(const struct json_node *node, struct gate_settings *settings) {
    struct json_node how = node_member(node, "settings");
    node_object(&how, settings_fields, NULL);
    node_fields(&how, settings_fields, settings);
    read_levels(&how, settings);
    read_metrics(&how, &settings->metrics);
    read_unpaired(&how, settings);
    struct json_node looks = node_optional(&how, "looked_at");
    if (!looks.value)
        return;
    settings->replay = true;
    size_t count = node_array(&looks, (size_t)settings->looks);
    for (size_t i = 0; i < count; i++) {
        struct json_node look = node_item(&looks, i);
        settings->looked_at[i] = (int)node_integer(&look, 1, ROUNDS_MAX);
    }
}

/* In older files only the rows have the thresholds. */
static void read_thresholds(
    struct session *session, const struct json_node *node, const struct gate_settings *settings) {
    const struct plan *plan = session->plan;
    enum metric metrics[METRICS];
    size_t unpaired = settings->unpaired_count;
    size_t each = metrics_list(&settings->metrics, metrics), shown = 0;
    while (shown + 1 < each && settings->metrics.with_threshold >> metrics[shown] & 1)
        shown++; /* a row with the threshold of its case, if there is one */
    bool has_own = settings->metrics.with_threshold >> metrics[shown] & 1;
    struct json_node rows = node_member(node, "rows");
    size_t expected = plan->section_count * each + unpaired, count = node_array(&rows, expected);
    if (count != expected)
        node_refuse(&rows, "has %zu items for %zu sections and %zu cases of one side", count,
            plan->section_count, unpaired);
    for (size_t i = 0; node_code(node) == 0 && i < plan->section_count; i++) {
        const struct section *section = &plan->sections[i];
        struct json_node row = node_item(&rows, i * each + shown);
        struct json_node threshold = node_member(&row, "threshold");
        double share = node_share(&threshold);
        for (size_t j = 0; !has_own && j < section->count; j++)
            plan->cases[section->first + j].threshold = share;
    }
}

static struct gate_verdict *load_sides(struct session *session, const struct json_node *node) {
    struct gate_settings settings = {0};
    struct gate_verdict *gate = NULL;
    struct diag diag = {0};
    check_layout(session->plan, node);
    read_settings(node, &settings);
    read_thresholds(session, node, &settings);
    if (node_code(node) == 0 && ab_judge(session, &settings, session->arena, &gate, &diag) < 0)
        node_refuse(node, "cannot be judged: %s", diag.text);
    return gate;
}

/* A compared session is a whole result; `own`: that of the document stands for it. */
static const struct session *read_session(const struct json_node *item, const struct session *own) {
    struct json_node result = node_member_or_null(item, "result");
    const struct plan *plan = item->document->plan;
    if (own && result.value)
        node_refuse(&result, "is not null, but the first new session is that of the file itself");
    else if (!own && !result.value)
        node_refuse(&result, "is null, and only the first new session may be");
    else if (json_object_get(result.value, "comparison"))
        node_refuse(&result, "is a comparison itself");
    if (own || node_code(item) < 0)
        return own;
    const struct session *session = load_session(&result, false);
    item->document->plan = plan;
    return session;
}

/* An array with at least one session. */
static struct json_node read_side(const struct json_node *node, const char *key, size_t *count) {
    struct json_node side = node_member(node, key);
    *count = node_array(&side, SESSIONS_MAX);
    if (*count == 0)
        node_refuse(&side, "is empty");
    return side;
}

/* Base first; the first of the new ones is that of the document. */
static void read_sessions(
    const struct session *own, const struct json_node *node, struct compared *compared) {
    struct arena *arena = own->arena;
    size_t counts[2];
    struct json_node sides[] = {
        read_side(node, "base", &counts[0]), read_side(node, "new", &counts[1])};
    size_t count = counts[0] + counts[1];
    const struct session **sessions = arena_array(arena, const struct session *, count);
    const char **names = arena_array(arena, const char *, count);
    for (size_t i = 0; node_code(node) == 0 && i < count; i++) {
        bool is_new = i >= counts[0];
        struct json_node item = node_item(&sides[is_new], is_new ? i - counts[0] : i);
        node_object(&item, compared_session_fields, NULL);
        struct json_node name = node_member(&item, "name");
        names[i] = node_text(&name);
        sessions[i] = read_session(&item, i == counts[0] ? own : NULL);
    }
    compared->sessions = sessions;
    compared->names = names;
    compared->count = count;
    compared->base_count = counts[0];
}

static struct gate_verdict *load_compared(
    const struct session *session, const struct json_node *comparison) {
    struct compared *compared = arena_array(session->arena, struct compared, 1);
    struct json_node node = node_member(comparison, "compared");
    struct gate_verdict *gate = NULL;
    struct diag diag = {0};
    node_object(&node, compared_fields, NULL);
    struct json_node how = node_member(comparison, "settings");
    struct gate_settings settings = {0};
    read_levels(&how, &settings);
    read_metrics(&how, &settings.metrics);
    struct json_node allowed = node_optional(&how, "allow_missing");
    settings.allow_missing = allowed.value && node_bool(&allowed);
    compared->threshold = NAN; /* null: each row has its own */
    node_fields(&node, compared_fields, compared);
    read_sessions(session, &node, compared);
    if (node_code(&node) == 0
        && compare_sessions(compared, &settings, session->arena, &gate, &diag) < 0)
        node_refuse(&node, "cannot be judged: %s", diag.text);
    return gate;
}

struct gate_verdict *load_comparison(struct session *session, const struct json_node *root) {
    struct json_node node = node_optional(root, "comparison");
    if (!node.value)
        return NULL;
    node_object(&node, comparison_fields, NULL);
    return json_object_get(node.value, "compared") ? load_compared(session, &node)
                                                   : load_sides(session, &node);
}
