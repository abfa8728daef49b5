/* SPDX-License-Identifier: MIT */
/* An open loop under every executor: no job starts before it is due, and a worker that waits until
 * a job is due holds back no job that is due before. */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "checks.h"
#include "executors.h"
#include "pool.h"
#include "settle.h"

enum { JOBS = 16, WORKERS = 2, PASSES = 2 };

#define INTERVAL_NS (NS_PER_MS / 2)
#define HANG_NS (60 * NS_PER_S)

/* Shared with worker processes. */
struct shared {
    int64_t due_ns[JOBS];
    _Atomic bool started[JOBS];
    bool pairs; /* a job with an even number ends after the next one has started */
};

static int stamp(void *context, int64_t i, struct task *task, void *result) {
    struct shared *shared = context;
    int64_t now_ns = clock_now_ns(), deadline_ns = now_ns + HANG_NS;

    memcpy(result, &now_ns, sizeof(now_ns));
    atomic_store(&shared->started[i], true);
    while (shared->pairs && i % 2 == 0 && !atomic_load(&shared->started[i + 1])) {
        int code = task_sleep(task, NS_PER_MS / 10);
        if (code < 0)
            return code;
        if (clock_now_ns() > deadline_ns)
            return task_fail(task, -ETIMEDOUT, "job %d did not start", (int)i + 1);
    }
    return 0;
}

static void check_pass(struct pool *pool, const struct work *work, struct shared *shared) {
    struct tally tally = {0};
    struct diag diag = {0};

    for (int i = 0; i < JOBS; i++)
        atomic_store(&shared->started[i], false);
    int64_t begun_ns = clock_now_ns();
    int code = pool_run(pool, &tally, &diag);
    report(code == 0, pool->executor->name, diag.text);
    report(tally.done == JOBS, pool->executor->name, tally.failed_text);
    struct outcome outcome = work_outcome(work, &tally);
    for (int64_t i = 0; i < JOBS; i++) {
        int64_t start_ns;
        memcpy(&start_ns, outcome_slot(&outcome, i), sizeof(start_ns));
        report(start_ns >= begun_ns + shared->due_ns[i], pool->executor->name,
            "a job started before it was due");
    }
}

static void check(const struct executor *executor, bool submit, struct shared *shared) {
    union param_value params[PARAMS_MAX];
    struct work *work = NULL;
    struct pool *pool = NULL;
    struct diag diag = {0};
    int at = params_find(executor->params, POOL_PARAM_SUBMIT);
    int workers = executor->max_workers < WORKERS ? executor->max_workers : WORKERS;

    if (submit && at < 0)
        return;
    shared->pairs = workers > 1 || executor->capabilities & EXECUTOR_SUSPENDS;
    settle_threads(); /* no threads may be left when worker processes are forked */
    int code = params_defaults(executor->params, 0, params, &diag);
    if (submit)
        params[at].number = 1;
    if (code == 0)
        code = work_new(&(struct work_options){.jobs = JOBS,
                            .workers = workers,
                            .result_size = sizeof(int64_t),
                            .job = stamp,
                            .context = shared},
            &work, &diag);
    if (code == 0)
        code = pool_open(
            executor, &(struct pool_options){.work = work, .params = params}, &pool, &diag);
    report(code == 0, executor->name, diag.text);
    if (code < 0)
        return;
    work_pace(work, shared->due_ns);
    for (int i = 0; i < PASSES; i++)
        check_pass(pool, work, shared);
    work_pace(work, NULL); /* and now at once */
    shared->pairs = false;
    memset(shared->due_ns, 0, sizeof(shared->due_ns));
    check_pass(pool, work, shared);
    report(pool_close(pool, &diag) == 0, executor->name, diag.text);
    work_free(work);
}

int main(void) {
    struct shared *shared =
        mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (shared == MAP_FAILED)
        return 1;
    for (const struct executor *const *at = executors(); *at; at++)
        for (int submit = 0; submit <= 1; submit++) {
            for (int i = 0; i < JOBS; i++)
                shared->due_ns[i] = (i + 1) * INTERVAL_NS;
            check(*at, submit, shared);
        }
    return report_end();
}
