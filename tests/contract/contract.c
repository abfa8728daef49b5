/* SPDX-License-Identifier: MIT */
/*
 * The contract between every executor and every workload: all jobs run once, their results verify,
 * nothing is left behind. It loops over both lists, so that it also tests new executors and
 * workloads. It uses no test framework, because Criterion aborts under ThreadSanitizer.
 *
 *     contract [NAME...]      only with these executors or workloads
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checks.h"
#include "sanitizers.h"
#include "schedstats.h"
#include "settle.h"
#include "trial.h"
#include "workloads.h"

#if defined(WITH_ASAN) || defined(WITH_TSAN)
#define MANY 200 /* with a sanitizer, as slow as a thousand without */
#else
#define MANY 1000
#endif

static const int64_t job_counts[] = {0, 1, 2, MANY};
static const int worker_counts[] = {1, 2, 7};

#define PROGRAMS_MAX 40

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* A closed pool must not leave these behind. */
static bool nothing_left(size_t descriptors_before) {
    return settle_threads() == 1 && count_entries("/proc/self/fd") == descriptors_before
        && !footprint_now().children;
}

/* Whether the kernel counts how long a thread waits for a CPU. */
static bool kernel_counts_waits(void) {
    struct thread_list own = {0};
    thread_list_add(&own, getpid(), 0);
    bool counts = own.count > 0 && own.items[0].waited_ns >= 0;
    thread_list_release(&own);
    return counts;
}

/* What a kernel counts is known of every sample, and what it does not count of none. */
static bool has_counters(const struct sample *sample, int64_t passes) {
    const struct timed *timed = &sample->timed;
    bool counts = kernel_counts_waits();
    return (double)timed->elapsed_ns >= (double)passes * sample->run_ns
        && (timed->no_cpu_ns >= 0) == counts && (timed->timeslices >= 0) == counts
        && (timed->cpus_used >= 0) == counts;
}

static void check_trial(const struct workload *workload, const struct executor *executor,
    const union param_value *params, const union param_value *pool, int workers, int64_t jobs) {
    struct trial trial = {.workload = workload,
        .params = params,
        .executor = executor,
        .pool = pool,
        .workers = workers,
        .jobs = jobs,
        .seed = 1,
        .warmup = 1,
        .passes = 2};
    struct sample sample;
    int64_t passes = 0;
    struct diag diag = {0};
    char what[256];
    snprintf(what, sizeof(what), "%s/%s/%d with %" PRId64 " jobs", workload->name, executor->name,
        workers, jobs);

    size_t descriptors = count_entries("/proc/self/fd");
    int code = trial_run(&trial, &sample, &passes, &diag);
    report(code == 0, what, diag.text);
    report(code != 0
            || (passes == 2 && sample.errors == 0 && sample.startup_ns > 0 && sample.run_ns > 0
                && sample.shutdown_ns >= 0),
        what, "the sample lacks a figure");
    report(code != 0 || has_counters(&sample, passes), what, "the sample lacks a counter");
    report(nothing_left(descriptors), what, "descriptors, threads or processes are left");
}

/* Starting a program takes a thousand times as long as a job. */
static int64_t jobs_for(const struct workload *workload, int64_t jobs) {
    return workload->runs_commands && jobs > PROGRAMS_MAX ? PROGRAMS_MAX : jobs;
}

/* Programs are awaited with pidfds, which valgrind does not support. */
static bool can_run(const struct workload *workload) {
    int pidfd = workload->runs_commands ? (int)syscall(SYS_pidfd_open, getpid(), 0) : 0;
    if (pidfd > 0)
        close(pidfd);
    return pidfd >= 0;
}

static void check_pair(const struct workload *workload, const struct executor *executor) {
    union param_value params[PARAMS_MAX], pool[PARAMS_MAX];
    struct diag diag = {0};
    if (!can_run(workload))
        return;
    if (params_defaults(workload->params, 1, params, &diag) < 0
        || params_defaults(executor->params, 1, pool, &diag) < 0) {
        report(false, workload->name, diag.text);
        return;
    }
    if (executor_lacks(executor, workload))
        return;
    for (size_t w = 0; w < COUNT(worker_counts); w++)
        for (size_t j = 0; j < COUNT(job_counts); j++)
            if (worker_counts[w] <= executor->max_workers)
                check_trial(workload, executor, params, pool, worker_counts[w],
                    jobs_for(workload, job_counts[j]));
    int shared = params_find(executor->params, "shared_stacks");
    if (shared < 0)
        return;
    pool[shared].number = 1;
    for (size_t j = 0; j < COUNT(job_counts); j++)
        check_trial(workload, executor, params, pool, executor->max_workers > 1 ? 3 : 1,
            jobs_for(workload, job_counts[j]));
}

/* A pool and its jobs. */
struct rig {
    struct work *work;
    struct pool *pool;
    struct tally tally;
    struct diag diag;
};

/* Opens a pool with these jobs, and runs them `runs` times or until a run fails. */
static int rig_run(
    struct rig *rig, const struct executor *executor, struct work_options jobs, int runs) {
    *rig = (struct rig){.work = NULL};
    int code = work_new(&jobs, &rig->work, &rig->diag);
    if (code == 0)
        code =
            pool_open(executor, &(struct pool_options){.work = rig->work}, &rig->pool, &rig->diag);
    for (int run = 0; code == 0 && run < runs; run++)
        code = pool_run(rig->pool, &rig->tally, &rig->diag);
    return code;
}

static int rig_close(struct rig *rig) {
    int code = pool_close(rig->pool, &rig->diag);
    work_free(rig->work);
    return code;
}

static int some_workers(const struct executor *executor) {
    return executor->max_workers > 1 ? 3 : 1;
}

/* Jobs that misbehave. */

static int odd_job_fails(void *context, int64_t i, struct task *task, void *result) {
    (void)context;
    (void)result;
    return i % 2 ? task_fail(task, -EIO, "job %" PRId64 " is odd", i) : 0;
}

static int fifth_job_dies(void *context, int64_t i, struct task *task, void *result) {
    (void)context;
    (void)task;
    (void)result;
    if (i == 5)
        raise(SIGKILL);
    return 0;
}

static int result_is_index(void *context, int64_t i, struct task *task, void *result) {
    (void)context;
    (void)task;
    *(int64_t *)result = i;
    return 0;
}

static void fold_sum(void *into, const void *from) {
    *(int64_t *)into += *(const int64_t *)from;
}

/* A pool runs all its jobs and counts the failing ones, with the first one's sentence. */
static void check_failing_jobs(const struct executor *executor) {
    struct rig rig;
    const struct tally *tally = &rig.tally;
    struct work_options jobs = {
        .jobs = 100, .workers = some_workers(executor), .job = odd_job_fails};
    int code = rig_run(&rig, executor, jobs, 2);
    report(code == 0 && tally->done == 50 && tally->failed == 50 && tally->failed_job == 1
            && tally->failed_code == -EIO && strcmp(tally->failed_text, "job 1 is odd") == 0,
        executor->name, "failing jobs are not counted, or the first one's sentence is lost");
    report(rig_close(&rig) == 0, executor->name, "a pool with failed jobs does not close");
}

/* A worker process that dies breaks the pool, with a message. Nothing hangs. */
static void check_dying_worker(const struct executor *executor) {
    struct rig rig;
    struct work_options jobs = {.jobs = 100, .workers = 2, .job = fifth_job_dies};
    int code = rig_run(&rig, executor, jobs, 1);
    report(code == -EOWNERDEAD && strstr(rig.diag.text, "signal 9"), executor->name, rig.diag.text);
    report(rig.pool && pool_run(rig.pool, &rig.tally, &rig.diag) == -EOWNERDEAD, executor->name,
        "a broken pool runs again");
    rig_close(&rig);
    report(!footprint_now().children, executor->name, "a broken pool leaves processes");
}

/* A worker that dies between the last run and the close is reported as well. */
static void check_worker_killed_while_idle(const struct executor *executor) {
    struct rig rig;
    const pid_t *pids;
    siginfo_t info;
    struct work_options jobs = {.jobs = 0, .workers = 2, .job = odd_job_fails};
    int code = rig_run(&rig, executor, jobs, 0);
    report(code == 0 && pool_processes(rig.pool, &pids) == 2, executor->name, rig.diag.text);
    if (code == 0) {
        kill(pids[1], SIGKILL);
        waitid(P_PID, (id_t)pids[1], &info, WEXITED | WNOWAIT);
    }
    code = rig_close(&rig);
    report(code == -EOWNERDEAD && strstr(rig.diag.text, "worker process 2"), executor->name,
        "a worker killed while idle is not told of");
    report(!footprint_now().children, executor->name, "closing leaves processes");
}

#ifndef WITH_TSAN
static void *wait_for_release(void *lock) {
    pthread_mutex_lock(lock);
    pthread_mutex_unlock(lock);
    return NULL;
}

/* A fork would copy the locks of other threads, so it is refused with a message. */
static void check_refuses_threads(const struct executor *executor) {
    struct rig rig;
    pthread_t thread;
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    if (pthread_create(&thread, NULL, wait_for_release, &lock) != 0)
        abort();
    struct work_options jobs = {.jobs = 1, .workers = 1, .job = odd_job_fails};
    int code = rig_run(&rig, executor, jobs, 0);
    report(code == -EBUSY && strstr(rig.diag.text, "2 threads"), executor->name,
        "opens from a program with threads");
    pthread_mutex_unlock(&lock);
    pthread_join(thread, NULL);
    rig_close(&rig);
}

/* Ends slowly: it has its own descriptor table, which the kernel frees after it has been joined. */
static void *end_slowly(void *arg) {
    (void)arg;
    if (unshare(CLONE_FILES) != 0)
        abort();
    for (int i = 0; i < 900; i++)
        (void)dup(STDERR_FILENO);
    return NULL;
}

/* Ended threads do not count, even if the kernel still lists them for a moment. */
static void check_opens_after_threads(const struct executor *executor) {
    bool opened = true;
    for (int round = 0; opened && round < 20; round++) {
        struct rig rig;
        pthread_t thread;
        if (pthread_create(&thread, NULL, end_slowly, NULL) != 0)
            abort();
        pthread_join(thread, NULL);
        struct work_options jobs = {.workers = 1, .job = odd_job_fails};
        opened = rig_run(&rig, executor, jobs, 0) == 0;
        rig_close(&rig);
    }
    report(opened, executor->name, "does not open right after a thread has ended");
}

#ifndef WITH_ASAN
static int count_faults(void *context, int64_t i, struct task *task, void *result) {
    struct rusage before, after;
    (void)context;
    (void)i;
    (void)task;
    getrusage(RUSAGE_SELF, &before);
    *(volatile int64_t *)result = -1;
    getrusage(RUSAGE_SELF, &after);
    *(int64_t *)result = after.ru_minflt - before.ru_minflt;
    return 0;
}

/* A worker touches the memory for results before it is ready, not in its first run. */
static void check_faults(const struct executor *executor) {
    struct rig rig;
    int64_t faults = 0;
    struct work_options jobs = {
        .jobs = 20000, .workers = 2, .result_size = sizeof(int64_t), .job = count_faults};
    int code = rig_run(&rig, executor, jobs, 1);
    struct outcome outcome = {0};
    if (code == 0)
        outcome = work_outcome(rig.work, &rig.tally);
    for (int64_t i = 0; i < outcome.jobs; i++)
        faults += *(const int64_t *)outcome_slot(&outcome, i);
    report(code == 0 && outcome.jobs > 0 && faults == 0, executor->name,
        "writing results for the first time faults");
    rig_close(&rig);
}
#endif
#endif

static int do_nothing(struct task *task, void *arg) {
    (void)task;
    (void)arg;
    return 0;
}

static int await_child(void *context, int64_t i, struct task *task, void *result) {
    (void)i;
    (void)result;
    struct task *child;
    int code = task_spawn(task, do_nothing, NULL, &child);
    if (code == 0)
        code = task_await(task, child);
    return code == *(const int *)context ? 0 : task_fail(task, -EIO, "spawning gave %d", code);
}

/* A job can start tasks if the executor says so; otherwise it gets an error. */
static void check_spawning(const struct executor *executor) {
    struct rig rig;
    int expected = executor->capabilities & EXECUTOR_SPAWNS ? 0 : -ENOTSUP;
    struct work_options jobs = {
        .jobs = 100, .workers = some_workers(executor), .job = await_child, .context = &expected};
    int code = rig_run(&rig, executor, jobs, 1);
    report(code == 0 && rig.tally.done == 100, executor->name, rig.tally.failed_text);
    rig_close(&rig);
}

/* Results are folded if there are too many for slots, each exactly once. */
static void check_folding(const struct executor *executor) {
    const int64_t count = 1100000; /* 64 bytes each, with their guards: more than 64 MiB */
    struct rig rig;
    struct work_options jobs = {.jobs = count,
        .workers = some_workers(executor),
        .result_size = 56,
        .job = result_is_index};
    report(rig_run(&rig, executor, jobs, 0) == -E2BIG, executor->name,
        "results without room are taken");
    jobs.merge = fold_sum;
    int code = rig_run(&rig, executor, jobs, 2);
    struct outcome outcome = {0};
    if (code == 0)
        outcome = work_outcome(rig.work, &rig.tally);
    report(code == 0 && outcome.merged && !outcome.slots
            && *(const int64_t *)outcome.merged == count * (count - 1) / 2,
        executor->name, "results are not folded, each exactly once");
    rig_close(&rig);
}

static void check_executor(const struct executor *executor, char **argv) {
    for (size_t i = 0; workloads[i]; i++)
        if (wanted(argv, executor->name) || wanted(argv, workloads[i]->name))
            check_pair(workloads[i], executor);
    if (!wanted(argv, executor->name))
        return;
    check_failing_jobs(executor);
    check_folding(executor);
    check_spawning(executor);
    if (executor->capabilities & EXECUTOR_FORKS) {
        check_dying_worker(executor);
        check_worker_killed_while_idle(executor);
#ifndef WITH_TSAN
        check_refuses_threads(executor);
        check_opens_after_threads(executor);
#ifndef WITH_ASAN
        check_faults(executor);
#endif
#endif
    }
}

int main(int argc, char **argv) {
    (void)argc;
    for (size_t i = 0; executors()[i]; i++)
        check_executor(executors()[i], argv);
    return report_end();
}
