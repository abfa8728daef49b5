/* SPDX-License-Identifier: MIT */
#include <jansson.h>

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "json_case.h"
#include "json_check.h"
#include "json_fields.h"
#include "json_params.h"
#include "json_session.h"
#include "json_verdict.h"

/* A text that the system did not tell is null. */
static json_t *known_text(const char *text) {
    return text[0] ? json_text(text) : json_null();
}

/* Integers of JSON readers end at 2^63 - 1; a seed above goes as its digits. */
static json_t *seed_value(uint64_t seed) {
    return seed <= INT64_MAX ? json_integer((json_int_t)seed) : json_sprintf("%" PRIu64, seed);
}

static json_t *id_value(const struct session *session, ptrdiff_t index) {
    return index >= 0 ? json_text(session->plan->cases[index].id) : json_null();
}

static json_t *control_value(
    const struct session *session, const struct section *section, struct ratio ratio) {
    if (section->control < 0)
        return json_null();
    return json_pack("{s:o, s:o, s:o}", "id", id_value(session, section->control), "twin_of",
        id_value(session, session->plan->cases[section->control].twin_of), "ratio",
        json_ratio(ratio));
}

/* The ids of a section's cases; with `only`, of those it marks. */
static json_t *ids_value(
    const struct session *session, const struct section *section, const bool *only) {
    json_t *ids = json_array();

    for (size_t i = 0; i < section->count; i++) {
        if ((!only || only[i])
            && json_array_append_new(ids, id_value(session, (ptrdiff_t)(section->first + i))) < 0)
            return json_broken(ids);
    }
    return ids;
}

static json_t *sections_value(
    const struct session *session, const struct session_summary *summary) {
    json_t *sections = json_array();

    for (size_t i = 0; i < session->plan->section_count; i++) {
        const struct section *section = &session->plan->sections[i];
        const struct section_summary *found = &summary->sections[i];
        json_t *value = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "title",
            json_text(section->title), "cases", ids_value(session, section, NULL), "baseline",
            id_value(session, section->baseline), "fastest", id_value(session, found->fastest),
            "tied", ids_value(session, section, found->tied), "control",
            control_value(session, section, found->control));

        if (json_array_append_new(sections, value) < 0)
            return json_broken(sections);
    }
    return sections;
}

static json_t *cases_value(const struct session *session, const struct session_summary *summary) {
    json_t *cases = json_array();

    for (size_t i = 0; i < session->plan->case_count; i++) {
        if (json_array_append_new(cases, json_case(session, summary, i)) < 0)
            return json_broken(cases);
    }
    return cases;
}

static json_t *warnings_value(const struct session_summary *summary) {
    json_t *warnings = json_array();

    for (size_t i = 0; i < summary->warning_count; i++) {
        if (json_array_append_new(warnings, json_text(summary->warnings[i])) < 0)
            return json_broken(warnings);
    }
    return warnings;
}

json_t *json_session(const struct session *session, const struct session_summary *summary) {
    const struct plan *plan = session->plan;
    int signal = session->interrupted_by;

    json_t *root = json_pack("{s:i, s:o, s:o, s:o, s:o, s:i, s:o, s:o, s:o, s:o, s:o, s:o}",
        "schema", JSON_SCHEMA, "pconc", known_text(session->environment.version), "seed",
        seed_value(plan->seed), "environment",
        fields_value(environment_fields, &session->environment, false), "plan",
        fields_value(plan_fields, plan, false), "rounds_done", session->rounds_done,
        "interrupted_by", signal ? json_integer(signal) : json_null(), "interference",
        fields_value(interference_fields, &session->interference, false), "parameters",
        json_param_tables(plan), "warnings", warnings_value(summary), "sections",
        sections_value(session, summary), "cases", cases_value(session, summary));

    if (root && summary->check_count > 0
        && json_object_set_new(root, "checks", json_checks(session, summary)) < 0)
        return json_broken(root);
    if (root && summary->gate
        && json_object_set_new(root, "comparison", json_comparison(session, summary->gate)) < 0)
        return json_broken(root);
    return root;
}
