/* SPDX-License-Identifier: MIT */
#include "checks.h"

#include <math.h>
#include <stdio.h>

#include "units.h"

const char *check_state_name(enum check_state state) {
    static const char *const names[] = {
        [CHECK_HOLDS] = "holds", [CHECK_FAILS] = "fails", [CHECK_OPEN] = "open"};

    return names[state];
}

/* Keys of metrics have their names. */
static enum metric metric_of(enum check_key what) {
    int metric = metric_find(check_keys[what]);

    return metric < 0 ? METRIC_TIME : (enum metric)metric;
}

static void judge_faster(const struct session *session, const struct check *check,
    double confidence, struct check_result *result) {
    struct estimate ratio =
        paired_ratio(&session->results[check->other], &session->results[check->index], confidence);

    result->value = ratio.value;
    result->interval = ratio.interval;
    /* The check holds if the ratio is `limit` at least. */
    result->state = check_of(interval_mirrored(ratio.interval), -check->limit);
}

static void judge_within(const struct session *session, const struct check *check,
    double confidence, struct check_result *result, struct arena *arena) {
    const struct case_result *samples = &session->results[check->index];
    double *values = arena_array(arena, double, 2 * samples->sample_count + 1);
    size_t count = metric_values(metric_of(check->what), samples, values);
    struct estimate estimate = median_estimate(values, count, confidence, values + count);

    result->value = estimate.value;
    result->interval = estimate.interval;
    result->state = check_of(estimate.interval, check->limit);
}

/* The number of failed jobs is known exactly, except in samples that crashed or hung: those may
 * hide more. */
static void judge_errors(
    const struct session *session, const struct check *check, struct check_result *result) {
    const struct case_result *samples = &session->results[check->index];

    result->value = 0;
    for (size_t i = 0; i < samples->sample_count; i++) {
        const struct sample *sample = &samples->samples[i];

        result->value += (double)sample->errors;
        result->uncounted += sample->failure && sample->errors == 0;
    }
    result->interval = (struct interval){result->value, result->value};
    result->state = check_of(result->interval, check->limit);
    if (result->state == CHECK_HOLDS && (result->uncounted > 0 || samples->sample_count == 0))
        result->state = CHECK_OPEN;
}

bool checks_cover(const struct session *session, const struct check_result *checks, size_t index) {
    const struct case_result *result = &session->results[index];
    const struct plan *plan = session->plan;
    bool any_valid = false, covered = false;

    for (size_t i = 0; i < result->sample_count; i++)
        any_valid = any_valid || !result->samples[i].failure;
    for (size_t i = 0; i < plan->check_count; i++) {
        const struct check *check = &plan->checks[i];

        if (check->kind == CHECK_IS_WITHIN && check->what == CHECK_ERRORS && check->index == index
            && checks[i].uncounted == 0 && (any_valid || checks[i].state == CHECK_FAILS))
            covered = true;
    }
    return covered;
}

static void show(const struct check *check, double value, char *buf, size_t size) {
    if (check->kind == CHECK_IS_FASTER)
        (void)snprintf(buf, size, isnan(value) ? "-" : "%.3gx", value);
    else if (check->what == CHECK_MEMORY)
        (void)show_size(value, buf, size);
    else if (check->what == CHECK_ERRORS)
        (void)show_count(value, buf, size);
    else
        (void)show_duration(value, buf, size);
}

static const char *say(
    const struct check *check, const struct check_result *result, struct arena *arena) {
    static const char *const words[] = {
        [CHECK_HOLDS] = "holds", [CHECK_FAILS] = "fails", [CHECK_OPEN] = "inconclusive"};
    char value[32], low[32], high[32];

    show(check, result->value, value, sizeof(value));
    if (result->uncounted > 0)
        return arena_printf(arena, "%s: %s; %zu sample%s failed before counting errors",
            words[result->state], value, result->uncounted, result->uncounted == 1 ? "" : "s");
    if (!interval_known(result->interval))
        return arena_printf(
            arena, "%s: %s, no interval; measure more rounds", words[result->state], value);
    if (result->interval.low >= result->interval.high)
        return arena_printf(arena, "%s: %s", words[result->state], value);
    show(check, result->interval.low, low, sizeof(low));
    show(check, result->interval.high, high, sizeof(high));
    return arena_printf(arena, "%s: %s (%s..%s)", words[result->state], value, low, high);
}

struct check_result *checks_judge(const struct session *session, struct arena *arena) {
    const struct plan *plan = session->plan;
    struct check_result *results = arena_array(arena, struct check_result, plan->check_count);
    double confidence =
        1 - (1 - CONFIDENCE) / (double)(plan->check_count + (plan->check_count == 0));

    for (size_t i = 0; i < plan->check_count; i++) {
        const struct check *check = &plan->checks[i];

        results[i].text = check->text;
        if (check->kind == CHECK_IS_FASTER)
            judge_faster(session, check, confidence, &results[i]);
        else if (check->what == CHECK_ERRORS)
            judge_errors(session, check, &results[i]);
        else
            judge_within(session, check, confidence, &results[i], arena);
        results[i].said = say(check, &results[i], arena);
    }
    return results;
}

enum check_state checks_worst(const struct check_result *checks, size_t count) {
    enum check_state worst = CHECK_HOLDS;

    for (size_t i = 0; i < count; i++) {
        if (checks[i].state == CHECK_FAILS)
            return CHECK_FAILS;
        if (checks[i].state == CHECK_OPEN)
            worst = CHECK_OPEN;
    }
    return worst;
}
