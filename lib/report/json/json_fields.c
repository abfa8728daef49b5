/* SPDX-License-Identifier: MIT */
#include "json_fields.h"

#include <string.h>

#include "json_case.h"
#include "result.h"

#define MEMBER(type_, of, name_, low, high)                                                        \
    .type = (type_), .offset = offsetof(struct of, name_),                                         \
    .size = sizeof(((struct of *)0)->name_), .min = (low), .max = (high)
#define ENTRY(type_, of, name_, low, high, flags_)                                                 \
    { .name = #name_, .flags = (flags_), MEMBER(type_, of, name_, low, high) }

#define INTEGER(of, name, low, high) ENTRY(FIELD_INT, of, name, low, high, 0)
#define COUNTER(of, name) ENTRY(FIELD_INT64, of, name, INT64_MIN, INT64_MAX, 0)
#define TIMED(of, name) ENTRY(FIELD_INT64, of, name, 0, INT64_MAX, FIELD_TIMED)
#define REAL(of, name, flags) ENTRY(FIELD_REAL, of, name, 0, 0, flags)
#define TEXT(of, name) ENTRY(FIELD_TEXT, of, name, 0, 0, FIELD_MAYBE)

/* clang-format off */
const struct json_field environment_fields[] = {
    TEXT(environment, cpu_model),
    ENTRY(FIELD_INT, environment, online_cpus, 1, INT32_MAX, FIELD_MAYBE),
    INTEGER(environment, usable_cpus, 1, INT32_MAX),
    REAL(environment, cpu_quota, FIELD_MAYBE),
    TEXT(environment, kernel),
    TEXT(environment, machine),
    TEXT(environment, governor),
    ENTRY(FIELD_INT64, environment, memory_bytes, 1, INT64_MAX, FIELD_MAYBE),
    TEXT(environment, compiler),
    TEXT(environment, flags),
    TEXT(environment, commit),
    COUNTER(environment, timer_slack_ns),
    REAL(environment, load_before, 0),
    TEXT(environment, started),
    {.name = NULL},
};

const struct json_field plan_fields[] = {
    INTEGER(plan, rounds, 1, ROUNDS_MAX),
    INTEGER(plan, warmup, 0, WARMUP_MAX),
    ENTRY(FIELD_INT64, plan, timeout_ns, 1, INT64_MAX, 0),
    ENTRY(FIELD_INT64, plan, slow_ns, 0, INT64_MAX, FIELD_LATER),
    {.name = NULL},
};

const struct json_field interference_fields[] = {
    COUNTER(interference, elapsed_ns),
    REAL(interference, steal_share, 0),
    COUNTER(interference, throttled_periods),
    {.name = NULL},
};

const struct json_field sample_fields[] = {
    INTEGER(sample, round, -1, ROUNDS_MAX - 1),
    ENTRY(FIELD_SENTENCE, sample, failure, 0, 0, 0),
    TIMED(sample, startup_ns),
    TIMED(sample, warmup_ns),
    REAL(sample, run_ns, FIELD_TIMED),
    TIMED(sample, shutdown_ns),
    TIMED(sample, elapsed_ns),
    COUNTER(sample, user_ns),
    COUNTER(sample, system_ns),
    COUNTER(sample, max_rss_bytes),
    COUNTER(sample, voluntary_switches),
    COUNTER(sample, involuntary_switches),
    COUNTER(sample, minor_faults),
    COUNTER(sample, major_faults),
    COUNTER(sample, partner_cpu_ns),
    COUNTER(sample, errors),
    ENTRY(FIELD_INT64, sample, loop_busy_ns, 0, INT64_MAX, FIELD_LATER),
    ENTRY(FIELD_SENTENCE, sample, slow_tasks, 0, 0, FIELD_LATER),
    {.name = NULL},
};

const struct json_field latency_fields[] = {
    ENTRY(FIELD_INT64, latency, jobs, 1, INT64_MAX, 0),
    ENTRY(FIELD_INT64, latency, p50_ns, 0, INT64_MAX, 0),
    ENTRY(FIELD_INT64, latency, p90_ns, 0, INT64_MAX, 0),
    ENTRY(FIELD_INT64, latency, p99_ns, 0, INT64_MAX, 0),
    ENTRY(FIELD_INT64, latency, p999_ns, 0, INT64_MAX, 0),
    ENTRY(FIELD_INT64, latency, max_ns, 0, INT64_MAX, 0),
    REAL(latency, waiting_ns, 0),
    REAL(latency, running_ns, 0),
    REAL(latency, suspended_ns, 0),
    REAL(latency, recording_ns, 0),
    ENTRY(FIELD_INT64, latency, lost, 0, INT64_MAX, FIELD_LATER),
    {.name = NULL},
};
/* clang-format on */

static json_t *number_or_null(json_int_t number, bool maybe) {
    return maybe && number <= 0 ? json_null() : json_integer(number);
}

static json_t *real_or_null(double number, bool maybe) {
    return maybe && !(number > 0) ? json_null() : json_number(number);
}

static json_t *field_value(const struct json_field *field, const void *from, bool failed) {
    const void *at = (const char *)from + field->offset;
    bool maybe = field->flags & FIELD_MAYBE;

    if (failed && field->flags & FIELD_TIMED)
        return json_null();
    switch (field->type) {
    case FIELD_INT:
        return number_or_null(*(const int *)at, maybe);
    case FIELD_INT64:
        return number_or_null(*(const int64_t *)at, maybe);
    case FIELD_REAL:
        return real_or_null(*(const double *)at, maybe);
    case FIELD_TEXT:
        return maybe && !*(const char *)at ? json_null() : json_text(at);
    case FIELD_SENTENCE:
        break;
    }
    const char *sentence = *(const char *const *)at;
    return sentence ? json_text(sentence) : json_null();
}

/* Whether an integer or sentence is not 0 or NULL. */
static bool is_set(const struct json_field *field, const void *from) {
    const void *at = (const char *)from + field->offset;
    return field->type == FIELD_SENTENCE ? *(const char *const *)at != NULL
                                         : *(const int64_t *)at != 0;
}

json_t *fields_value(const struct json_field *fields, const void *from, bool failed) {
    json_t *object = json_object();

    for (; fields->name; fields++) {
        if (fields->flags & FIELD_LATER && !is_set(fields, from))
            continue;
        if (json_object_set_new(object, fields->name, field_value(fields, from, failed)) < 0)
            return json_broken(object);
    }
    return object;
}

bool fields_know(const struct json_field *fields, const char *name) {
    for (; fields->name; fields++) {
        if (strcmp(fields->name, name) == 0)
            return true;
    }
    return false;
}
