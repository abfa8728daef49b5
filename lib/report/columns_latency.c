/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>

#include "columns.h"
#include "units.h"

/* The second table of a section: how long single jobs took, and where that time went. */

/* From this share of a job's time on recording is no longer beside the point. */
#define RECORDING_SHARE_MAX 0.05

#define CELL(member)                                                                               \
    static void cell_##member(const struct session *session,                                       \
        const struct session_summary *summary, size_t index, char *buf, size_t size) {             \
        (void)session;                                                                             \
        (void)show_duration(summary->cases[index].latency.member, buf, size);                      \
    }
CELL(p50_ns)
CELL(p90_ns)
CELL(p99_ns)
CELL(p999_ns)
CELL(max_ns)
CELL(waiting_ns)
CELL(running_ns)
CELL(suspended_ns)

static void cell_recording(const struct session *session, const struct session_summary *summary,
    size_t index, char *buf, size_t size) {
    double share = summary->cases[index].latency.recording_share;

    (void)session;
    if (isnan(share))
        (void)snprintf(buf, size, "-");
    else if (share < 0.001)
        (void)snprintf(buf, size, "<0.1%%");
    else
        (void)snprintf(buf, size, "%.1f%%", 100 * share);
}

static const struct column columns[] = {
    {"p50", false, INT_MAX, NULL, cell_p50_ns},
    {"p90", false, 10, NULL, cell_p90_ns},
    {"p99", false, INT_MAX, NULL, cell_p99_ns},
    {"p99.9", false, 9, NULL, cell_p999_ns},
    {"max", false, 11, NULL, cell_max_ns},
    {"waiting", false, 8, NULL, cell_waiting_ns},
    {"running", false, 7, NULL, cell_running_ns},
    {"suspended", false, 6, NULL, cell_suspended_ns},
    {"recording", false, 5, NULL, cell_recording},
};

struct grid *latency_grid_new(struct arena *arena, const struct session *session,
    const struct session_summary *summary, const struct section *section) {
    for (size_t i = section->first; i < section->first + section->count; i++) {
        if (latency_known(&summary->cases[i].latency))
            return grid_make(
                arena, session, summary, section, columns, sizeof(columns) / sizeof(columns[0]));
    }
    return NULL;
}

static int64_t lost_jobs(const struct case_result *result) {
    int64_t lost = 0;

    for (size_t i = 0; i < result->sample_count; i++)
        lost += result->samples[i].latency.lost;
    return lost;
}

const char *latency_gap(
    struct arena *arena, const struct session *session, const struct section *section) {
    for (size_t i = section->first; i < section->first + section->count; i++) {
        int64_t lost = lost_jobs(&session->results[i]);

        if (lost > 0)
            return arena_printf(arena,
                "%" PRId64
                " jobs of %s were not recorded, because more threads than its workers ran "
                "them; take its latencies for those of a part",
                lost, session->plan->cases[i].id);
    }
    return NULL;
}

const char *latency_answer(struct arena *arena, const struct session *session,
    const struct session_summary *summary, const struct section *section) {
    double most = 0;
    size_t at = 0;

    for (size_t i = section->first; i < section->first + section->count; i++) {
        double share = summary->cases[i].latency.recording_share;
        if (share > most) {
            most = share;
            at = i;
        }
    }
    if (most <= RECORDING_SHARE_MAX)
        return NULL;
    return arena_printf(arena,
        "takes up to %.0f%% of a job's time on its worker (%s), and is in all figures of this "
        "section; measure times without --latency",
        100 * fmin(most, 1), session->plan->cases[at].id);
}
