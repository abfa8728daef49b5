/* SPDX-License-Identifier: MIT */
#include "compute.h"
#include "workloads.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sys/mman.h>

enum { COMPUTE, SHARE };

static const struct param lock_params[] = {
    [COMPUTE] = {.name = "compute",
        .type = PARAM_COUNT,
        .default_text = "20000",
        .test_text = "1000",
        .min = 0,
        .max = INT64_C(1000000000000),
        .help = "steps that each job computes, about 1 ns each"},
    [SHARE] = {.name = "share",
        .type = PARAM_COUNT,
        .default_text = "10",
        .min = 0,
        .max = 100,
        .help = "percent of these steps that it computes while it holds the lock"},
    {.name = NULL},
};

/* In memory that worker processes share. */
struct lock_state {
    pthread_mutex_t lock;
    uint64_t sum, jobs; /* of what all jobs computed in all passes; only under the lock */
    int64_t free_steps, locked_steps;
};

static int init_lock(pthread_mutex_t *lock) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST); /* a worker may die with it */
    int error = pthread_mutex_init(lock, &attributes);
    pthread_mutexattr_destroy(&attributes);
    return -error;
}

static int lock_setup(const struct workload_input *in, void **ret_state, struct diag *diag) {
    int64_t steps = in->params[COMPUTE].number;
    struct lock_state *state =
        mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (state == MAP_FAILED)
        return diag_no_memory(diag, "a lock");
    int code = init_lock(&state->lock);
    if (code < 0) {
        munmap(state, sizeof(*state));
        return diag_set(diag, code, "cannot make a lock that processes share");
    }
    state->locked_steps =
        steps / 100 * in->params[SHARE].number + steps % 100 * in->params[SHARE].number / 100;
    state->free_steps = steps - state->locked_steps;
    *ret_state = state;
    return 0;
}

static int lock_job(void *context, int64_t i, struct task *task, void *result) {
    (void)result;
    struct lock_state *state = context;
    uint64_t number = compute_steps((uint64_t)i, state->free_steps);
    int error = pthread_mutex_lock(&state->lock);
    if (error)
        return task_fail(task, -error, "a worker died while it held the lock");
    state->sum += compute_steps(number, state->locked_steps);
    state->jobs++;
    pthread_mutex_unlock(&state->lock);
    return 0;
}

/* All passes are in the tally, each with every job once. */
static int lock_verify(const void *context, const struct outcome *outcome, struct diag *diag) {
    const struct lock_state *state = context;
    uint64_t in_pass = (uint64_t)outcome->jobs, sum = 0;
    for (int64_t i = 0; i < outcome->jobs; i++)
        sum += compute_steps_quickly((uint64_t)i, state->free_steps + state->locked_steps);
    if (in_pass == 0 || (state->jobs % in_pass == 0 && state->jobs / in_pass * sum == state->sum))
        return 0;
    return diag_set(diag, -EBADMSG,
        "%" PRIu64 " jobs added %" PRIu64 " under the lock, in passes of %" PRIu64
        " jobs that add %" PRIu64 "; two of them held the lock at once",
        state->jobs, state->sum, in_pass, sum);
}

static void lock_teardown(void *context) {
    struct lock_state *state = context;
    pthread_mutex_destroy(&state->lock);
    munmap(state, sizeof(*state));
}

const struct workload workload_lock = {
    .name = "lock",
    .summary = "each job computes, for a part of its time under one lock that all workers share",
    .params = lock_params,
    .default_jobs = 200,
    .blocks = "",
    .setup = lock_setup,
    .job = lock_job,
    .verify = lock_verify,
    .teardown = lock_teardown,
};
