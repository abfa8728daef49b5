/* SPDX-License-Identifier: MIT */
#ifndef CMD_BASELINE_H
#define CMD_BASELINE_H

#include "bench_options.h"
#include "result.h"
#include "store.h"

/* `bench --baseline`: saved sessions that the one to come is measured like, and then held against.
 */

struct baseline {
    struct arena *arena; /* owns what follows, and the verdict */
    size_t count;        /* files; 0: there is no baseline */
    struct stored **stored;
    struct compared compared; /* they, and behind them the session that is measured */
    const int64_t *passes;    /* of each case of the plan, 0: the files do not have it */
};

/* Reads the files, gives the plan their seed unless the options have one, and refuses what could
 * not be compared before anything is measured. EXIT_FINE, or EXIT_USAGE after a complaint; release
 * it whatever this returned. */
int baseline_open(
    const struct bench_options *options, struct plan *plan, struct baseline *ret_baseline);

/* What `session` comes to; the verdict lives as long as both. Exit codes as above. */
int baseline_judge(struct baseline *baseline, const struct judging *judging,
    const struct session *session, struct gate_verdict **ret_verdict);

void baseline_release(struct baseline *baseline);

#endif
