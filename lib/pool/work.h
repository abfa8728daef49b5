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
 * The jobs of a pool, who has claimed which, and what came of them. All of it lies in one mapping
 * that worker processes share with their parent. Each worker writes on cache lines of its own;
 * tallies and folded results are put together after the run.
 */

/* Behind each result lie at least so many bytes that no job may write to. */
#define GUARD_SIZE ((size_t)8)

#define SLOT_ALIGNMENT 16 /* what struct workload promises of a result */

/* Slots are kept one per job up to this many bytes in all. */
#define SLOTS_MAX ((size_t)64 << 20)

#define SLOW_KEPT 32 /* of each loop; more are counted */

/* What event loops tell of themselves. */
struct loop_notes {
    int64_t busy_ns;    /* of runs, without waiting because no task was ready */
    int64_t slow_count; /* times that a task held its loop for longer than options.slow_ns */
    struct slow_task slow[SLOW_KEPT]; /* the longest of them, the longest first, a job once */
};

/* What a worker process found when it was told to stop, that jobs had left behind in it. */
struct worker_left {
    bool descriptor; /* opened since the end of its first round */
    bool child;      /* not waited for */
    int64_t heap;    /* bytes since then (base/heap.h) */
};

/* Whatever others look at while the worker runs lies on lines of its own. */
struct worker { /* NOLINT(clang-analyzer-optin.performance.Padding) */
    /* Jobs that are this worker's to claim one by one: the first in the low half, the end in the
     * high one. Others take from its back; see work_claim_single. */
    _Alignas(CACHE_LINE) _Atomic uint64_t range;
    struct work *work;
    unsigned char *folded; /* this worker's folded result; NULL: results stay in slots */
    int index;
    struct worker_left left;                 /* of all runs, where it is a process that has ended */
    _Alignas(CACHE_LINE) struct tally tally; /* of the run under way; written by the worker alone */
    int64_t noted_job;       /* whose sentence tally.failed_text is; INT64_MAX: nobody's */
    int64_t overrun_job;     /* one that wrote beyond its result before it was folded; -1: none */
    struct loop_notes notes; /* of all runs, where it is an event loop */
};

struct work {
    struct work_options options;
    struct worker *workers; /* options.workers of them */
    unsigned char *slots;   /* options.jobs of them; NULL: none, or folded */
    size_t stride;          /* bytes from slot to slot, a multiple of the cache line; 0: no slots.
                               What a result leaves of it is guarded */
    unsigned char *folded;  /* all workers' folded results together, after a run */
    size_t mapped;          /* bytes of this mapping */
    bool may_spin;          /* waiting workers and their starter each have a CPU to themselves */
    _Alignas(CACHE_LINE) _Atomic int64_t next; /* the first job nobody has claimed */
    _Alignas(CACHE_LINE) char end[];
};

/* Makes all jobs unclaimed and all tallies empty. Only while no worker runs. */
void work_reset(struct work *work);

/* The sum of all workers' tallies, and their folded results into work->folded. After a run. */
struct tally work_collect(struct work *work);

/* -EFAULT if a job has written beyond its result, which one, since work_new. Looks at the bytes
 * behind every result. Not while a worker runs. */
int work_check_guards(const struct work *work, struct diag *diag) PCONC_CHECKED;

/* Adds one to the slow tasks; its held_ns is above 0. */
void notes_add_slow(struct loop_notes *notes, const struct slow_task *slow);

/* Of all workers together. After a run. */
struct loop_notes work_notes(const struct work *work);

/* Claims up to `chunk` jobs, *first up to but not including *last; chunk 0: as many as suits
 * (work_claim_guided). False: all are claimed. Any number of workers may call at once. */
static inline bool work_claim(struct work *work, int64_t chunk, int64_t *first, int64_t *last);
bool work_claim_guided(struct work *work, int64_t *first, int64_t *last);

/* Claims one job, for a worker that claims all of a run so: the next of its own range, or where
 * that is empty half of somebody else's becomes its own. No worker holds more than one job that it
 * has claimed, and each writes on a cache line of its own until it runs out. Only where
 * work_has_ranges. -1: none is left. */
int64_t work_claim_single(struct work *work, struct worker *worker);

/* Whether the jobs are few enough for two of them to be named in one word. */
static inline bool work_has_ranges(const struct work *work) {
    return work->options.jobs <= INT32_MAX;
}

/* Claims and runs jobs one by one until none is left. */
void worker_run_singly(struct worker *worker, struct task *task);

/* Runs the jobs first..last-1 one after another on `task`, whose worker is `worker`. */
void worker_run(struct worker *worker, struct task *task, int64_t first, int64_t last);

/* Runs one job that may be suspended while others of the same worker run. */
void worker_run_one(struct worker *worker, struct task *task, int64_t job);

/* Runs the job of `task`, writing to `scratch`, of GUARD_SIZE bytes more than a result and aligned
 * as one, and folds that. What the job returned. */
int worker_fold_one(struct worker *worker, struct task *task, unsigned char *scratch);

/* Counts the job of `task`, which returned `code`. */
void worker_count(struct worker *worker, struct task *task, int code);

/* Keeps the sentence of a failing job, that of the lowest job if there are several. */
void worker_note_failure(struct worker *worker, int64_t job, const char *text);

static inline bool work_claim(struct work *work, int64_t chunk, int64_t *first, int64_t *last) {
    if (chunk == 0)
        return work_claim_guided(work, first, last);
    int64_t jobs = work->options.jobs;
    /* Looking first keeps `next` from running away while many workers find nothing left. */
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
