/* SPDX-License-Identifier: MIT */
#include "session_parts.h"

#include <string.h>

#include "refusal.h"
#include "units.h"

static void shuffle(size_t *items, size_t count, struct rng *rng) {
    for (size_t i = count; i > 1; i--) {
        size_t other = (size_t)rng_between(rng, 0, (int64_t)i - 1);
        size_t item = items[i - 1];
        items[i - 1] = items[other];
        items[other] = item;
    }
}

void session_draw_order(
    const struct plan *plan, size_t section_index, int round, size_t *ret_cases) {
    const struct section *section = &plan->sections[section_index];
    struct rng rng =
        rng_make(plan->seed, ((uint64_t)(round / 2) << 32) + (uint64_t)section_index + 1);
    for (size_t i = 0; i < section->count; i++)
        ret_cases[i] = section->first + i;
    shuffle(ret_cases, section->count, &rng);
    for (size_t i = 0; round % 2 && i < section->count / 2; i++) {
        size_t item = ret_cases[i];
        ret_cases[i] = ret_cases[section->count - 1 - i];
        ret_cases[section->count - 1 - i] = item;
    }
}

static int failures_in_a_row(const struct case_result *result) {
    int count = 0;

    for (size_t i = result->sample_count; i > 0 && result->samples[i - 1].failure; i--)
        count++;
    return count;
}

void session_restore(
    struct session *session, const struct session_options *options, int *failures) {
    for (size_t i = 0; options->restored && i < session->plan->case_count; i++) {
        const struct case_result *from = &options->restored[i];
        struct case_result *result = &session->results[i];

        memcpy(result->samples, from->samples, from->sample_count * sizeof(*from->samples));
        result->sample_count = from->sample_count;
        result->passes = from->passes;
        failures[i] = failures_in_a_row(result);
        result->given_up = failures[i] >= FAILURES_MAX;
    }
}

bool session_has(
    const struct session_options *options, const struct case_result *result, int round) {
    return options->restored && result->sample_count > 0
        && result->samples[result->sample_count - 1].round >= round;
}

bool session_meets_limit(const struct plan *plan, const struct latency *latency, double rate) {
    return latency->p99_ns <= plan->latency_limit_ns
        && !rate_is_too_high(rate, (double)latency->jobs, latency->last_late_ns);
}

void session_explain_search(
    struct session *session, const struct bisection *bisection, struct sample *sample) {
    const struct plan *plan = session->plan;
    char limit[32], p99[32];

    format_duration(plan->latency_limit_ns, limit, sizeof(limit));
    show_duration((double)sample->latency.p99_ns, p99, sizeof(p99));
    if (bisection_end(bisection) == BISECTION_NEVER)
        sample->failure = arena_message(session->arena,
            "at %.10g/s, the lowest rate, the pool does not meet the latency limit of %s: p99 is "
            "%s, and %.10g jobs started late; use a lower rate or a longer limit",
            plan->rate_low, limit, p99, (double)sample->latency.late);
    if (bisection_end(bisection) == BISECTION_ALWAYS)
        sample->failure = arena_message(session->arena,
            "even at %.10g/s, the highest rate, the pool meets the latency limit of %s: p99 is %s; "
            "use a higher rate or a shorter limit",
            plan->rate, limit, p99);
}

void session_record(struct session *session, const struct session_options *options, size_t index,
    const struct sample *sample) {
    struct case_result *result = &session->results[index];
    struct sample *recorded = &result->samples[result->sample_count++];

    *recorded = *sample;
    recorded->session = options->number;
    if (options->recorded)
        options->recorded(options->journal, index, result->passes, recorded);
}
