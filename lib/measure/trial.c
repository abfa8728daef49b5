/* SPDX-License-Identifier: MIT */
#include "trial.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "calibration.h"
#include "clock.h"
#include "heap.h"
#include "latency.h"
#include "leftovers.h"
#include "partners.h"
#include "pool.h"
#include "refusal.h"
#include "steady.h"
#include "usage.h"
#include "work.h"

/* Of random numbers; the workload and the order of rounds use others. */
#define ARRIVALS_STREAM (UINT64_C(1) << 62)

/* A trial under way. */
struct run_state {
    const struct trial *trial;
    struct work *work;
    struct latency_watch *watch; /* NULL: nobody asked */
    int64_t *due_ns;             /* of each job in an open loop; NULL: it is none */
    struct pool *pool;
    struct tally tally; /* of the last run */
    int64_t passes;
    struct memory_growth memory; /* of all runs but the warm-up, if there is one */
    struct leftovers after_setup;
    struct trial_growth growth;
    int64_t looking_ns; /* between opening the pool and closing it, in which counters were read */
    struct sample sample;
};

static int check_tally(struct run_state *run, struct diag *diag) {
    const struct tally *tally = &run->tally;
    int64_t jobs = run->trial->jobs;
    if (tally->failed > 0) {
        run->sample.errors = tally->failed;
        const char *text =
            tally->failed_text[0] ? tally->failed_text : strerror(abs(tally->failed_code));
        return diag_set(diag, -EIO,
            "%" PRId64 " of %" PRId64 " jobs failed, first job %" PRId64 ": %s", tally->failed,
            jobs, tally->failed_job, text);
    }
    uint64_t n = (uint64_t)jobs;
    uint64_t expected = n % 2 == 0 ? n / 2 * (n - 1) : (n - 1) / 2 * n; /* 0 + 1 + ... + n-1 */
    if (tally->done != jobs || tally->index_sum != expected)
        return diag_set(diag, -EBADMSG,
            "%s ran %" PRId64 " jobs instead of %" PRId64
            ", or some twice; this is a bug in the executor",
            run->trial->executor->name, tally->done, jobs);
    return 0;
}

/* `count` runs back to back; *ret_ns is how long they took together. */
static int run_passes(struct run_state *run, int64_t count, int64_t *ret_ns, struct diag *diag) {
    int64_t start_ns = clock_now_ns();
    for (int64_t i = 0; i < count; i++) {
        if (run->watch)
            latency_submit(run->watch);
        int code = pool_run(run->pool, &run->tally, diag);
        if (code == 0)
            code = check_tally(run, diag);
        if (code < 0)
            return code;
    }
    *ret_ns = clock_now_ns() - start_ns;
    return 0;
}

/* The untimed runs: the given number, or until they are steady. A run of an open loop is long, so
 * that its first jobs matter little: it has none unless they are asked for. */
static int warm_up(struct run_state *run, struct diag *diag) {
    struct sample *sample = &run->sample;
    struct steady steady = {0};
    enum steady_state state = STEADY_GOES_ON;
    int warmup = run->trial->warmup;
    if (warmup == WARMUP_AUTO && run->due_ns)
        return 0;
    while (warmup == WARMUP_AUTO ? state == STEADY_GOES_ON : sample->warmup_runs < warmup) {
        int64_t run_ns;
        int code = run_passes(run, 1, &run_ns, diag);
        if (code < 0)
            return code;
        sample->warmup_ns += run_ns;
        sample->warmup_runs++;
        state = steady_add(&steady, run_ns);
    }
    sample->unsteady = warmup == WARMUP_AUTO && state == STEADY_NOT_REACHED;
    return 0;
}

/* An interval is timed in this many parts, or one for each run. */
#define PARTS 10

/* `passes` runs back to back. Parts of k runs vary by a k-th of the variance of one run, so that
 * their means, each weighted with its k, show that variance. */
static int run_parts(struct run_state *run, int64_t passes, int64_t *ret_ns, struct diag *diag) {
    int64_t parts = passes < PARTS ? passes : PARTS, runs[PARTS], part_ns[PARTS], sum_ns = 0;
    double squares = 0;
    for (int64_t i = 0; i < parts; i++) {
        runs[i] = passes / parts + (i < passes % parts);
        int code = run_passes(run, runs[i], &part_ns[i], diag);
        if (code < 0)
            return code;
        sum_ns += part_ns[i];
    }
    double run_ns = (double)sum_ns / (double)passes;
    for (int64_t i = 0; i < parts; i++) {
        double off_ns = (double)part_ns[i] / (double)runs[i] - run_ns;
        squares += (double)runs[i] * off_ns * off_ns;
    }
    run->sample.run_ns = run_ns;
    run->sample.run_sd_ns = parts > 1 ? sqrt(squares / (double)(parts - 1)) : 0;
    *ret_ns = sum_ns;
    return 0;
}

/* The timed interval: of the given passes, or of as many as calibration settles on. */
static int run_interval(struct run_state *run, struct diag *diag) {
    bool calibrate = run->trial->passes == 0, warm = run->sample.warmup_runs > 0;
    struct calibration calibration = {.passes = calibrate ? 1 : run->trial->passes};
    int64_t passes, interval_ns, heap = heap_in_use();
    do {
        passes = calibration.passes;
        int code = run_parts(run, passes, &interval_ns, diag);
        if (code < 0)
            return code;
        run->memory.jobs += warm ? passes * run->trial->jobs : 0;
    } while (calibrate && !calibration_add(&calibration, interval_ns));
    run->memory.in_runs = heap_in_use() - heap;
    run->passes = passes;
    return 0;
}

/* The timed interval, and what happens meanwhile. Reading that counts neither as time nor as usage.
 */
static int run_watched(
    struct run_state *run, struct timed_watch *watch, struct usage *usage, struct diag *diag) {
    int64_t start_ns = clock_now_ns();
    usage_mark(usage, 1);
    timed_begin(watch, run->pool);
    usage_mark(usage, -1);
    run->looking_ns += clock_now_ns() - start_ns;
    int code = run_interval(run, diag);

    start_ns = clock_now_ns();
    usage_mark(usage, 1);
    struct timed timed = timed_end(watch, run->pool);
    usage_mark(usage, -1);
    run->looking_ns += clock_now_ns() - start_ns;
    if (run->trial->passes > 0) /* otherwise it was several intervals */
        run->sample.timed = timed;
    return code;
}

/* Only timed runs are an open loop: warming up takes its time, and needs none of the jobs'. */
static void set_pace(struct run_state *run, const int64_t *due_ns) {
    work_pace(run->work, due_ns);
    if (run->watch)
        latency_pace(run->watch, due_ns ? run->work : NULL);
}

/* Everything between the first and the last look at the counters. */
static int measure(struct run_state *run, struct diag *diag) {
    const struct trial *trial = run->trial;
    struct sample *sample = &run->sample;
    struct usage usage = {0};
    struct timed_watch watch;
    timed_prepare(&watch);
    usage_reset_peak_rss();
    int code = trial->cpus ? pool_move_opener(trial->executor, trial->cpus[0], diag) : 0;
    if (code < 0)
        return code;

    usage_mark(&usage, -1);
    int64_t opened_ns = clock_now_ns();
    code = pool_open(trial->executor,
        &(struct pool_options){.work = run->work, .params = trial->pool, .cpus = trial->cpus},
        &run->pool, diag);
    if (code < 0)
        return code;
    sample->startup_ns = clock_now_ns() - opened_ns;
    code = warm_up(run, diag);
    if (run->watch)
        latency_reset(run->watch);
    set_pace(run, run->due_ns);
    if (code == 0)
        code = run_watched(run, &watch, &usage, diag);
    set_pace(run, NULL);
    if (code == 0 && run->watch)
        sample->latency = latency_collect(run->watch);
    sample->elapsed_ns = clock_now_ns() - opened_ns - run->looking_ns;

    usage_mark(&usage, 1);
    if (code == 0)
        sample->max_rss_bytes = usage_peak_rss(run->pool);
    usage_mark(&usage, -1);

    int64_t closing_ns = clock_now_ns();
    int closed = pool_close(run->pool, code == 0 ? diag : NULL);
    sample->shutdown_ns = clock_now_ns() - closing_ns;
    sample->elapsed_ns += sample->shutdown_ns;
    usage_mark(&usage, 1);
    usage_store(&usage, sample);
    return code < 0 ? code : closed;
}

/* If the passes left descriptors or threads behind, two more passes, in a new pool, show whether
 * each pass leaves some. */
static int measure_growth(struct run_state *run, struct diag *diag) {
    struct leftovers growth = leftovers_since(&run->after_setup);
    int64_t pass_ns;
    if (!leftovers_grew(&growth))
        return 0;
    int code = pool_open(run->trial->executor,
        &(struct pool_options){
            .work = run->work, .params = run->trial->pool, .cpus = run->trial->cpus},
        &run->pool, diag);
    if (code < 0)
        return code;
    code = run_passes(run, 1, &pass_ns, diag);
    struct leftovers before = leftovers_count();
    if (code == 0)
        code = run_passes(run, 1, &pass_ns, diag);
    run->growth.pass = leftovers_since(&before);
    int closed = pool_close(run->pool, code == 0 ? diag : NULL);
    return code < 0 ? code : closed;
}

static int verify(const struct run_state *run, const void *state, struct diag *diag) {
    const struct workload *workload = run->trial->workload;
    int guarded = work_check_guards(run->work, diag);
    if (guarded < 0 || !workload->verify)
        return guarded;
    struct outcome outcome = work_outcome(run->work, &run->tally);
    int code = workload->verify(state, &outcome, diag);
    if (code < 0)
        diag_prefix(diag, "the result is wrong");
    return code;
}

/* "job 17 held its loop for 0.101 s, job 3 for 0.100 s and 8 times more"; "" if nobody did. */
static void describe_slow(const struct loop_notes *notes, char *text, size_t size) {
    size_t length = 0;
    int64_t named = 0;
    text[0] = '\0';
    for (; named < SLOW_KEPT && notes->slow[named].held_ns > 0; named++) {
        const struct slow_task *slow = &notes->slow[named];
        char who[48] = "a task that a job started";
        if (slow->job >= 0)
            snprintf(who, sizeof(who), "job %" PRId64, slow->job);
        length += (size_t)snprintf(text + length, size - length, "%s%s %sfor %.3f s",
            named > 0 ? ", " : "", who, named > 0 ? "" : "held its loop ",
            (double)slow->held_ns / NS_PER_S);
    }
    if (notes->slow_count > named)
        snprintf(
            text + length, size - length, " and %" PRId64 " times more", notes->slow_count - named);
}

static void store_notes(struct run_state *run) {
    struct loop_notes notes = work_notes(run->work);
    char *text = run->trial->slow_tasks;
    run->sample.loop_busy_ns = notes.busy_ns;
    if (!text)
        return;
    describe_slow(&notes, text, SLOW_TEXT_SIZE);
    run->sample.slow_tasks = text[0] ? text : NULL;
}

/* The only children that are left to reap by now are the workload's partners. */
static void tear_down(struct run_state *run, void *state) {
    struct leftovers before = leftovers_count();
    int64_t before_ns = usage_children_cpu_ns();
    if (run->trial->workload->teardown)
        run->trial->workload->teardown(state);
    run->sample.partner_cpu_ns = usage_children_cpu_ns() - before_ns;
    run->growth.teardown = leftovers_since(&before);
}

static void enter(const struct trial *trial, enum trial_phase phase) {
    if (trial->entered)
        trial->entered(trial->context, phase);
}

static size_t due_size(const struct trial *trial) {
    return (size_t)trial->jobs * sizeof(int64_t);
}

/* The times of an open loop, in memory that worker processes share. */
static int make_arrivals(struct run_state *run, struct diag *diag) {
    const struct trial *trial = run->trial;
    if (trial->rate <= 0)
        return 0;
    void *memory = mmap(NULL, due_size(trial), PROT_READ | PROT_WRITE,
        MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED)
        return refused_memory(diag, errno, due_size(trial), "the times of the jobs");
    run->due_ns = memory;
    arrivals_fill(run->due_ns, trial->jobs, trial->arrivals, trial->rate, trial->seed,
        ARRIVALS_STREAM + (uint64_t)trial->round);
    return 0;
}

static void free_arrivals(struct run_state *run) {
    if (run->due_ns)
        munmap(run->due_ns, due_size(run->trial));
}

/* The jobs and the room for what comes of them. */
static int make_work(struct run_state *run, void *state, struct diag *diag) {
    const struct trial *trial = run->trial;
    struct work_options options = {.jobs = trial->jobs,
        .workers = trial->workers,
        .result_size = trial->workload->result_size,
        .job = trial->workload->job,
        .context = state,
        .merge = trial->workload->merge,
        .slow_ns = trial->slow_ns};
    int code = make_arrivals(run, diag);
    if (code == 0 && trial->latency)
        code = latency_new(&options, &run->watch, &options, diag);
    return code < 0 ? code : work_new(&options, &run->work, diag);
}

/* The work is a mapping, and not of the heap. */
static int check_leftovers(
    struct run_state *run, const struct leftovers *before, struct diag *diag) {
    run->growth.all = leftovers_since(before);
    run->memory.in_all = run->growth.all.heap;
    int code = leftovers_check(&run->growth, diag);
    if (code == 0)
        code = leftovers_check_workers(run->work, diag);
    return code < 0 ? code : leftovers_check_memory(&run->memory, run->work, diag);
}

int trial_run(
    const struct trial *trial, struct sample *ret_sample, int64_t *ret_passes, struct diag *diag) {
    const struct workload *workload = trial->workload;
    struct run_state run = {.trial = trial};
    struct leftovers before = leftovers_count();
    void *state = NULL;
    int code = 0;
    *ret_sample = (struct sample){0};
    enter(trial, TRIAL_SETUP);
    partners_avoid(trial->cpus, trial->cpu_count);
    if (workload->setup)
        code = workload->setup(
            &(struct workload_input){
                .params = trial->params, .jobs = trial->jobs, .seed = trial->seed},
            &state, diag);
    if (code < 0) {
        diag_prefix(diag, "set-up failed");
        return code;
    }
    code = make_work(&run, state, diag);
    run.after_setup = leftovers_count();
    enter(trial, TRIAL_RUNNING);
    if (code == 0)
        code = measure(&run, diag);
    enter(trial, TRIAL_VERIFYING);
    if (code == 0)
        code = verify(&run, state, diag);
    if (code == 0)
        store_notes(&run);
    if (code == 0)
        code = measure_growth(&run, diag);
    latency_free(run.watch);
    enter(trial, TRIAL_TEARDOWN);
    tear_down(&run, state);
    if (code == 0)
        code = check_leftovers(&run, &before, diag);
    work_free(run.work);
    free_arrivals(&run);
    enter(trial, TRIAL_ENDED);
    if (code < 0) {
        ret_sample->errors = run.sample.errors;
        return code;
    }
    *ret_sample = run.sample;
    *ret_passes = run.passes;
    return 0;
}
