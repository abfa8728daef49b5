/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <limits.h>

#include "verdict.h"

/* clang-format off */
static const struct json_field pair_fields[] = {
    FIELD(FIELD_STRING, pair_verdict, id, 0),
    FIELD_ELSE("metric", FIELD_LATER),
    FIELD_ELSE("verdict", 0),
    FIELD(FIELD_SHARE, pair_verdict, threshold, FIELD_MAYBE),
    FIELD(FIELD_RATIO, pair_verdict, ratio, 0),
    FIELD(FIELD_REAL, pair_verdict, level, 0),
    FIELD(FIELD_INT, pair_verdict, rounds, 0),
    FIELD(FIELD_INT, pair_verdict, second_rounds, 0),
    FIELD(FIELD_BOOL, pair_verdict, unconfirmed, 0),
    FIELD(FIELD_REAL, pair_verdict, spread, 0),
    FIELD(FIELD_REAL, pair_verdict, detectable, 0),
    FIELD_WITHIN(FIELD_INT, pair_verdict, rounds_to_settle, 0, INT_MAX, FIELD_MAYBE),
    FIELD(FIELD_CASE, pair_verdict, a, 0),
    FIELD(FIELD_CASE, pair_verdict, b, 0),
    FIELD(FIELD_CASE, pair_verdict, twin, 0),
    FIELD(FIELD_REAL, pair_verdict, a_ns, 0),
    FIELD(FIELD_REAL, pair_verdict, b_ns, 0),
    FIELD(FIELD_REAL, pair_verdict, a_bytes, FIELD_LATER | FIELD_MAYBE),
    FIELD(FIELD_REAL, pair_verdict, b_bytes, FIELD_LATER | FIELD_MAYBE),
    FIELD(FIELD_SENTENCE, pair_verdict, note, 0),
    FIELDS_END,
};

const struct json_field settings_fields[] = {
    FIELD(FIELD_SENTENCE, gate_settings, rule, FIELD_LATER),
    FIELD_WITHIN(FIELD_REAL, gate_settings, alpha, 0, 1, 0),
    FIELD_WITHIN(FIELD_REAL, gate_settings, equal_alpha, 0, 1, FIELD_LATER),
    FIELD_WITHIN(FIELD_INT, gate_settings, looks, 1, LOOKS_MAX, 0),
    FIELD_WITHIN(FIELD_INT, gate_settings, rounds, 1, ROUNDS_MAX, 0),
    FIELD(FIELD_REAL, gate_settings, detect, 0),
    FIELD_WITHIN(FIELD_REAL, gate_settings, power, 0, 1, 0),
    FIELD_ELSE("looked_at", 0),
    FIELD_WITHIN(FIELD_INT64, gate_settings, side_samples, 1, 3, FIELD_LATER),
    FIELD_ELSE("metrics", FIELD_LATER),
    FIELD_ELSE("thresholds", FIELD_LATER),
    FIELD_ELSE("missing", FIELD_LATER),
    FIELD_ELSE("new", FIELD_LATER),
    FIELD(FIELD_BOOL, gate_settings, allow_missing, FIELD_LATER),
    FIELDS_END,
};

const struct json_field compared_fields[] = {
    FIELD(FIELD_SHARE, compared, threshold, FIELD_MAYBE),
    FIELD(FIELD_REAL, compared, drift, 0),
    FIELD(FIELD_BOOL, compared, with_tables, 0),
    FIELD_ELSE("base", 0),
    FIELD_ELSE("new", 0),
    FIELDS_END,
};

const struct json_field comparison_fields[] = {
    FIELD_ELSE("settings", 0),
    FIELD(FIELD_INT, gate_verdict, rounds_planned, 0),
    FIELD_ELSE("verdict", 0),
    FIELD_ELSE("rows", 0),
    FIELD_ELSE("control", 0),
    FIELD(FIELD_BOOL, gate_verdict, control_failed, 0),
    FIELD(FIELD_REAL, gate_verdict, noise_floor, 0),
    FIELD(FIELD_REAL, gate_verdict, detectable, 0),
    FIELD(FIELD_SENTENCE, gate_verdict, advice, 0),
    FIELD_ELSE("sides", FIELD_LATER),
    FIELD_ELSE("compared", FIELD_LATER),
    FIELDS_END,
};

const struct json_field compared_session_fields[] = {
    FIELD_ELSE("name", 0),
    FIELD_ELSE("result", 0),
    FIELDS_END,
};
/* clang-format on */

static json_t *pair_value(const struct plan *plan, const struct pair_verdict *pair) {
    json_t *value = fields_set(fields_value(pair_fields, plan, pair),
        json_pack("{s:s}", "verdict", verdict_name(pair->verdict)));
    if (pair->metric == METRIC_TIME)
        return value;
    return fields_set(value, json_pack("{s:s}", "metric", metric_names[pair->metric]));
}

static json_t *look_value(const void *from, size_t index) {
    return json_integer(((const struct gate_settings *)from)->looked_at[index]);
}

/* Nothing if the time is judged by the thresholds of the cases, as in older files. */
static json_t *add_metrics(json_t *value, const struct metrics *metrics) {
    json_t *names = json_array(), *thresholds = json_object();
    for (int i = 0; i < METRICS; i++) {
        if (metrics_have(metrics, (enum metric)i))
            json_array_append_new(names, json_string(metric_names[i]));
        if (metrics->with_threshold >> i & 1)
            json_object_set_new(thresholds, metric_names[i], json_real(metrics->thresholds[i]));
    }
    if (metrics->chosen)
        value = fields_set(value, json_pack("{s:O}", "metrics", names));
    if (metrics->with_threshold)
        value = fields_set(value, json_pack("{s:O}", "thresholds", thresholds));
    json_decref(names);
    json_decref(thresholds);
    return value;
}

static json_t *unpaired_value(const struct gate_settings *settings, bool is_new) {
    json_t *ids = json_array();
    for (size_t i = 0; i < settings->unpaired_count; i++)
        if (settings->unpaired[i].is_new == is_new
            && json_array_append_new(ids, json_text(settings->unpaired[i].id)) < 0)
            return json_broken(ids);
    return ids;
}

static json_t *settings_value(const struct gate_settings *settings, bool with_unpaired) {
    size_t looks = 0;
    while (looks < (size_t)settings->looks && settings->looked_at[looks] > 0)
        looks++;
    json_t *value = fields_set(fields_value(settings_fields, NULL, settings),
        json_pack("{s:o}", "looked_at", json_list(look_value, settings, 0, looks)));
    value = add_metrics(value, &settings->metrics);
    if (!with_unpaired || settings->unpaired_count == 0)
        return value;
    return fields_set(value,
        json_pack("{s:o, s:o}", "missing", unpaired_value(settings, false), "new",
            unpaired_value(settings, true)));
}

/* The first new session is that of the document itself, and is not written again. */
static json_t *compared_session(const void *from, size_t index) {
    const struct compared *compared = from;
    json_t *result = json_null();
    if (index != compared->base_count) {
        struct session_summary *summary = summarize(compared->sessions[index]);
        result = json_session(compared->sessions[index], summary);
        session_summary_free(summary);
    }
    return json_pack("{s:o, s:o}", "name", json_text(compared->names[index]), "result", result);
}

static json_t *compared_value(const struct compared *compared) {
    return fields_set(fields_value(compared_fields, NULL, compared),
        json_pack("{s:o, s:o}", "base",
            json_list(compared_session, compared, 0, compared->base_count), "new",
            json_list(compared_session, compared, compared->base_count, compared->count)));
}

json_t *json_comparison(const struct session *session, const struct gate_verdict *gate) {
    const struct plan *plan = session->plan;
    json_t *pairs = json_array(), *value;
    for (size_t i = 0; i < gate->pair_count; i++)
        if (json_array_append_new(pairs, pair_value(plan, &gate->pairs[i])) < 0)
            return json_broken(pairs);
    value = fields_set(fields_value(comparison_fields, plan, gate),
        json_pack("{s:o, s:s, s:o, s:o}", "settings",
            settings_value(&gate->settings, !gate->compared), "verdict",
            verdict_name(gate->verdict), "rows", pairs, "control",
            gate->has_control ? pair_value(plan, &gate->control) : json_null()));
    if (gate->sides[0])
        value = fields_set(value,
            json_pack("{s:{s:o, s:o}}", "sides", "A", json_text(gate->sides[0]), "B",
                json_text(gate->sides[1])));
    if (!gate->compared)
        return value;
    return fields_set(value, json_pack("{s:o}", "compared", compared_value(gate->compared)));
}
