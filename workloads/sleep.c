/* SPDX-License-Identifier: MIT */
#include "workloads.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NS_PER_S INT64_C(1000000000)

enum { DURATION, BLOCKING };

static const struct param sleep_params[] = {
    [DURATION] = {.name = "duration",
        .type = PARAM_DURATION,
        .default_text = "10ms",
        .test_text = "1ms",
        .min = 0,
        .max = 3600 * NS_PER_S,
        .help = "how long each job sleeps"},
    [BLOCKING] = {.name = "blocking",
        .type = PARAM_BOOL,
        .default_text = "false",
        .help = "sleep in the kernel, where it blocks the whole event loop"},
    {.name = NULL},
};

struct sleep_state {
    int64_t duration_ns;
    bool blocking;
};

/* The sleep of one job, or the shortest of several. */
struct sleep_result {
    int64_t elapsed_ns;
    uint32_t job;  /* that slept so long */
    uint32_t jobs; /* folded into this result; 0: none yet */
};

static int sleep_setup(const struct workload_input *in, void **ret_state, struct diag *diag) {
    struct sleep_state *state = malloc(sizeof(*state));
    if (!state)
        return diag_no_memory(diag, "a workload");
    state->duration_ns = in->params[DURATION].number;
    state->blocking = in->params[BLOCKING].number != 0;
    *ret_state = state;
    return 0;
}

/* Blocks the thread, also an event loop in it. Continues after a signal. */
static int sleep_in_kernel(void *arg) {
    const struct sleep_state *state = arg;
    struct timespec left = {
        .tv_sec = state->duration_ns / NS_PER_S, .tv_nsec = state->duration_ns % NS_PER_S};
    int error;
    do
        error = clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left);
    while (error == EINTR);
    return -error;
}

static int sleep_job(void *context, int64_t i, struct task *task, void *result) {
    struct sleep_state *state = context;
    int64_t start_ns = task_now_ns();
    int code = state->blocking ? task_block(task, sleep_in_kernel, state)
                               : task_sleep(task, state->duration_ns);
    if (code < 0)
        return task_fail(task, code, "cannot sleep: %s", strerrordesc_np(-code));
    *(struct sleep_result *)result = (struct sleep_result){
        .elapsed_ns = task_now_ns() - start_ns, .job = (uint32_t)i, .jobs = 1};
    return 0;
}

static bool is_shorter(const struct sleep_result *a, const struct sleep_result *b) {
    return a->elapsed_ns < b->elapsed_ns || (a->elapsed_ns == b->elapsed_ns && a->job < b->job);
}

static void sleep_merge(void *into, const void *from) {
    struct sleep_result *shortest = into;
    const struct sleep_result *other = from;
    uint32_t jobs = shortest->jobs + other->jobs;
    if (shortest->jobs == 0 || (other->jobs > 0 && is_shorter(other, shortest)))
        *shortest = *other;
    shortest->jobs = jobs;
}

static int check_sleep(
    const struct sleep_state *state, const struct sleep_result *slept, struct diag *diag) {
    if (slept->elapsed_ns >= state->duration_ns)
        return 0;
    return diag_set(diag, -EBADMSG,
        "job %" PRIu32 " woke early, after %" PRId64 " ns of %" PRId64
        " ns; the executor's sleep is broken",
        slept->job, slept->elapsed_ns, state->duration_ns);
}

static int sleep_verify(const void *state, const struct outcome *outcome, struct diag *diag) {
    struct sleep_result all;
    for (int64_t i = 0; !outcome->merged && i < outcome->jobs; i++) {
        const struct sleep_result *slept = outcome_slot(outcome, i);
        if (slept->jobs != 1 || slept->job != i)
            return diag_set(diag, -EBADMSG,
                "the result of job %" PRId64 " is not its own; the executor lost or mixed results",
                i);
    }
    outcome_total(&workload_sleep, outcome, &all);
    if (all.jobs != outcome->jobs)
        return diag_set(diag, -EBADMSG,
            "results of %" PRIu32 " jobs came in for %" PRId64
            "; the executor lost or repeated some",
            all.jobs, outcome->jobs);
    return all.jobs ? check_sleep(state, &all, diag) : 0;
}

const struct workload workload_sleep = {
    .name = "sleep",
    .summary = "each job sleeps, as a job that waits for the network would",
    .params = sleep_params,
    .default_jobs = 16,
    .result_size = sizeof(struct sleep_result),
    .blocks = "blocking",
    .setup = sleep_setup,
    .job = sleep_job,
    .merge = sleep_merge,
    .verify = sleep_verify,
    .teardown = free,
};
