/* SPDX-License-Identifier: MIT */
#ifndef POOL_CREW_H
#define POOL_CREW_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "calls.h"
#include "pool.h"
#include "work.h"

/*
 * A crew: workers, threads or processes alike, that wait for rounds and calls. In a round they run
 * jobs until none is unclaimed, and report back; calls they claim one by one. The control block
 * lies in memory that forked workers share.
 *
 * Life of a round: the starter sets `running` to the number of workers and bumps `round`; each
 * worker takes itself off `running` when it finds no job left, the last one tells the starter. The
 * first such report, before any round, says that all workers are ready.
 *
 * Few are woken for calls: whoever submits wakes a worker only where none is awake and looking for
 * calls; a worker that was the last to look and has found one wakes the next if there are more.
 * Workers that sleep and workers that look are counted in one word, `idle`. To wake some is to take
 * them off the sleepers, count them as looking, put as many tokens out and ring the bell; a sleeper
 * that takes a token is awake. Any may take it, for calls are all the same. A round is not: whom it
 * waits for wakes without a token too.
 */
struct crew {
    _Alignas(CACHE_LINE) _Atomic uint32_t round; /* odd jumps do not matter, only change */
    _Atomic bool stop;                           /* set before the last bump of `round` */
    _Alignas(CACHE_LINE) _Atomic uint32_t idle;  /* CREW_SLEEPER and CREW_LOOKER each */
    _Alignas(CACHE_LINE) _Atomic uint32_t bell;  /* futex word that sleepers wait on */
    _Atomic uint32_t tokens;
    _Alignas(CACHE_LINE) _Atomic uint32_t running; /* futex word for crew_await */
    _Alignas(CACHE_LINE) int workers;
    struct calls *calls; /* that workers claim; NULL: none */
    int done_fd;        /* eventfd that the last worker writes to; -1: it wakes `running` instead */
    bool shared;        /* across processes: futexes are not private */
    int64_t spin_ns;    /* how long waiting spins before it sleeps */
    int64_t chunk;      /* jobs per claim, 0: guided */
    _Atomic int failed; /* a worker process could not begin: set by the first of them */
    struct diag failure; /* its */
};

#define CREW_SLEEPER ((uint32_t)1)
#define CREW_LOOKER ((uint32_t)1 << 16)

/* Parameters of executors that have a crew: the first of their tables, in this order; crew_params
 * is a table with no others. */
enum { CREW_CHUNK, CREW_SPIN, CREW_SUBMIT, CREW_PARAMS };
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
#define CREW_PARAM_SUBMIT \
    {.name = POOL_PARAM_SUBMIT, \
        .type = PARAM_BOOL, \
        .default_text = "false", \
        .help = "hand jobs out as calls submitted one by one, and wait for all"}
/* clang-format on */

/* Maps the control block of pool->work's workers, all of them counted as running: not ready yet.
 * NULL: no memory. */
struct crew *crew_new(const struct work *work, const union param_value *params);
void crew_free(struct crew *crew);

/* What a worker does, `arg` being its own. */
struct crew_duty {
    void (*round)(void *arg);                    /* its part of a round */
    int (*call)(void *arg, struct future *call); /* runs a call; NULL: crew_run_call does */
};

/* Body of a worker: reports ready, serves rounds and calls, returns when told to stop. */
void crew_serve(struct crew *crew, const struct crew_duty *duty, struct worker *worker, void *arg);

/* A call was queued: wakes a worker where one is needed. From any thread. */
static inline void crew_post(struct crew *crew);
void crew_wake_one(struct crew *crew);

/* Claims and runs jobs one after another until none is unclaimed. */
void crew_run_jobs(const struct crew *crew, struct worker *worker, struct work *work);

/* Starts a round, or with crew_stop the end. By the opener. */
void crew_start(struct crew *crew);
void crew_stop(struct crew *crew);

/* Waits until all workers have reported, by futex. Not for crews with a done_fd. */
void crew_await(struct crew *crew);

/* Spins up to spin_ns for `running` to become 0. Whether it did. */
bool crew_spin_done(struct crew *crew);

static inline void crew_post(struct crew *crew) {
    uint32_t idle = atomic_load_explicit(&crew->idle, memory_order_seq_cst);
    if (idle != 0 && idle < CREW_LOOKER)
        crew_wake_one(crew);
}

#endif
