/* SPDX-License-Identifier: MIT */
#ifndef POOL_POOL_H
#define POOL_POOL_H

#include <pconc/executor.h>

#include <stdbool.h>

#include "place.h"
#include "queue.h"
#include "work.h"

/*
 * The interface between pools and executors. A driver's pool is a struct that begins with a struct
 * pool. pool.c allocates it zeroed, fills the struct pool, and frees it.
 */
struct pool {
    const struct executor *executor;
    struct work *work;      /* never NULL: without the caller's, one without jobs */
    bool own_work;          /* `work` is not the caller's */
    struct queue *queue;    /* made before `open`, freed after `close`; NULL: no calls */
    struct queue_host host; /* of `queue`: that of the driver, with checks of pool.c */
    int (*begin_worker)(void *context, int worker, struct diag *diag); /* NULL when it is open */
    void *context;
    pthread_t opener;
    union param_value params[PARAMS_MAX];
    int *cpus;               /* of each worker, or PLACE_ANY; pool_places() of them */
    struct cpu_mask unbound; /* what a bound worker could use otherwise; no set: none is bound */
    _Atomic bool broken;     /* a run failed or a worker died: it can only be closed */
    bool entered;            /* the opener runs jobs or calls in it, which must not do the same */
    bool submits;            /* pool_run submits its jobs as calls */
    bool may_spin;           /* each waiting worker and the opener have a CPU */
    bool bound_opener;
};

/* The name of the parameter with which pool_run submits its jobs one by one. */
#define POOL_PARAM_SUBMIT "submit"

/* Each worker calls it in its thread or process, before it counts as ready. */
static inline int pool_begin_worker(struct pool *pool, int worker, struct diag *diag) {
    return pool->begin_worker ? pool->begin_worker(pool->context, worker, diag) : 0;
}

/* Which CPU each worker has: the parameter with this name, and pool_place.c. */
#define POOL_PARAM_PIN "pin"

/* clang-format off */
#define POOL_PARAM_PIN_ENTRY \
    {.name = POOL_PARAM_PIN, \
        .type = PARAM_TEXT, \
        .default_text = "auto", \
        .help = "the CPU of each worker: spread (a core each before hardware threads, caches and " \
                "NUMA nodes evenly), compact (neighbours), none (any CPU), or CPUs such as " \
                "0,2,4-7 in turn; auto: spread if each worker gets a CPU, else none"}
/* clang-format on */

/* The text of that parameter; NULL: the executor has none, and its workers are not bound. */
const char *pool_pin(const struct executor *executor, const union param_value *params);

/* How many workers have a CPU: of an executor whose jobs run in the opener, only that. */
int pool_places(const struct executor *executor, int workers);

/* Before a pool_open that is timed: moves the calling thread to the CPU to which pool_open will
 * bind it, if it will, and leaves it as free as before. Moving wakes a CPU; that takes some 0.2 ms
 * and varies, more than all else that opening `serial` does. The codes of bind_opener. */
int pool_move_opener(const struct executor *executor, int cpu, struct diag *diag) PCONC_CHECKED;

/* Fills pool->cpus and pool->may_spin. By pool_open. */
int pool_place(struct pool *pool, const int *cpus, struct diag *diag) PCONC_CHECKED;
void pool_unplace(struct pool *pool);

/* The CPU of the thread or process with this index, or PLACE_ANY: threads of an executor whose jobs
 * run in the opener are not bound. */
int pool_cpu(const struct pool *pool, int index);

/* Binds worker `index`: a thread that will be started with `attributes`, or the calling process. */
int pool_bind_attributes(
    const struct pool *pool, int index, pthread_attr_t *attributes) PCONC_CHECKED;
int pool_bind_process(const struct pool *pool, int index, struct diag *diag) PCONC_CHECKED;

/* In a thread that was started so: its own pools do not stay on this CPU. */
void pool_note_bound(const struct pool *pool, int index);

/* Whether the calling thread may wait for the pool's calls: 0, or -EDEADLK. */
int pool_check_waiter(const struct pool *pool, struct diag *diag) PCONC_CHECKED;

/* Writes why a call could not be submitted: `code` of queue_submit or queue_await_room. */
int pool_refused_call(struct pool *pool, int code, struct diag *diag);

struct executor_driver {
    size_t pool_size; /* of the driver's struct */

    /* Starts the workers and returns when all are ready. On failure it has freed everything. NULL:
     * there is nothing to start. */
    int (*open)(struct pool *pool, struct diag *diag);

    /* Runs every job of pool->work once, after work_reset. Workers that run jobs one after another
     * claim them with work_claim, in chunks of work_chunk: an open loop needs their order. 0, or a
     * failure that breaks the pool. */
    int (*map)(struct pool *pool, struct diag *diag);

    /* Stops the workers and waits for their end, also in a broken pool. All calls have ended
     * before, unless it is broken. NULL: there is nothing to stop. */
    int (*close)(struct pool *pool, struct diag *diag);

    /* pool_processes; NULL: there are none. */
    size_t (*processes)(const struct pool *pool, const pid_t **ret_pids);

    /* Workers have no threads or processes: pool.c calls begin_worker in the opener. */
    bool in_opener;

    /* Jobs run in the opener, which pool.c binds to the CPU of worker 0. */
    bool binds_opener;

    /*
     * Calls (queue.h). An executor without `post` and `calls.run` takes no calls: pool_open returns
     * -ENOTSUP for them.
     */
    size_t call_extra; /* bytes of the driver in each future */

    /* In any thread, after a call was queued: makes a worker claim it. Usually there is nothing to
     * do, and it is fast. */
    void (*post)(struct pool *pool);

    /* How calls reach the workers; `context` is the pool. `break_down` stays NULL. */
    struct queue_host calls;
    bool nests; /* calls.run may be called in a call or job that the opener runs */
};

/* A call has been queued. */
static inline void pool_post(struct pool *pool) {
    if (pool->executor->driver->post)
        pool->executor->driver->post(pool);
}

#endif
