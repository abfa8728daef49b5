/* SPDX-License-Identifier: MIT */
#include "session_parts.h"

#include <string.h>

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

void session_record(struct session *session, const struct session_options *options, size_t index,
    const struct sample *sample) {
    struct case_result *result = &session->results[index];
    struct sample *recorded = &result->samples[result->sample_count++];

    *recorded = *sample;
    recorded->session = options->number;
    if (options->recorded)
        options->recorded(options->journal, index, result->passes, recorded);
}
