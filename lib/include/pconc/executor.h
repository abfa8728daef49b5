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
 * A pool and its work belong to the thread that opened it: it alone runs the jobs and closes the
 * pool, from outside of the pool's own jobs and calls. What takes only constant tables (executors,
 * executor_find) any thread may call.
 */

#define WORKERS_MAX 1024

/* What an executor can do, or'ed. */
enum {
    EXECUTOR_SUSPENDS = 1, /* a blocked job holds no worker */
    EXECUTOR_FORKS = 2,    /* jobs run in processes of their own: memory they write is not shared,
                              and the pool can be opened from a single-threaded program only */
    EXECUTOR_SPAWNS = 4,   /* a job can start tasks (task_spawn) */
};

struct executor_driver;

struct executor {
    const char *name;           /* plural: "threads" */
    const char *alias;          /* also accepted: "thread"; NULL: none */
    const char *summary;        /* one sentence, no full stop */
    const struct param *params; /* the pool's parameters; ended by name NULL; NULL: none */
    int max_workers;            /* more asked for are cut to this */
    unsigned capabilities;
    const struct executor_driver *driver; /* for the runtime alone */
};

/* Every executor, ended by NULL. */
const struct executor *const *executors(void);

/* By name or alias; NULL: there is none. */
const struct executor *executor_find(const char *name);

/* The jobs of a pool, and their results. */
struct work_options {
    int64_t jobs;       /* >= 0 */
    int workers;        /* as the pool will have, >= 1 */
    size_t result_size; /* as in struct workload */
    int (*job)(void *context, int64_t i, struct task *task, void *result);
    void *context; /* for `job`; borrowed until work_free. Made before a pool opens: worker
                      processes see it as it was then */
    void (*merge)(void *into, const void *from); /* as in struct workload */
    int64_t slow_ns; /* event loops note the jobs that hold them for longer; 0: none */
};

struct work;

/* Allocates and touches the memory for results, shared with worker processes: one slot per job on
 * cache lines of its own, or where all slots would pass 64 MiB, one folded result per worker
 * (-E2BIG if there is no merge, or its result is too large). -ENOMEM. The caller frees it with
 * work_free, in any thread. */
int work_new(
    const struct work_options *options, struct work **ret_work, struct diag *diag) PCONC_CHECKED;
void work_free(struct work *work); /* NULL is fine; not while a pool uses it */

/* What one run over all jobs came to. */
struct tally {
    int64_t done;          /* jobs that returned 0 */
    uint64_t index_sum;    /* sum of their i, modulo 2^64 */
    int64_t failed;        /* jobs that returned anything else */
    int64_t failed_job;    /* one of them, the lowest i seen, if failed > 0 */
    int failed_code;       /* what it returned */
    char failed_text[256]; /* what it told task_fail(), or "" */
};

/* The outcome of the last pool_run, for verifying. Valid until the next run or work_free. */
struct outcome work_outcome(const struct work *work, const struct tally *tally);

/* What a pool is asked to run by pool_submit (pconc/future.h). Reads `argument`, aligned to 16, and
 * writes the pool's calls.result_size bytes to `result`, zeroed before. 0, or a negative errno
 * after task_fail(). */
typedef int call_function(struct task *task, const void *argument, void *result);

/* The calls that a pool takes one by one. */
struct call_options {
    call_function *const *functions; /* that can be called, ended by NULL; borrowed. Needed with
                                        EXECUTOR_FORKS; else NULL allows every function */
    size_t argument_size;            /* bytes of the largest argument, up to CALL_SIZE_MAX */
    size_t result_size;              /* bytes of every result, up to CALL_SIZE_MAX */
    int64_t pending;                 /* calls that may be submitted and not ended or not freed;
                                        0: none, the pool takes no calls */
};

#define CALL_SIZE_MAX 4096

struct pool_options {
    struct work *work;               /* for pool_run; borrowed until pool_close. NULL: none */
    int workers;                     /* where there is no `work`, which says it otherwise */
    const union param_value *params; /* by index into the executor's table; NULL: its defaults */
    struct call_options calls;

    /* Called once by each worker before it counts as ready, in its own thread or process (for
     * executors without any, in the opener). 0, or why the pool cannot open. NULL: nothing. */
    int (*begin_worker)(void *context, int worker, struct diag *diag);
    void *context; /* for begin_worker; borrowed until pool_open returns */
};

struct pool;

/* Starts the workers and returns when every one of them is ready. By the thread to which the pool
 * belongs from then on, and which closes it. On failure nothing is left running, and the sentence
 * names the limit that refused: -EINVAL: a number of workers or calls that the executor cannot
 * have, or no list of functions where it needs one; -E2BIG: too large arguments or results; -EBUSY:
 * worker processes from a program that runs threads; -EAGAIN, -ENOMEM, -EMFILE, -ENFILE: no threads
 * or processes, memory, descriptors; -EOWNERDEAD: a worker process died; -ENOTSUP: an executor that
 * takes no calls; or what begin_worker returned. */
int pool_open(const struct executor *executor, const struct pool_options *options,
    struct pool **ret_pool, struct diag *diag) PCONC_CHECKED;

/* Runs every job once, and returns when all have ended. By the opener. 0 if all were tried: jobs
 * that failed are counted in *ret_tally. -EINVAL: the pool was opened without jobs; -EDEADLK: a job
 * or call of the pool asks. Any other negative errno: the pool broke (-EOWNERDEAD: a worker process
 * died, or it was broken before; -ENOMEM: for its tasks), so close it. Its futures end then: those
 * that are queued or wait fail with -EOWNERDEAD. */
int pool_run(struct pool *pool, struct tally *ret_tally, struct diag *diag) PCONC_CHECKED;

/* The processes that run jobs beside the caller's own (none unless EXECUTOR_FORKS). Borrowed until
 * pool_close. By the opener. */
size_t pool_processes(const struct pool *pool, const pid_t **ret_pids);

/* Takes no more calls, waits until all that were submitted have ended (pool_shutdown(pool, true)
 * before it: only those that run), stops and joins the workers and frees the pool, broken or not.
 * NULL is fine. By the opener, from outside of the pool's jobs and calls (-EDEADLK, and it stays
 * open), and when nobody is in a function that was given the pool; others may still wait for its
 * futures. 0, or with the pool closed all the same -EOWNERDEAD: it broke while it had calls, or a
 * worker process has died unnoticed. */
int pool_close(struct pool *pool, struct diag *diag);

#endif
