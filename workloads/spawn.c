/* SPDX-License-Identifier: MIT */
#include "workloads.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

/*
 * Each job starts a batch of tasks that end at once, waits for the batch, and starts the next one.
 * So it measures what it costs to start, run and end a task. Each task adds its number to a sum.
 */

enum { SPAWN_TASKS, SPAWN_BATCH };

#define BATCH_MAX 1000000

static const struct param spawn_params[] = {
    [SPAWN_TASKS] = {.name = "tasks",
        .type = PARAM_COUNT,
        .default_text = "1000",
        .test_text = "5",
        .min = 0,
        .max = 1000000000,
        .help = "how many tasks each job starts"},
    [SPAWN_BATCH] = {.name = "batch",
        .type = PARAM_COUNT,
        .default_text = "100",
        .test_text = "3",
        .min = 1,
        .max = BATCH_MAX,
        .help = "tasks that are started before the job waits for them"},
    {0},
};

struct spawn_state {
    int64_t tasks, batch;
};

/* Not on the job's stack, because tasks may share stacks. The tasks run in the order of their
 * start, so that each finds its number in `ran`. */
struct batch {
    int64_t ran;  /* tasks */
    uint64_t sum; /* of their numbers, modulo 2^64 */
    struct task *children[];
};

struct spawn_result {
    int64_t ran;
    uint64_t sum;
};

static int spawn_setup(const struct workload_input *in, void **ret_state, struct diag *diag) {
    struct spawn_state *state = malloc(sizeof(*state));
    if (!state)
        return diag_no_memory(diag, "a workload");
    *state = (struct spawn_state){
        .tasks = in->params[SPAWN_TASKS].number, .batch = in->params[SPAWN_BATCH].number};
    *ret_state = state;
    return 0;
}

static int count_task(struct task *task, void *arg) {
    (void)task;
    struct batch *batch = arg;
    batch->sum += (uint64_t)batch->ran++;
    return 0;
}

/* Starts `count` tasks and waits for all that were started. */
static int run_batch(struct task *task, struct batch *batch, int64_t count) {
    int64_t started = 0;
    int code = 0;
    while (started < count && code == 0) {
        code = task_spawn(task, count_task, batch, &batch->children[started]);
        started += code == 0;
    }
    int gathered = task_gather(task, batch->children, (size_t)started, NULL);
    return code < 0 ? code : gathered;
}

static int spawn_job(void *context, int64_t i, struct task *task, void *result) {
    (void)i;
    const struct spawn_state *state = context;
    int64_t most = state->batch < state->tasks ? state->batch : state->tasks;
    struct batch *batch = calloc(1, sizeof(*batch) + (size_t)most * sizeof(void *));
    int code = 0;
    if (!batch)
        return task_fail(task, -ENOMEM, "out of memory for %" PRId64 " handles", most);
    for (int64_t left = state->tasks; left > 0 && code == 0; left -= most)
        code = run_batch(task, batch, left < most ? left : most);
    *(struct spawn_result *)result = (struct spawn_result){.ran = batch->ran, .sum = batch->sum};
    free(batch);
    return code < 0 ? task_fail(task, code, "a batch of tasks failed (%d)", code) : 0;
}

static void spawn_merge(void *into, const void *from) {
    struct spawn_result *sum = into;
    const struct spawn_result *more = from;
    sum->ran += more->ran;
    sum->sum += more->sum;
}

/* Every task of every job ran once. */
static int spawn_verify(const void *context, const struct outcome *outcome, struct diag *diag) {
    const struct spawn_state *state = context;
    uint64_t tasks = (uint64_t)state->tasks;
    uint64_t numbers = tasks % 2 ? (tasks - 1) / 2 * tasks : tasks / 2 * (tasks - 1);
    struct spawn_result all;
    outcome_total(&workload_spawn, outcome, &all);
    if (all.ran != state->tasks * outcome->jobs)
        return diag_set(diag, -EBADMSG,
            "%" PRId64 " tasks ran instead of %" PRId64 "; the executor loses or repeats tasks",
            all.ran, state->tasks * outcome->jobs);
    if (all.sum != numbers * (uint64_t)outcome->jobs)
        return diag_set(diag, -EBADMSG,
            "the numbers of the tasks add up to %" PRIu64 " instead of %" PRIu64
            "; the executor loses or repeats tasks",
            all.sum, numbers * (uint64_t)outcome->jobs);
    return 0;
}

const struct workload workload_spawn = {
    .name = "spawn",
    .summary = "each job starts tasks that end at once, and waits for them: the cost of a task",
    .params = spawn_params,
    .default_jobs = 10,
    .result_size = sizeof(struct spawn_result),
    .needs = WORKLOAD_SPAWNS,
    .blocks = "",
    .setup = spawn_setup,
    .job = spawn_job,
    .merge = spawn_merge,
    .verify = spawn_verify,
    .teardown = free,
};
