/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <inttypes.h>

/* clang-format off */
const struct json_field section_fields[] = {
    FIELD(FIELD_STRING, section, title, 0),
    FIELD_ELSE("cases", 0),
    FIELD(FIELD_CASE, section, baseline, 0),
    FIELD_ELSE("fastest", 0),
    FIELD_ELSE("tied", 0),
    FIELD_ELSE("control", 0),
    FIELDS_END,
};

static const struct json_field environment_fields[] = {
    FIELD(FIELD_TEXT, environment, cpu_model, FIELD_MAYBE),
    FIELD_WITHIN(FIELD_INT, environment, online_cpus, 1, INT32_MAX, FIELD_MAYBE),
    FIELD_WITHIN(FIELD_INT, environment, usable_cpus, 1, INT32_MAX, 0),
    FIELD(FIELD_REAL, environment, cpu_quota, FIELD_MAYBE),
    FIELD(FIELD_TEXT, environment, kernel, FIELD_MAYBE),
    FIELD(FIELD_TEXT, environment, machine, FIELD_MAYBE),
    FIELD(FIELD_TEXT, environment, governor, FIELD_MAYBE),
    FIELD_WITHIN(FIELD_INT64, environment, memory_bytes, 1, FIGURE_MAX, FIELD_MAYBE),
    FIELD(FIELD_TEXT, environment, compiler, FIELD_MAYBE),
    FIELD(FIELD_TEXT, environment, flags, FIELD_MAYBE),
    FIELD(FIELD_TEXT, environment, commit, FIELD_MAYBE),
    FIELD(FIELD_INT64, environment, timer_slack_ns, 0),
    FIELD(FIELD_REAL, environment, load_before, 0),
    FIELD(FIELD_TEXT, environment, started, FIELD_MAYBE),
    FIELDS_END,
};

const struct json_field plan_fields[] = {
    FIELD_WITHIN(FIELD_INT, plan, rounds, 1, ROUNDS_MAX, 0),
    FIELD_WITHIN(FIELD_INT, plan, warmup, 0, WARMUP_MAX, FIELD_MAYBE),
    FIELD_WITHIN(FIELD_INT64, plan, timeout_ns, 1, INT64_MAX, 0),
    FIELD_WITHIN(FIELD_INT64, plan, slow_ns, 0, INT64_MAX, FIELD_LATER),
    FIELD(FIELD_REAL, plan, rate, FIELD_LATER | FIELD_MAYBE),
    FIELD(FIELD_REAL, plan, rate_low, FIELD_LATER | FIELD_MAYBE),
    FIELD(FIELD_INT64, plan, latency_limit_ns, FIELD_LATER),
    FIELD(FIELD_SENTENCE, plan, arrivals, FIELD_LATER),
    FIELDS_END,
};

static const struct json_field interference_fields[] = {
    FIELD(FIELD_INT64, interference, elapsed_ns, 0),
    FIELD(FIELD_REAL, interference, steal_share, 0),
    FIELD(FIELD_INT64, interference, throttled_periods, 0),
    FIELD_WITHIN(FIELD_REAL, interference, others_share, -FIGURE_MAX, FIGURE_MAX, FIELD_LATER),
    FIELDS_END,
};

const struct json_field session_fields[] = {
    FIELD_ELSE("schema", 0),
    FIELD_AS("pconc", FIELD_TEXT, session, environment.version, 0, 0, FIELD_MAYBE),
    FIELD_ELSE("seed", 0),
    FIELD_TABLE(session, environment, environment_fields, 0),
    FIELD_ELSE("plan", 0),
    FIELD_ELSE("rounds_done", 0),
    FIELD_WITHIN(FIELD_INT, session, interrupted_by, 1, 64, FIELD_MAYBE),
    FIELD_TABLE(session, interference, interference_fields, 0),
    FIELD_ELSE("starts", FIELD_LATER),
    FIELD_ELSE("parameters", 0),
    FIELD_ELSE("warnings", 0),
    FIELD_ELSE("sections", 0),
    FIELD_ELSE("cases", 0),
    FIELD_ELSE("checks", FIELD_LATER),
    FIELD_ELSE("comparison", FIELD_LATER),
    FIELDS_END,
};
/* clang-format on */

/* A seed above 2^63 - 1 is written as a text, because most JSON readers have no larger integers. */
static json_t *seed_value(uint64_t seed) {
    return seed <= INT64_MAX ? json_integer((json_int_t)seed) : json_sprintf("%" PRIu64, seed);
}

static json_t *control_value(
    const struct plan *plan, const struct section *section, struct estimate ratio) {
    if (section->control < 0)
        return json_null();
    return json_pack("{s:o, s:o, s:o}", "id", json_case_id(plan, section->control), "twin_of",
        json_case_id(plan, plan->cases[section->control].twin_of), "ratio", json_ratio(ratio));
}

/* The ids of a section's cases; with `only`, of those that are true in it. */
static json_t *ids_value(const struct plan *plan, const struct section *section, const bool *only) {
    json_t *ids = json_array();
    for (size_t i = 0; i < section->count; i++) {
        json_t *id = json_case_id(plan, (ptrdiff_t)(section->first + i));
        if (only && !only[i])
            json_decref(id);
        else if (json_array_append_new(ids, id) < 0)
            return json_broken(ids);
    }
    return ids;
}

static json_t *section_value(const void *from, size_t index) {
    const struct json_source *source = from;
    const struct plan *plan = source->session->plan;
    const struct section *section = &plan->sections[index];
    const struct section_summary *found = &source->summary->sections[index];
    return fields_set(fields_value(section_fields, plan, section),
        json_pack("{s:o, s:o, s:o, s:o}", "cases", ids_value(plan, section, NULL), "fastest",
            json_case_id(plan, found->fastest), "tied", ids_value(plan, section, found->tied),
            "control", control_value(plan, section, found->control)));
}

static json_t *warning_value(const void *from, size_t index) {
    return json_text(((const struct json_source *)from)->summary->warnings[index]);
}

static json_t *start_value(const void *from, size_t index) {
    return json_text(((const struct session *)from)->starts[index]);
}

json_t *json_session(const struct session *session, const struct session_summary *summary) {
    const struct json_source source = {session, summary};
    const struct plan *plan = session->plan;
    json_t *root = fields_set(fields_value(session_fields, plan, session),
        json_pack("{s:i, s:o, s:o, s:i, s:o, s:o, s:o, s:o}", "schema", JSON_SCHEMA, "seed",
            seed_value(plan->seed), "plan", fields_value(plan_fields, plan, plan), "rounds_done",
            session->rounds_done, "parameters", json_param_tables(plan), "warnings",
            json_list(warning_value, &source, 0, summary->warning_count), "sections",
            json_list(section_value, &source, 0, plan->section_count), "cases",
            json_list(json_case, &source, 0, plan->case_count)));
    if (session->start_count > 0)
        root = fields_set(root,
            json_pack("{s:o}", "starts", json_list(start_value, session, 0, session->start_count)));
    if (summary->check_count > 0)
        root = fields_set(root,
            json_pack("{s:o}", "checks", json_list(json_check, &source, 0, summary->check_count)));
    if (summary->gate)
        root = fields_set(
            root, json_pack("{s:o}", "comparison", json_comparison(session, summary->gate)));
    return root;
}
