/* SPDX-License-Identifier: MIT */
/* Latencies of single jobs under every executor: every job is recorded once, and its time is
 * divided into waiting, running and suspended. */
#include <errno.h>
#include <pconc/sync.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checks.h"
#include "settle.h"
#include "trial.h"
#include "workloads.h"

enum { JOBS = 6, WORKERS = 2, PASSES = 3 };

static void expect(bool ok, const struct trial *trial, const char *what) {
    char id[128];
    snprintf(id, sizeof(id), "%s/%s", trial->workload->name, trial->executor->name);
    report(ok, id, what);
}

/* Of a workload with its test values. */
static struct sample try_out(
    const char *name, const struct executor *executor, bool latency, struct trial *ret_trial) {
    static union param_value params[PARAMS_MAX], pool[PARAMS_MAX];
    struct sample sample = {0};
    struct diag diag = {0};
    int64_t passes;

    *ret_trial = (struct trial){.workload = workload_find(workloads, name),
        .params = params,
        .executor = executor,
        .pool = pool,
        .workers = executor->max_workers < WORKERS ? executor->max_workers : WORKERS,
        .jobs = JOBS,
        .seed = 1,
        .warmup = 2,
        .passes = PASSES,
        .latency = latency};
    settle_threads(); /* no threads may be left when worker processes are forked */
    int code = params_defaults(ret_trial->workload->params, 1, params, &diag);
    if (code == 0)
        code = params_defaults(executor->params, 0, pool, &diag);
    if (code == 0)
        code = trial_run(ret_trial, &sample, &passes, &diag);
    expect(code == 0, ret_trial, diag.text);
    return sample;
}

/* Warm-up passes are not recorded. */
static void check_counts(const struct executor *executor) {
    struct trial trial;
    struct sample sample = try_out("noop", executor, true, &trial);
    const struct latency *latency = &sample.latency;

    expect(latency->jobs == JOBS * PASSES, &trial, "not every timed job was recorded once");
    expect(latency->recording_ns > 0, &trial, "recording costs nothing");
    expect(latency->p50_ns <= latency->p90_ns && latency->p99_ns <= latency->p999_ns
            && latency->p999_ns <= latency->max_ns,
        &trial, "percentiles are not in order");
    expect((double)latency->max_ns <= sample.run_ns * PASSES, &trial,
        "a job took longer than all runs together");
    expect(latency->suspended_ns == 0, &trial, "empty jobs were suspended");
    sample = try_out("noop", executor, false, &trial);
    expect(sample.latency.jobs == 0, &trial, "recorded though nobody asked");
}

/* At least the duration of a sleep counts as suspended, under every executor. */
static void check_parts(const struct executor *executor) {
    struct trial trial;
    struct sample sample = try_out("sleep", executor, true, &trial);
    const struct latency *latency = &sample.latency;
    int at = params_find(trial.workload->params, "duration");
    double duration_ns = (double)trial.params[at].number;
    double mean_ns = latency->waiting_ns + latency->running_ns + latency->suspended_ns;

    expect(latency->suspended_ns >= duration_ns, &trial, "suspended for less than it slept");
    expect(latency->running_ns > 0, &trial, "ran for no time");
    expect(latency->waiting_ns >= 0, &trial, "waited for less than nothing");
    expect(mean_ns <= (double)latency->max_ns, &trial, "the parts are more than the whole");
    expect((double)latency->p50_ns >= 0.99 * duration_ns, &trial, "jobs ended before their sleep");
    /* One after another: on average, a job waits for half of the others. */
    if (strcmp(executor->name, "serial") == 0)
        expect(latency->waiting_ns >= (JOBS - 1) / 2.0 * duration_ns, &trial,
            "did not wait for those before it");
}

#define CHILD_SLEEP_NS INT64_C(2000000)

/* A semaphore and a queue for the tasks that a job starts. */
struct child {
    struct task_semaphore permits;
    struct task_queue items;
};

static int sleep_and_give(struct task *task, void *arg) {
    struct child *child = arg;
    int code = task_sleep(task, CHILD_SLEEP_NS);
    task_semaphore_give(&child->permits);
    return code;
}

static int sleep_and_put(struct task *task, void *arg) {
    struct child *child = arg;
    int code = task_sleep(task, CHILD_SLEEP_NS);
    return code < 0 ? code : task_queue_put(task, &child->items, child, TASK_FOREVER);
}

/* On the heap: stacks may be shared. Waits three times: for a permit, an item and a task. */
static int wait_thrice(void *context, int64_t i, struct task *task, void *result) {
    struct child *child = calloc(1, sizeof(*child));
    struct task *first, *second, *third;
    void *item;
    (void)context;
    (void)i;
    (void)result;
    int code = child ? task_queue_init(&child->items, 1) : -ENOMEM;
    if (code == 0)
        code = task_spawn(task, sleep_and_give, child, &first);
    if (code == 0)
        code = task_semaphore_take(task, &child->permits, TASK_FOREVER);
    if (code == 0)
        code = task_await(task, first);
    if (code == 0)
        code = task_spawn(task, sleep_and_put, child, &second);
    if (code == 0)
        code = task_queue_get(task, &child->items, TASK_FOREVER, &item);
    if (code == 0)
        code = task_await(task, second);
    if (code == 0)
        code = task_spawn(task, sleep_and_give, child, &third);
    if (code == 0)
        code = task_await(task, third);
    if (child)
        task_queue_release(&child->items);
    free(child);
    return code;
}

static const struct workload waiting = {
    .name = "waiting", .summary = "waits for its own tasks", .default_jobs = 1, .job = wait_thrice};

/* Waiting for others is suspension too. */
static void check_waits(const struct executor *executor) {
    static union param_value pool[PARAMS_MAX];
    struct trial trial = {.workload = &waiting,
        .executor = executor,
        .pool = pool,
        .workers = executor->max_workers < WORKERS ? executor->max_workers : WORKERS,
        .jobs = JOBS,
        .seed = 1,
        .passes = 1,
        .latency = true};
    struct sample sample = {0};
    struct diag diag = {0};
    int64_t passes;

    if (!(executor->capabilities & EXECUTOR_SPAWNS))
        return;
    int code = params_defaults(executor->params, 0, pool, &diag);
    if (code == 0)
        code = trial_run(&trial, &sample, &passes, &diag);
    expect(code == 0, &trial, diag.text);
    expect(sample.latency.suspended_ns >= 3 * (double)CHILD_SLEEP_NS, &trial,
        "waited for others, and not as suspended");
}

int main(void) {
    for (const struct executor *const *at = executors(); *at; at++) {
        check_counts(*at);
        check_parts(*at);
        check_waits(*at);
    }
    return report_end();
}
