/* SPDX-License-Identifier: MIT */
#ifndef MEASURE_ENVIRONMENT_H
#define MEASURE_ENVIRONMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "cpus.h"

/* What a result depends on besides the code. Texts are "" and numbers 0 where the system does not
 * say. */
struct environment {
    char cpu_model[128];
    int online_cpus;
    int usable_cpus;  /* by affinity and quota, at least 1 */
    double cpu_quota; /* CPUs' worth of a cgroup quota (v1 or v2, the tightest above us); 0: none */
    char kernel[128]; /* "Linux 6.1.0-18-amd64" */
    char machine[32]; /* "x86_64" */
    char governor[32]; /* of the first usable CPU: "performance"; "": none is exposed */
    int64_t memory_bytes;
    char compiler[64];
    char flags[256];
    char version[32];       /* of pconc */
    char commit[48];        /* of pconc's source, "" outside a checkout */
    int64_t timer_slack_ns; /* set for every sample */
    double load_before;     /* 1-minute load average as the session began */
    char started[32];       /* UTC, "2026-01-31T12:00:00Z" */
};

/* Counters of what others took from us; a session takes their difference. */
struct interference {
    int64_t elapsed_ns;
    double steal_share;        /* of all CPUs' time that the hypervisor gave to others, 0..1 */
    int64_t throttled_periods; /* in which the cgroup's quota ran out */
    double others_share;       /* of the usable CPUs' time: what programs took that the session did
                                  not start. NaN: unknown; the counters are not exact, so it may be a
                                  little below 0 */
};

void environment_read(struct environment *env);

/* Begins and ends watching; `end` replaces the counters by their differences. */
struct interference_watch {
    int64_t start_ns;
    int64_t steal_ticks, total_ticks;
    int64_t throttled_periods;
    struct cpu_times cpu_times;
    bool has_cpu_times;
    int64_t own_cpu_ns;
};
void interference_begin(struct interference_watch *watch);
struct interference interference_end(const struct interference_watch *watch);

#endif
