/* SPDX-License-Identifier: MIT */
#include "steady.h"

static void end_block(struct steady *steady) {
    double run_ns = (double)steady->block_ns / (double)steady->block_runs;

    if (steady->blocks++ == 0 || run_ns < (1 - STEADY_FALL) * steady->reference_ns) {
        steady->reference_ns = run_ns;
        steady->level_ns = 0;
    } else {
        steady->level_ns += steady->block_ns;
    }
    steady->block_ns = steady->block_runs = 0;
}

enum steady_state steady_add(struct steady *steady, int64_t run_ns) {
    /* A coarse clock may show no time, and the bound must be reached all the same. */
    int64_t counted_ns = run_ns > 0 ? run_ns : 1;

    steady->total_ns += counted_ns;
    steady->block_ns += counted_ns;
    steady->block_runs++;
    if (steady->block_ns >= STEADY_BLOCK_NS)
        end_block(steady);
    if (steady->level_ns >= STEADY_LEVEL_NS)
        return STEADY_REACHED;
    if (steady->total_ns < STEADY_BOUND_NS)
        return STEADY_GOES_ON;
    return steady->blocks < STEADY_JUDGED_MIN ? STEADY_REACHED : STEADY_NOT_REACHED;
}
