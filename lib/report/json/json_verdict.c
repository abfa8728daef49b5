/* SPDX-License-Identifier: MIT */
#include "json_verdict.h"

#include "json_case.h"
#include "json_session.h"

static json_t *id_value(const struct session *session, ptrdiff_t index) {
    return index >= 0 ? json_text(session->plan->cases[index].id) : json_null();
}

static json_t *row_value(const struct session *session, const struct row_verdict *row) {
    return json_pack("{s:o, s:s, s:f, s:o, s:f, s:i, s:i, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
                     "s:o, s:o}",
        "id", json_text(row->id), "verdict", verdict_name(row->verdict), "threshold",
        row->threshold, "ratio", json_ratio(row->ratio), "level", row->level, "rounds", row->rounds,
        "second_rounds", row->second_rounds, "unconfirmed", row->unconfirmed, "spread",
        json_number(row->spread), "detectable", json_number(row->detectable), "rounds_to_settle",
        row->rounds_to_settle == ROUNDS_NEVER ? json_null() : json_integer(row->rounds_to_settle),
        "a", id_value(session, row->a), "b", id_value(session, row->b), "twin",
        id_value(session, row->twin), "a_ns", json_number(row->a_ns), "b_ns",
        json_number(row->b_ns), "note", row->note ? json_text(row->note) : json_null());
}

static json_t *rows_value(const struct session *session, const struct gate_verdict *gate) {
    json_t *rows = json_array();

    for (size_t i = 0; i < gate->row_count; i++) {
        if (json_array_append_new(rows, row_value(session, &gate->rows[i])) < 0)
            return json_broken(rows);
    }
    return rows;
}

static json_t *looks_value(const struct gate_settings *settings) {
    json_t *looks = json_array();

    for (int i = 0; i < settings->looks && settings->looked_at[i] > 0; i++) {
        if (json_array_append_new(looks, json_integer(settings->looked_at[i])) < 0)
            return json_broken(looks);
    }
    return looks;
}

/* The session that the document is of stands in no other place. */
static json_t *compared_session(const struct compared *compared, size_t index) {
    struct session_summary *summary;
    json_t *result;

    if (index == compared->base_count) {
        result = json_null();
    } else {
        summary = summarize(compared->sessions[index]);
        result = json_session(compared->sessions[index], summary);
        session_summary_free(summary);
    }
    return json_pack("{s:o, s:o}", "name", json_text(compared->names[index]), "result", result);
}

static json_t *side_value(const struct compared *compared, size_t first, size_t end) {
    json_t *side = json_array();

    for (size_t i = first; i < end; i++) {
        if (json_array_append_new(side, compared_session(compared, i)) < 0)
            return json_broken(side);
    }
    return side;
}

static json_t *compared_value(const struct compared *compared) {
    return json_pack("{s:o, s:f, s:b, s:o, s:o}", "threshold", json_number(compared->threshold),
        "drift", compared->drift, "with_tables", compared->with_tables, "base",
        side_value(compared, 0, compared->base_count), "new",
        side_value(compared, compared->base_count, compared->count));
}

json_t *json_comparison(const struct session *session, const struct gate_verdict *gate) {
    const struct gate_settings *settings = &gate->settings;
    json_t *how = json_pack("{s:f, s:i, s:i, s:f, s:f, s:o}", "alpha", settings->alpha, "looks",
        settings->looks, "rounds", settings->rounds, "detect", settings->detect, "power",
        settings->power, "looked_at", looks_value(settings));

    json_t *value = json_pack("{s:o, s:i, s:s, s:o, s:o, s:b, s:o, s:o, s:o}", "settings", how,
        "rounds_planned", gate->rounds_planned, "verdict", verdict_name(gate->verdict), "rows",
        rows_value(session, gate), "control",
        gate->has_control ? row_value(session, &gate->control) : json_null(), "control_failed",
        gate->control_failed, "noise_floor", json_number(gate->noise_floor), "detectable",
        json_number(gate->detectable), "advice",
        gate->advice ? json_text(gate->advice) : json_null());

    if (value && gate->compared
        && json_object_set_new(value, "compared", compared_value(gate->compared)) < 0)
        return json_broken(value);
    return value;
}
