/* SPDX-License-Identifier: MIT */
#ifndef JUDGE_WAITING_H
#define JUDGE_WAITING_H

#include "result.h"

/* How long the workers of a case waited for a CPU during the timed runs, and why. */

enum wait_cause {
    WAIT_UNKNOWN,   /* they waited, and no cause was seen */
    WAIT_NONE,      /* they did not wait, or for less than WAIT_SHARE_MIN, or that is not known */
    WAIT_WORKERS,   /* there are more workers than usable CPUs */
    WAIT_PLACEMENT, /* another CPU was idle */
    WAIT_OTHERS,    /* other programs ran on the CPUs */
    WAIT_QUOTA,     /* the CPU quota of the cgroup ran out */
};

struct waiting {
    double share; /* of the workers' time; NaN: unknown */
    enum wait_cause cause;
    double others; /* how many CPUs other programs kept busy; NaN: unknown */
};

#define WAIT_SHARE_MIN 0.05 /* a smaller share needs no explanation */
#define WAIT_CAUSE_MIN                                                                             \
    0.5 /* idle time, or time of other programs / waiting time: then it is why                     \
         */
/* Shorter waits, in the mean, are those of waking up: on virtual machines up to 50 us. */
#define WAIT_MEAN_MIN_NS 100000

/* From all valid samples of the case. */
struct waiting waiting_of(const struct session *session, size_t index);

#endif
