/* SPDX-License-Identifier: MIT */
#ifndef POOL_WORK_H
#define POOL_WORK_H

#include <pconc/executor.h>
#include <pconc/loop.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "cpus.h"

/*
 * The job set of a pool: the jobs, which of them are claimed, and their results. It is one mapping
 * that worker processes share with their parent. Each worker writes on its own cache lines; tallies
 * and folded results are added up after the run.
 */

/* Guard bytes behind each result, at least. No job may write to them. */
#define GUARD_SIZE ((size_t)8)

#define SLOT_ALIGNMENT 16 /* alignment that struct workload promises */

/* Each job has a slot if all slots together have at most this many bytes. */
#define SLOTS_MAX ((size_t)64 << 20)

#define SLOW_KEPT 32 /* of each loop; further ones are only counted */

/* Records of an event loop. */
struct loop_notes {
    int64_t busy_ns;    /* of runs, without the waits for a ready task */
    int64_t slow_count; /* times that a task held its loop for longer than options.slow_ns */
    struct slow_task slow[SLOW_KEPT]; /* the longest of them, the longest first, a job once */
};

/* What jobs have left behind in a worker process when it stops. */
struct worker_left {
    bool descriptor; /* opened since the end of its first pass */
    bool child;      /* not waited for */
    int64_t heap;    /* bytes since then (base/heap.h) */
};

/* Members that other workers read during a run are on separate cache lines. */
struct worker { /* NOLINT(clang-analyzer-optin.performance.Padding) */
    /* The range of jobs that this worker claims one by one: the first in the low half, the end in
     * the high half. Other workers steal from the end; see work_claim_single. */
    _Alignas(CACHE_LINE) _Atomic uint64_t range;
    struct work *work;
    unsigned char *folded; /* this worker's folded result; NULL: results stay in slots */
    int index;
    struct worker_left left;                 /* of all runs, if it is a process that has ended */
    _Alignas(CACHE_LINE) struct tally tally; /* of this run; only the worker writes it */
    int64_t noted_job;                       /* the job of tally.failed_text; INT64_MAX: none */
    int64_t overrun_job;     /* a job that wrote beyond its result, which was folded; -1: none */
    struct loop_notes notes; /* of all runs, if it is an event loop */
};

/*
 * An open loop: jobs start at times of their own, whatever the state of the pool (work_pace). The
 * times ascend with the jobs, so that workers that claim jobs in order, one at a time, wait for the
 * earliest times: a worker that waits holds back no job that is due. Waiting is a sleep of the
 * job's task, which suspends a coroutine and blocks a thread.
 */
struct work_pace {
    const int64_t *due_ns; /* of each job, from the start of a pass; NULL: jobs start at once */
    int64_t begun_ns;      /* the start of this pass */
    int (*job)(void *context, int64_t i, struct task *task, void *result); /* the caller's */
    void *context;
};

struct work {
    struct work_options options;
    struct work_pace pace;
    struct worker *workers; /* options.workers of them */
    unsigned char *slots;   /* options.jobs of them; NULL: none, or folded */
    size_t stride;          /* bytes from slot to slot, a multiple of the cache line; 0: no slots.
                               The rest behind a result is guarded */
    unsigned char *folded;  /* the sum of all workers' folded results, after a run */
    size_t mapped;          /* bytes of this mapping */
    bool may_spin;          /* each waiting worker and the opener have a CPU */
    _Alignas(CACHE_LINE) _Atomic int64_t next; /* the first unclaimed job */
    _Alignas(CACHE_LINE) char end[];
};

/* Makes all jobs unclaimed and all tallies empty. Only while no worker runs. */
void work_reset(struct work *work);

/* From the next pass on, job i starts due_ns[i] after the start of its pass, or as soon after that
 * as a worker is free. `due_ns` ascends, is in memory that worker processes share, and outlives its
 * use here. NULL: jobs start as soon as a worker is free, as they do without this call. Only while
 * no worker runs. */
void work_pace(struct work *work, const int64_t *due_ns);

/* When a job of a paced job set is due. */
static inline int64_t work_due_ns(const struct work *work, int64_t job) {
    return work->pace.begun_ns + work->pace.due_ns[job];
}

/* Sleeps until then. 0, or as task_sleep. */
int work_await_due(const struct work *work, struct task *task, int64_t job) PCONC_CHECKED;

/* The jobs that a worker claims at a time, where its parameter says `chunk`. */
static inline int64_t work_chunk(const struct work *work, int64_t chunk) {
    return work->pace.due_ns ? 1 : chunk;
}

/* The sum of all workers' tallies, and their folded results into work->folded. After a run. */
struct tally work_collect(struct work *work);

/* -EFAULT, with the job, if a job has written beyond its result since work_new. Checks the guard
 * bytes of every result. Not while a worker runs. */
int work_check_guards(const struct work *work, struct diag *diag) PCONC_CHECKED;

/* Adds one to the slow tasks; its held_ns is above 0. */
void notes_add_slow(struct loop_notes *notes, const struct slow_task *slow);

/* Of all workers together. After a run. */
struct loop_notes work_notes(const struct work *work);

/* Claims up to `chunk` jobs, from *first to *last - 1; chunk 0: a suitable number
 * (work_claim_guided). False: all jobs are claimed. Any number of workers may call it at once. */
static inline bool work_claim(struct work *work, int64_t chunk, int64_t *first, int64_t *last);
bool work_claim_guided(struct work *work, int64_t *first, int64_t *last);

/* Claims one job, for a worker that claims all its jobs in this way: the next one of its range. If
 * its range is empty, it first steals half the range of another worker. A worker holds at most one
 * claimed job, and writes only on its own cache line until its range is empty. Requires
 * work_has_ranges. -1: no job is left. */
int64_t work_claim_single(struct work *work, struct worker *worker);

/* Whether the numbers of two jobs fit into one word. */
static inline bool work_has_ranges(const struct work *work) {
    return work->options.jobs <= INT32_MAX;
}

/* Claims and runs jobs one by one until none is left. */
void worker_run_singly(struct worker *worker, struct task *task);

/* Runs the jobs first..last-1 one after another on `task`, whose worker is `worker`. */
void worker_run(struct worker *worker, struct task *task, int64_t first, int64_t last);

/* Runs one job that may be suspended while others of the same worker run. */
void worker_run_one(struct worker *worker, struct task *task, int64_t job);

/* Runs the job of `task` with `scratch` for its result, and folds that. `scratch` is aligned like a
 * result and has GUARD_SIZE more bytes. Returns the job's code. */
int worker_fold_one(struct worker *worker, struct task *task, unsigned char *scratch);

/* Counts the job of `task`, which returned `code`. */
void worker_count(struct worker *worker, struct task *task, int code);

/* Keeps the message of a failed job; of several, that of the lowest job. */
void worker_note_failure(struct worker *worker, int64_t job, const char *text);

static inline bool work_claim(struct work *work, int64_t chunk, int64_t *first, int64_t *last) {
    if (chunk == 0)
        return work_claim_guided(work, first, last);
    int64_t jobs = work->options.jobs;
    /* The load first keeps `next` from growing when many workers find no job. */
    if (atomic_load_explicit(&work->next, memory_order_relaxed) >= jobs)
        return false;
    int64_t from = atomic_fetch_add_explicit(&work->next, chunk, memory_order_relaxed);
    if (from >= jobs)
        return false;
    *first = from;
    *last = jobs - from > chunk ? from + chunk : jobs;
    return true;
}

#endif
