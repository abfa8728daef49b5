/* SPDX-License-Identifier: MIT */
#include "json_check.h"

#include "json_case.h"

static json_t *check_value(
    const struct plan *plan, const struct check *check, const struct check_result *result) {
    bool faster = check->kind == CHECK_IS_FASTER;

    return json_pack("{s:o, s:s, s:o, s:o, s:f, s:s, s:o, s:o}", "text", json_text(check->text),
        "what", check_keys[faster ? CHECK_FASTER_THAN : check->what], "case",
        json_text(plan->cases[check->index].id), "other",
        faster ? json_text(plan->cases[check->other].id) : json_null(), "limit", check->limit,
        "state", check_state_name(result->state), "value", json_number(result->value), "interval",
        json_interval(result->interval));
}

json_t *json_checks(const struct session *session, const struct session_summary *summary) {
    json_t *checks = json_array();

    for (size_t i = 0; i < summary->check_count; i++) {
        json_t *value = check_value(session->plan, &session->plan->checks[i], &summary->checks[i]);

        if (json_array_append_new(checks, value) < 0)
            return json_broken(checks);
    }
    return checks;
}
