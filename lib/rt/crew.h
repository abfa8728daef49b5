/* SPDX-License-Identifier: MIT */
#ifndef RT_CREW_H
#define RT_CREW_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "work.h"

/*
 * A crew: workers, threads or processes alike, that wait for a round, run jobs until none is
 * unclaimed, and report back. The control block lies in memory that forked workers share.
 *
 * Life of a round: the starter sets `running` to the number of workers and bumps `round`; each
 * worker takes itself off `running` when it finds no job left, the last one tells the starter. The
 * first such report, before any round, says that all workers are ready.
 */
struct crew {
    _Alignas(
        CACHE_LINE) _Atomic uint32_t round; /* futex word; odd jumps do not matter, only change */
    _Atomic bool stop;                      /* set before the last bump of `round` */
    _Alignas(CACHE_LINE) _Atomic uint32_t running; /* futex word for crew_await */
    _Alignas(CACHE_LINE) int workers;
    int done_fd;     /* eventfd that the last worker writes to; -1: it wakes `running` instead */
    bool shared;     /* across processes: futexes are not private */
    int64_t spin_ns; /* how long waiting spins before it sleeps */
    int64_t chunk;   /* jobs per claim, 0: guided */
};

/* Parameters of executors that have a crew: the first of their tables, in this order; crew_params
 * is a table with no others. */
enum { CREW_CHUNK, CREW_SPIN, CREW_PARAMS };
extern const struct param crew_params[];

/* clang-format off */
#define CREW_PARAM_CHUNK \
    {.name = "chunk", \
        .type = PARAM_COUNT, \
        .default_text = "auto", \
        .test_text = "auto", \
        .min = 1, \
        .max = 1000000000, \
        .zero_word = "auto", \
        .help = "jobs that a worker claims at a time; auto: many at first, single ones at the end"}
#define CREW_PARAM_SPIN \
    {.name = "spin", \
        .type = PARAM_DURATION, \
        .default_text = "20us", \
        .test_text = "20us", \
        .min = 0, \
        .max = INT64_C(1000000000), \
        .help = "how long a waiting worker spins before it sleeps; 0 where the workers leave no " \
                "CPU idle or a CPU quota is set"}
/* clang-format on */

/* Maps the control block of pool->work's workers, all of them counted as running: not ready yet.
 * NULL: no memory. */
struct crew *crew_new(const struct work *work, const union param_value *params);
void crew_free(struct crew *crew);

/* Body of a worker: reports ready, serves rounds, returns when told to stop. In a round it runs
 * jobs that block the worker (crew_run_jobs), or whatever `round` does with `arg`. */
void crew_serve(struct crew *crew, struct worker *worker, struct work *work);
void crew_serve_rounds(struct crew *crew, void (*round)(void *arg), void *arg);

/* Claims and runs jobs one after another until none is unclaimed. */
void crew_run_jobs(const struct crew *crew, struct worker *worker, struct work *work);

/* Starts a round, or with crew_stop the end. By the opener. */
void crew_start(struct crew *crew);
void crew_stop(struct crew *crew);

/* Waits until all workers have reported, by futex. Not for crews with a done_fd. */
void crew_await(struct crew *crew);

/* Spins up to spin_ns for `running` to become 0. Whether it did. */
bool crew_spin_done(struct crew *crew);

#endif
