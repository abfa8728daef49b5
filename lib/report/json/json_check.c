/* SPDX-License-Identifier: MIT */
#include "json.h"

#include "checks.h"

/* clang-format off */
const struct json_field check_fields[] = {
    FIELD(FIELD_STRING, check, text, 0),
    FIELD_ELSE("what", 0),
    FIELD_ELSE("case", 0),
    FIELD_ELSE("other", 0),
    FIELD_WITHIN(FIELD_REAL, check, limit, 0, INT64_MAX, 0),
    FIELD_ELSE("state", 0),
    FIELD_ELSE("value", 0),
    FIELD_ELSE("interval", 0),
    FIELDS_END,
};
/* clang-format on */

json_t *json_check(const void *source, size_t index) {
    const struct json_source *from = source;
    const struct plan *plan = from->session->plan;
    const struct check *check = &plan->checks[index];
    const struct check_result *result = &from->summary->checks[index];
    bool faster = check->kind == CHECK_IS_FASTER;
    return fields_set(fields_value(check_fields, plan, check),
        json_pack("{s:s, s:o, s:o, s:s, s:o, s:o}", "what",
            check_keys[faster ? CHECK_FASTER_THAN : check->what], "case",
            json_case_id(plan, (ptrdiff_t)check->index), "other",
            json_case_id(plan, faster ? (ptrdiff_t)check->other : -1), "state",
            check_state_name(result->state), "value", json_number(result->value), "interval",
            json_interval(result->interval)));
}
