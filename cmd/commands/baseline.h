/* SPDX-License-Identifier: MIT */
#ifndef CMD_BASELINE_H
#define CMD_BASELINE_H

#include "saved.h"

/* `bench --baseline`: saved sessions. The new session is measured in the same way, and then
 * compared with them. */
struct baseline {
    struct saved saved;    /* count 0: there is no baseline */
    const int64_t *passes; /* of each case of the plan, 0: the files do not have it */
};

/* Reads the files, gives the plan their seed unless the options have one, and refuses what could
 * not be compared before anything is measured. EXIT_FINE, or EXIT_USAGE after a complaint; release
 * it whatever this returned. */
int baseline_open(const struct options *options, struct plan *plan, struct baseline *ret_baseline);

/* Compares the session with them. The verdict lives as long as both. Exit codes as above. */
int baseline_judge(const struct options *options, struct baseline *baseline,
    const struct session *session, struct gate_verdict **ret_verdict);

void baseline_release(struct baseline *baseline);

#endif
