/* SPDX-License-Identifier: MIT */
/* What held up the jobs of an event loop. */
#include "warnings.h"
#include "warnings_parts.h"

/* The samples in which tasks held their loop for too long, and what the first of them says. */
static size_t slow_samples(const struct case_result *result, const char **ret_text) {
    size_t count = 0;

    for (size_t i = 0; i < result->sample_count; i++)
        if (result->samples[i].slow_tasks && count++ == 0)
            *ret_text = result->samples[i].slow_tasks;
    return count;
}

void warn_slow_tasks(const struct session *session, struct session_summary *summary) {
    for (size_t i = 0; i < session->plan->case_count; i++) {
        const struct case_result *result = &session->results[i];
        const char *text = NULL;
        size_t count = slow_samples(result, &text);

        if (count > 0)
            warn(summary,
                "%s: %s (in %zu of %zu samples, this was the first); no other task of the loop ran "
                "meanwhile; let jobs yield, or block through task_block under offload",
                session->plan->cases[i].id, text, count, result->sample_count);
    }
}

/* Whether a case's loops mostly neither waited for tasks nor computed, and gave up the CPU
 * themselves. On a busy machine other programs take it from them. */
static bool loops_blocked(const struct bench_case *bench_case, const struct case_result *result) {
    double busy_ns = 0, cpu_ns = 0, elapsed_ns = 0, given_minus_taken = 0;

    for (size_t i = 0; i < result->sample_count; i++) {
        const struct sample *sample = &result->samples[i];

        if (sample->failure)
            continue;
        busy_ns += (double)sample->loop_busy_ns;
        cpu_ns += (double)(sample->user_ns + sample->system_ns);
        elapsed_ns += (double)sample->elapsed_ns;
        given_minus_taken += (double)(sample->voluntary_switches - sample->involuntary_switches);
    }
    return given_minus_taken > 0 && busy_ns > HELD_SHARE_MIN * elapsed_ns * bench_case->workers
        && cpu_ns < HELD_CPU_SHARE_MAX * busy_ns;
}

void warn_blocked_loops(const struct session *session, struct session_summary *summary) {
    const char *ids = list_cases(session, summary->arena, loops_blocked);

    if (ids)
        warn(summary,
            "jobs blocked in the kernel and held up all others of their event loop: %s; find them "
            "with --slow-task, or let threads make such calls with executor offload",
            ids);
}
