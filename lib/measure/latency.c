/* SPDX-License-Identifier: MIT */
#include "latency.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "clock.h"
#include "histogram.h"
#include "pool_task.h"
#include "refusal.h"

/* More than one thread may run jobs for one worker. */
#define SPARE_RECORDERS 4

/* The cost of a recording is the mean of this many. */
#define COST_JOBS 4096

/* Over jobs. */
struct sums {
    int64_t waiting_ns, suspended_ns, total_ns;
    int64_t late, backlog;           /* as in struct latency; backlog is the largest */
    int64_t last_jobs, last_late_ns; /* of the last tenth of each pass: jobs, and how much they
                                        started after they were due */
};

/* What one thread has seen; written by it alone, read when no worker runs. */
struct recorder {
    struct histogram histogram;
    struct sums sums;
    struct task_ops timed; /* in the place of `real` while a job runs */
    const struct task_ops *real;
} __attribute__((aligned(64)));

struct latency_watch {
    int (*job)(void *context, int64_t i, struct task *task, void *result);
    void *context;
    int64_t submitted_ns;
    const struct work *paced; /* NULL: all jobs of a pass were submitted at its start */
    double cost_ns;           /* of recording a job */
    size_t mapped, room;
    _Atomic size_t claimed;
    _Atomic int64_t lost;       /* jobs of threads for which there was no recorder */
    struct recorder *recorders; /* `room` of them, behind this */
};

/* This thread's, of the only watch of the process. A fork happens before any job has run. */
static _Thread_local struct recorder *own;
static _Thread_local const struct latency_watch *own_watch;

static struct recorder *claim_recorder(struct latency_watch *watch) {
    size_t index = atomic_fetch_add_explicit(&watch->claimed, 1, memory_order_relaxed);

    own_watch = watch;
    own = index < watch->room ? &watch->recorders[index] : NULL;
    return own;
}

static inline struct recorder *own_recorder(struct latency_watch *watch) {
    return own_watch == watch ? own : claim_recorder(watch);
}

/* The timed operations: a task is suspended, or its thread blocked, from the call to its end. A
 * task stays on its thread. */
static int timed_sleep_until(struct task *task, int64_t deadline_ns) {
    int64_t start_ns = clock_now_ns();
    int code = own->real->sleep_until(task, deadline_ns);
    own->sums.suspended_ns += clock_now_ns() - start_ns;
    return code;
}

static int timed_yield(struct task *task) {
    int64_t start_ns = clock_now_ns();
    int code = own->real->yield(task);
    own->sums.suspended_ns += clock_now_ns() - start_ns;
    return code;
}

static int timed_wait_fd(struct task *task, int fd, int events, int64_t deadline_ns) {
    int64_t start_ns = clock_now_ns();
    int code = own->real->wait_fd(task, fd, events, deadline_ns);
    own->sums.suspended_ns += clock_now_ns() - start_ns;
    return code;
}

static int timed_block(struct task *task, int (*fn)(void *arg), void *arg) {
    int64_t start_ns = clock_now_ns();
    int code = own->real->block(task, fn, arg);
    own->sums.suspended_ns += clock_now_ns() - start_ns;
    return code;
}

static void timed_waited(struct task *task, int64_t start_ns) {
    (void)task;
    own->sums.suspended_ns += clock_now_ns() - start_ns;
}

/* All jobs of a thread have tasks of one kind. */
static void learn_ops(struct recorder *recorder, const struct task_ops *real) {
    recorder->real = real;
    recorder->timed = *real;
    recorder->timed.sleep_until = timed_sleep_until;
    recorder->timed.yield = timed_yield;
    recorder->timed.wait_fd = timed_wait_fd;
    recorder->timed.block = timed_block;
    recorder->timed.waited = timed_waited;
}

/* How many jobs after `job` are due at `now_ns`. */
static int64_t count_due(const struct work *work, int64_t job, int64_t now_ns) {
    int64_t first = job + 1, end = work->options.jobs;

    while (first < end) {
        int64_t middle = first + (end - first) / 2;
        if (work_due_ns(work, middle) <= now_ns)
            first = middle + 1;
        else
            end = middle;
    }
    return first - job - 1;
}

/* A job of an open loop starts. */
static void note_start(
    struct recorder *recorder, const struct work *work, int64_t job, int64_t start_ns) {
    int64_t late_ns = start_ns - work_due_ns(work, job);

    if (job >= work->options.jobs - (work->options.jobs + 9) / 10) {
        recorder->sums.last_jobs++;
        recorder->sums.last_late_ns += late_ns;
    }
    if (late_ns <= LATE_NS)
        return;
    recorder->sums.late++;
    int64_t backlog = count_due(work, job, start_ns) + 1;
    if (backlog > recorder->sums.backlog)
        recorder->sums.backlog = backlog;
}

static int timed_job(void *context, int64_t i, struct task *task, void *result) {
    struct latency_watch *watch = context;
    struct recorder *recorder = own_recorder(watch);
    const struct task_ops *real = task->ops;
    const struct work *paced = watch->paced;
    int64_t start_ns = clock_now_ns();
    int64_t submitted_ns = paced ? work_due_ns(paced, i) : watch->submitted_ns;

    if (!recorder) {
        atomic_fetch_add_explicit(&watch->lost, 1, memory_order_relaxed);
        return watch->job(watch->context, i, task, result);
    }
    if (paced)
        note_start(recorder, paced, i, start_ns);
    if (recorder->real != real && !recorder->real)
        learn_ops(recorder, real);
    if (recorder->real == real)
        task->ops = &recorder->timed;
    int code = watch->job(watch->context, i, task, result);
    task->ops = real;
    int64_t total_ns = clock_now_ns() - submitted_ns;
    recorder->sums.waiting_ns += start_ns - submitted_ns;
    recorder->sums.total_ns += total_ns;
    histogram_add(&recorder->histogram, total_ns);
    return code;
}

static int nothing(void *context, int64_t i, struct task *task, void *result) {
    (void)context;
    (void)i;
    (void)task;
    (void)result;
    return 0;
}

/* Times the recording of empty jobs, in this thread, before there are workers. */
static void measure_cost(struct latency_watch *watch) {
    struct latency_watch probe = *watch;
    struct task task = {.ops = &pool_task_ops};

    probe.job = nothing;
    probe.submitted_ns = clock_now_ns();
    for (int64_t i = 0; i < COST_JOBS; i++)
        (void)timed_job(&probe, i, &task, NULL);
    watch->cost_ns = (double)(clock_now_ns() - probe.submitted_ns) / COST_JOBS;
    own = NULL;
    own_watch = NULL;
    memset(watch->recorders, 0, sizeof(*watch->recorders));
}

int latency_new(const struct work_options *work, struct latency_watch **ret_watch,
    struct work_options *ret_work, struct diag *diag) {
    size_t room = (size_t)work->workers + SPARE_RECORDERS;
    size_t head = (sizeof(struct latency_watch) + 63) / 64 * 64;
    size_t mapped = head + room * sizeof(struct recorder);
    char *base = mmap(
        NULL, mapped, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

    if (base == MAP_FAILED)
        return refused_memory(diag, errno, mapped, "the latencies");
    struct latency_watch *watch = (struct latency_watch *)base;
    watch->job = work->job;
    watch->context = work->context;
    watch->mapped = mapped;
    watch->room = room;
    watch->recorders = (struct recorder *)(base + head);
    measure_cost(watch);
    *ret_work = *work;
    ret_work->job = timed_job;
    ret_work->context = watch;
    *ret_watch = watch;
    return 0;
}

void latency_free(struct latency_watch *watch) {
    if (!watch)
        return;
    if (own_watch == watch)
        own_watch = NULL;
    munmap(watch, watch->mapped);
}

void latency_pace(struct latency_watch *watch, const struct work *work) {
    watch->paced = work;
}

void latency_submit(struct latency_watch *watch) {
    watch->submitted_ns = clock_now_ns();
}

void latency_reset(struct latency_watch *watch) {
    atomic_store_explicit(&watch->lost, 0, memory_order_relaxed);
    for (size_t i = 0; i < watch->room; i++) {
        struct recorder *recorder = &watch->recorders[i];
        memset(&recorder->histogram, 0, sizeof(recorder->histogram));
        recorder->sums = (struct sums){0};
    }
}

/* 42 KiB that must not lie on a stack. */
static struct histogram all;

static struct sums sum_up(const struct latency_watch *watch) {
    struct sums sum = {0};

    memset(&all, 0, sizeof(all));
    for (size_t i = 0; i < watch->room; i++) {
        const struct recorder *recorder = &watch->recorders[i];
        histogram_merge(&all, &recorder->histogram);
        sum.waiting_ns += recorder->sums.waiting_ns;
        sum.suspended_ns += recorder->sums.suspended_ns;
        sum.total_ns += recorder->sums.total_ns;
        sum.late += recorder->sums.late;
        sum.last_jobs += recorder->sums.last_jobs;
        sum.last_late_ns += recorder->sums.last_late_ns;
        if (recorder->sums.backlog > sum.backlog)
            sum.backlog = recorder->sums.backlog;
    }
    return sum;
}

struct latency latency_collect(const struct latency_watch *watch) {
    struct sums sum = sum_up(watch);
    double count = all.count > 0 ? (double)all.count : 1;
    return (struct latency){
        .jobs = all.count,
        .p50_ns = histogram_percentile(&all, 0.5),
        .p90_ns = histogram_percentile(&all, 0.9),
        .p99_ns = histogram_percentile(&all, 0.99),
        .p999_ns = histogram_percentile(&all, 0.999),
        .max_ns = all.max,
        .waiting_ns = (double)sum.waiting_ns / count,
        .running_ns = (double)(sum.total_ns - sum.waiting_ns - sum.suspended_ns) / count,
        .suspended_ns = (double)sum.suspended_ns / count,
        .recording_ns = watch->cost_ns,
        .late = sum.late,
        .backlog = sum.backlog,
        .last_late_ns = sum.last_jobs > 0 ? (double)sum.last_late_ns / (double)sum.last_jobs : 0,
        .lost = atomic_load_explicit(&watch->lost, memory_order_relaxed),
    };
}
