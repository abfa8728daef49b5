/* SPDX-License-Identifier: MIT */
#ifndef PCONC_EXECUTOR_H
#define PCONC_EXECUTOR_H

#include <pconc/diag.h>
#include <pconc/param.h>
#include <pconc/task.h>
#include <pconc/workload.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Executors as objects: open a pool of workers over a set of jobs, run the jobs, close the pool.
 *
 *     struct work *work;      the jobs, and memory for their results
 *     struct pool *pool;
 *     struct tally tally;
 *     work_new(&(struct work_options){.jobs = 100, .workers = 4, .job = fn}, &work, &diag);
 *     pool_open(executor_find("threads"), &(struct pool_options){.work = work}, &pool, &diag);
 *     pool_run(pool, &tally, &diag);
 *     pool_close(pool, &diag);
 *     work_free(work);
 *
 * A pool and its work belong to the thread that opened the pool (the opener). Only the opener runs
 * the jobs and closes the pool, and not from a job or call of the pool itself. Any thread may call
 * executors and executor_find.
 */

#define WORKERS_MAX 1024

/* What an executor can do, or'ed. */
enum {
    EXECUTOR_SUSPENDS = 1, /* a blocked job holds no worker */
    EXECUTOR_FORKS = 2,    /* jobs run in worker processes: memory they write is not shared, and
                              only a single-threaded program can open the pool */
    EXECUTOR_SPAWNS = 4,   /* a job can start tasks (task_spawn) */
    EXECUTOR_ASIDE = 8, /* jobs run in one loop, and workers only what they call with task_block */
};

struct executor_driver;

struct executor {
    const char *name;           /* plural: "threads" */
    const char *alias;          /* also accepted: "thread"; NULL: none */
    const char *summary;        /* one sentence, no full stop */
    const struct param *params; /* the pool's parameters; ended by name NULL; NULL: none */
    int max_workers;            /* larger numbers of workers are reduced to this */
    unsigned capabilities;
    const struct executor_driver *driver; /* for the runtime alone */
};

/* Every executor, ended by NULL. */
const struct executor *const *executors(void);

/* By name or alias; NULL if there is no such executor. */
const struct executor *executor_find(const char *name);

/* The jobs of a pool, and their results. */
struct work_options {
    int64_t jobs;       /* >= 0 */
    int workers;        /* of the pool, >= 1 */
    size_t result_size; /* as in struct workload */
    int (*job)(void *context, int64_t i, struct task *task, void *result);
    void *context; /* for `job`; borrowed until work_free. Worker processes see it as it was when
                      the pool was opened */
    void (*merge)(void *into, const void *from); /* as in struct workload */
    int64_t slow_ns; /* event loops record jobs that hold them for longer; 0: none */
};

struct work;

/* Allocates and touches the memory for results, which worker processes share: one slot for each
 * job, or, if all slots need more than 64 MiB, one folded result for each worker. Slots of
 * different workers are on different cache lines. -E2BIG: folding is needed, but there is no merge
 * or the result is too large; -ENOMEM. The caller frees it with work_free, in any thread. */
int work_new(
    const struct work_options *options, struct work **ret_work, struct diag *diag) PCONC_CHECKED;
void work_free(struct work *work); /* NULL is fine; not while a pool uses it */

/* The count of one run over all jobs. */
struct tally {
    int64_t done;          /* jobs that returned 0 */
    uint64_t index_sum;    /* sum of their i, modulo 2^64 */
    int64_t failed;        /* jobs that returned anything else */
    int64_t failed_job;    /* one of them, the lowest i seen, if failed > 0 */
    int failed_code;       /* what it returned */
    char failed_text[256]; /* its sentence in task_fail(), or "" */
};

/* The outcome of the last pool_run, for verifying. Valid until the next run or work_free. */
struct outcome work_outcome(const struct work *work, const struct tally *tally);

/* A function for pool_submit (pconc/future.h). Reads `argument`, which is aligned to 16, and writes
 * calls.result_size bytes to `result`, which is zeroed. Returns 0, or a negative errno after
 * task_fail(). */
typedef int call_function(struct task *task, const void *argument, void *result);

/* Calls that are submitted to a pool one by one. */
struct call_options {
    call_function *const *functions; /* that may be called, ended by NULL; borrowed. Required with
                                        EXECUTOR_FORKS; otherwise NULL allows every function */
    size_t argument_size;            /* bytes of the largest argument, up to CALL_SIZE_MAX */
    size_t result_size;              /* bytes of every result, up to CALL_SIZE_MAX */
    int64_t pending;                 /* maximum number of calls that have not ended or are not
                                        freed; 0: the pool takes no calls */
};

#define CALL_SIZE_MAX 4096

struct pool_options {
    struct work *work;               /* for pool_run; borrowed until pool_close. NULL: none */
    int workers;                     /* used if `work` is NULL; otherwise that of `work` */
    const union param_value *params; /* by index into the executor's table; NULL: its defaults */
    struct call_options calls;

    /* The CPU of each worker, as Linux numbers it; -1: any. `offload` reads only the first, for its
     * loop. Copied. NULL: by the parameter `pin`, for which the first pool of a program may read
     * the topology of the machine; that takes some milliseconds. */
    const int *cpus;

    /* Each worker calls it once before it counts as ready, in its thread or process (executors
     * without workers call it in the opener). A negative errno makes pool_open fail. NULL: none. */
    int (*begin_worker)(void *context, int worker, struct diag *diag);
    void *context; /* for begin_worker; borrowed until pool_open returns */
};

struct pool;

/* Starts the workers and returns when all of them are ready. The calling thread becomes the opener.
 * `serial`, `coroutines` and `offload` bind it to their CPU until pool_close. What a bound thread
 * or process starts inherits its CPU, except pools.
 * On failure nothing is left running, and the sentence names the limit:
 * -EINVAL: a number of workers or calls that the executor cannot have, a missing list of functions,
 * or a CPU that cannot be used; -E2BIG: too large arguments or results; -EBUSY: worker processes in
 * a program with threads; -EAGAIN, -ENOMEM, -EMFILE, -ENFILE: no more threads or processes, memory,
 * descriptors; -EOWNERDEAD: a worker process died; -ENOTSUP: the executor takes no calls; or the
 * code of begin_worker. */
int pool_open(const struct executor *executor, const struct pool_options *options,
    struct pool **ret_pool, struct diag *diag) PCONC_CHECKED;

/* Runs every job once, and returns when all have ended. By the opener. 0 if all ran; *ret_tally
 * counts those that failed. -EINVAL: the pool was opened without jobs; -EDEADLK: called from a job
 * or call of the pool. After any other negative errno the pool is broken and must be closed
 * (-EOWNERDEAD: a worker process died, or the pool was already broken; -ENOMEM: no memory for
 * tasks). Its calls that have not ended then fail with -EOWNERDEAD. */
int pool_run(struct pool *pool, struct tally *ret_tally, struct diag *diag) PCONC_CHECKED;

/* The worker processes (none without EXECUTOR_FORKS). Borrowed until pool_close. By the opener. */
size_t pool_processes(const struct pool *pool, const pid_t **ret_pids);

/* Takes no more calls, waits until all submitted calls have ended (after pool_shutdown(pool, true):
 * only those that run), stops and joins the workers and frees the pool, even a broken one. NULL is
 * fine. By the opener; from a job or call of the pool: -EDEADLK, and the pool stays open. No other
 * thread may be in a function with this pool; other threads may still wait for its futures.
 * Returns 0, or -EOWNERDEAD, with the pool closed, if the pool broke while it had calls or a worker
 * process has died. */
int pool_close(struct pool *pool, struct diag *diag);

#endif
