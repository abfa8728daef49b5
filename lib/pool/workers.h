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
 * The workers of a pool, which are threads or processes. They wait for passes and calls. In a pass
 * they run jobs until all are claimed, and report. They claim calls one by one. The control block
 * is in memory that forked workers share.
 *
 * A pass: the opener sets `running` to the number of workers and increments `passes`. Each worker
 * decrements `running` when it finds no more jobs, and the last one wakes the opener. The first
 * report, before any pass, means that all workers are ready.
 *
 * Wake-ups for calls are few. A submitter wakes a worker only if no worker is awake and looking for
 * calls. The last worker that looked and found a call wakes another one if there are more calls.
 * `idle` counts the sleeping and the looking workers in one word. To wake some workers means: count
 * them as looking instead of sleeping, add as many tokens, and increment `wakes`. A sleeper that
 * takes a token is awake. Any sleeper may take one, because any worker can run a call. A pass
 * needs every worker, so it wakes them without tokens, too.
 */
struct workers {
    _Alignas(CACHE_LINE) _Atomic uint32_t passes; /* only a change matters, not the value */
    _Atomic bool stop;                            /* set before the last increment of `passes` */
    _Alignas(CACHE_LINE) _Atomic uint32_t idle;   /* WORKER_SLEEPS and WORKER_LOOKS each */
    _Alignas(CACHE_LINE) _Atomic uint32_t wakes;  /* futex word that sleepers wait on */
    _Atomic uint32_t tokens;
    _Alignas(CACHE_LINE) _Atomic uint32_t running; /* futex word for workers_await */
    _Alignas(CACHE_LINE) int count;
    struct queue *queue; /* of calls to claim; NULL: none */
    int done_fd;        /* eventfd that the last worker writes to; -1: it wakes `running` instead */
    bool shared;        /* across processes: futexes are not private */
    int64_t spin_ns;    /* how long waiting spins before it sleeps */
    int64_t chunk;      /* jobs per claim, 0: guided */
    _Atomic int failed; /* a worker process could not start: set by the first of them */
    struct diag failure; /* of that worker */
};

#define WORKER_SLEEPS ((uint32_t)1)
#define WORKER_LOOKS ((uint32_t)1 << 16)

/* Parameters of executors with such workers. The table of an executor has those that it honours:
 * `chunk` if it calls workers_run_jobs, `submit` if it takes calls. workers_params has all; the
 * enum is their order there, and of tables that begin in the same way. */
enum { WORKERS_CHUNK, WORKERS_SPIN, WORKERS_SUBMIT, WORKERS_PIN, WORKERS_PARAMS };
extern const struct param workers_params[];

#define WORKERS_CHUNK_NAME "chunk"
#define WORKERS_SPIN_NAME "spin"

/* clang-format off */
#define WORKERS_PARAM_CHUNK \
    {.name = WORKERS_CHUNK_NAME, \
        .type = PARAM_COUNT, \
        .default_text = "auto", \
        .test_text = "auto", \
        .min = 1, \
        .max = 1000000000, \
        .zero_word = "auto", \
        .help = "jobs that a worker claims at a time; auto: many at first, single ones at the end"}
#define WORKERS_PARAM_SPIN \
    {.name = WORKERS_SPIN_NAME, \
        .type = PARAM_DURATION, \
        .default_text = "20us", \
        .test_text = "20us", \
        .min = 0, \
        .max = INT64_C(1000000000), \
        .help = "how long a waiting worker spins before it sleeps; 0 if the workers leave no CPU " \
                "idle or a CPU quota is set"}
#define WORKERS_PARAM_SUBMIT \
    {.name = POOL_PARAM_SUBMIT, \
        .type = PARAM_BOOL, \
        .default_text = "false", \
        .help = "submit jobs one by one as calls, and wait for all"}
/* clang-format on */

/* Maps the control block for the workers of a pool, with the values of its parameters chunk (auto
 * if its executor has none) and spin (0 if it has none). All workers count as running, because they
 * are not ready yet. NULL: no memory. */
struct workers *workers_new(const struct pool *pool);
void workers_free(struct workers *workers);

/* The functions of a worker; `arg` is the worker's. */
struct worker_ops {
    void (*run)(void *arg); /* its part of a pass */
    int (*call)(
        void *arg, struct future *future); /* runs a call; NULL: a call may block the worker */
};

/* Body of a worker: reports that it is ready, serves passes and calls, returns after workers_stop.
 */
void workers_serve(
    struct workers *workers, const struct worker_ops *ops, struct worker *worker, void *arg);

/* After a call was queued: wakes a worker if one is needed. In any thread. */
static inline void workers_notify(struct workers *workers);
void workers_wake_one(struct workers *workers);

/* Claims and runs jobs one after another until all are claimed. */
void workers_run_jobs(const struct workers *workers, struct worker *worker, struct work *work);

/* Starts a pass, or ends the workers. By the opener. */
void workers_start(struct workers *workers);
void workers_stop(struct workers *workers);

/* Waits with a futex until all workers have reported. Only without a done_fd. */
void workers_await(struct workers *workers);

/* Spins for up to spin_ns until `running` is 0. Returns whether it is. */
bool workers_spin_done(struct workers *workers);

static inline void workers_notify(struct workers *workers) {
    uint32_t idle = atomic_load_explicit(&workers->idle, memory_order_seq_cst);
    if (idle != 0 && idle < WORKER_LOOKS)
        workers_wake_one(workers);
}

#endif
