/* SPDX-License-Identifier: MIT */
#ifndef POOL_WORKERS_H
#define POOL_WORKERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "pool.h"
#include "queue.h"
#include "work.h"

/*
 * The workers of a pool, threads or processes alike: they wait for rounds and calls. In a round
 * they run jobs until none is unclaimed, and report back; calls they claim one by one. The control
 * block lies in memory that forked workers share.
 *
 * Life of a round: the starter sets `running` to the number of workers and bumps `round`; each
 * worker takes itself off `running` when it finds no job left, the last one tells the starter. The
 * first such report, before any round, says that all workers are ready.
 *
 * Few are woken for calls: whoever submits wakes a worker only where none is awake and looking for
 * calls; a worker that was the last to look and has found one wakes the next if there are more.
 * Workers that sleep and workers that look are counted in one word, `idle`. To wake some is to take
 * them off the sleepers, count them as looking, put as many tokens out and bump `wakes`; a sleeper
 * that takes a token is awake. Any may take it, for calls are all the same. A round is not: whom it
 * waits for wakes without a token too.
 */
struct workers {
    _Alignas(CACHE_LINE) _Atomic uint32_t round; /* odd jumps do not matter, only change */
    _Atomic bool stop;                           /* set before the last bump of `round` */
    _Alignas(CACHE_LINE) _Atomic uint32_t idle;  /* WORKER_SLEEPS and WORKER_LOOKS each */
    _Alignas(CACHE_LINE) _Atomic uint32_t wakes; /* futex word that sleepers wait on */
    _Atomic uint32_t tokens;
    _Alignas(CACHE_LINE) _Atomic uint32_t running; /* futex word for workers_await */
    _Alignas(CACHE_LINE) int count;
    struct queue *queue; /* of calls that they claim; NULL: none */
    int done_fd;        /* eventfd that the last worker writes to; -1: it wakes `running` instead */
    bool shared;        /* across processes: futexes are not private */
    int64_t spin_ns;    /* how long waiting spins before it sleeps */
    int64_t chunk;      /* jobs per claim, 0: guided */
    _Atomic int failed; /* a worker process could not begin: set by the first of them */
    struct diag failure; /* its */
};

#define WORKER_SLEEPS ((uint32_t)1)
#define WORKER_LOOKS ((uint32_t)1 << 16)

/* Parameters of executors that have such workers: the first of their tables, in this order;
 * workers_params is a table with no others. */
enum { WORKERS_CHUNK, WORKERS_SPIN, WORKERS_SUBMIT, WORKERS_PARAMS };
extern const struct param workers_params[];

/* clang-format off */
#define WORKERS_PARAM_CHUNK \
    {.name = "chunk", \
        .type = PARAM_COUNT, \
        .default_text = "auto", \
        .test_text = "auto", \
        .min = 1, \
        .max = 1000000000, \
        .zero_word = "auto", \
        .help = "jobs that a worker claims at a time; auto: many at first, single ones at the end"}
#define WORKERS_PARAM_SPIN \
    {.name = "spin", \
        .type = PARAM_DURATION, \
        .default_text = "20us", \
        .test_text = "20us", \
        .min = 0, \
        .max = INT64_C(1000000000), \
        .help = "how long a waiting worker spins before it sleeps; 0 where the workers leave no " \
                "CPU idle or a CPU quota is set"}
#define WORKERS_PARAM_SUBMIT \
    {.name = POOL_PARAM_SUBMIT, \
        .type = PARAM_BOOL, \
        .default_text = "false", \
        .help = "hand jobs out as calls submitted one by one, and wait for all"}
/* clang-format on */

/* Maps the control block of pool->work's workers, all of them counted as running: not ready yet.
 * NULL: no memory. */
struct workers *workers_new(const struct work *work, const union param_value *params);
void workers_free(struct workers *workers);

/* What a worker does, `arg` being its own. */
struct worker_ops {
    void (*round)(void *arg);                      /* its part of a round */
    int (*call)(void *arg, struct future *future); /* runs a call; NULL: it may simply block */
};

/* Body of a worker: reports ready, serves rounds and calls, returns when told to stop. */
void workers_serve(
    struct workers *workers, const struct worker_ops *ops, struct worker *worker, void *arg);

/* A call was queued: wakes a worker where one is needed. From any thread. */
static inline void workers_notify(struct workers *workers);
void workers_wake_one(struct workers *workers);

/* Claims and runs jobs one after another until none is unclaimed. */
void workers_run_jobs(const struct workers *workers, struct worker *worker, struct work *work);

/* Starts a round, or with workers_stop the end. By the opener. */
void workers_start(struct workers *workers);
void workers_stop(struct workers *workers);

/* Waits until all workers have reported, by futex. Not where there is a done_fd. */
void workers_await(struct workers *workers);

/* Spins up to spin_ns for `running` to become 0. Whether it did. */
bool workers_spin_done(struct workers *workers);

static inline void workers_notify(struct workers *workers) {
    uint32_t idle = atomic_load_explicit(&workers->idle, memory_order_seq_cst);
    if (idle != 0 && idle < WORKER_LOOKS)
        workers_wake_one(workers);
}

#endif
