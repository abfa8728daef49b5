/* SPDX-License-Identifier: MIT */
#ifndef STATS_STEADY_H
#define STATS_STEADY_H

#include <stdint.h>

/*
 * When the time of a run has stopped falling, one run after the other. Pure: the caller runs and
 * times.
 *
 * Runs form blocks: one run, or as many as take STEADY_BLOCK_NS together. A block falls if its mean
 * run is more than STEADY_FALL below that of the last block that fell. (The first one counts as
 * such a block.) Runs are steady when no block has fallen for STEADY_LEVEL_NS, at least one block.
 * So a slow fall is seen as soon as its steps add up, and noise around a level is no fall: such
 * blocks are records, which become rare.
 *
 * The rule ends at STEADY_BOUND_NS, whatever it has seen. In fewer than STEADY_JUDGED_MIN blocks a
 * fall cannot be told from a slow first run, so such runs count as steady. A run that takes longer
 * than the bound is therefore the only untimed one.
 *
 * Sources: Kalibera and Jones, "Rigorous benchmarking in reasonable time", ISMM 2013: runs are
 * timed once they no longer depend on start-up. Barrett et al., "Virtual machine warmup blows hot
 * and cold", OOPSLA 2017: levels are compared with a tolerance, and some runs never reach one.
 * fio's steadystate: a limit for the change within a window of time, and a bound. Chen and Revels,
 * "Robust benchmarking in noisy environments", 2016: noise makes runs slower, hardly ever faster,
 * so the fastest is the reference.
 */
#define STEADY_BLOCK_NS 500000
#define STEADY_FALL 0.02 /* smaller changes are ignored by comparisons as well */
#define STEADY_LEVEL_NS INT64_C(5000000)
#define STEADY_BOUND_NS INT64_C(50000000)
#define STEADY_JUDGED_MIN 3

enum steady_state {
    STEADY_GOES_ON, /* another run is needed */
    STEADY_REACHED,
    STEADY_NOT_REACHED, /* within the bound */
};

/* Starts as {0}. */
struct steady {
    int64_t total_ns;
    int64_t block_ns, block_runs; /* of the block under way */
    int64_t blocks;               /* whole ones */
    int64_t level_ns;             /* whole blocks since the last one that fell */
    double reference_ns;          /* the mean run of that block */
};

/* The next run took `run_ns`. */
enum steady_state steady_add(struct steady *steady, int64_t run_ns);

#endif
