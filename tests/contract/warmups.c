/* SPDX-License-Identifier: MIT */
/* Warm-up under every executor: how many untimed runs a sample makes is what it says it made. */
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>

#include "checks.h"
#include "clock.h"
#include "settle.h"
#include "steady.h"
#include "trial.h"

enum { JOBS = 4, WORKERS = 2, PASSES = 2, COLD_RUNS = 5 };

/* Of the trial under way. Worker processes share it. */
struct counts {
    _Atomic int64_t jobs;
    int64_t first_ns; /* how long each job of the first run sleeps */
};

static struct counts *counts;

/* The first runs compute more than the others. */
static int count_job(void *state, int64_t i, struct task *task, void *result) {
    int64_t run = atomic_fetch_add(&counts->jobs, 1) / JOBS;
    volatile uint64_t sum = 0;
    (void)state;
    (void)task;
    (void)result;
    for (int64_t n = run < COLD_RUNS ? 100000 >> run : 1000; n > 0; n--)
        sum += (uint64_t)(n + i);
    (void)sum;
    if (run == 0 && counts->first_ns > 0)
        clock_sleep_until(clock_now_ns() + counts->first_ns);
    return 0;
}

static const struct workload counting = {
    .name = "counting", .summary = "counts its jobs", .default_jobs = 1, .job = count_job};

static void expect(bool ok, const struct trial *trial, const char *what) {
    char id[128];
    snprintf(id, sizeof(id), "%s with warmup %d", trial->executor->name, trial->warmup);
    report(ok, id, what);
}

static struct sample try_out(
    const struct executor *executor, int warmup, int64_t first_ns, struct trial *ret_trial) {
    static union param_value pool[PARAMS_MAX];
    struct sample sample = {0};
    struct diag diag = {0};
    int64_t passes;

    *ret_trial = (struct trial){.workload = &counting,
        .executor = executor,
        .pool = pool,
        .workers = executor->max_workers < WORKERS ? executor->max_workers : WORKERS,
        .jobs = JOBS,
        .seed = 1,
        .warmup = warmup,
        .passes = PASSES};
    atomic_store(&counts->jobs, 0);
    counts->first_ns = first_ns;
    settle_threads(); /* no threads may be left when worker processes are forked */
    int code = params_defaults(executor->params, 0, pool, &diag);
    if (code == 0)
        code = trial_run(ret_trial, &sample, &passes, &diag);
    expect(code == 0, ret_trial, diag.text);
    expect(atomic_load(&counts->jobs) == JOBS * (sample.warmup_runs + PASSES), ret_trial,
        "the runs are not those of warm-up and the timed ones");
    return sample;
}

static void check_executor(const struct executor *executor) {
    static const int numbers[] = {0, 1, 7};
    struct trial trial;
    struct sample sample;

    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
        sample = try_out(executor, numbers[i], 0, &trial);
        expect(sample.warmup_runs == numbers[i], &trial, "another number of untimed runs");
        expect((sample.warmup_ns > 0) == (numbers[i] > 0), &trial, "a wrong time of warm-up");
        expect(!sample.unsteady, &trial, "unsteady, though warm-up was a number");
    }
    sample = try_out(executor, WARMUP_AUTO, 0, &trial);
    /* A busy machine may make the first run a long one. */
    expect(sample.warmup_runs >= 2 || sample.warmup_ns >= STEADY_BOUND_NS, &trial,
        "too few untimed runs");
    expect(sample.warmup_ns >= STEADY_LEVEL_NS, &trial, "a warm-up without a level");
    sample = try_out(executor, WARMUP_AUTO, STEADY_BOUND_NS, &trial);
    expect(sample.warmup_runs == 1, &trial, "a second untimed run after a long one");
}

int main(void) {
    counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (counts == MAP_FAILED)
        return 2;
    for (const struct executor *const *at = executors(); *at; at++)
        check_executor(*at);
    return report_end();
}
