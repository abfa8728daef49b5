/* SPDX-License-Identifier: MIT */
/*
 * Worker processes die, by their own job or killed from outside at a random moment. Every call must
 * end, the loss must be reported, and nothing may be left.
 *
 *     pools_broken [KILLS [SEED]]     kills that many workers at random moments, 20 by default
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checks.h"
#include <pconc/workload.h>

#include "clock.h"

#define CALLS 64

static bool forks(const struct executor *executor) {
    return executor->capabilities & EXECUTOR_FORKS;
}

/* Closing reports the loss, and nothing is left. */
static void close_broken(const struct executor *executor, struct pool *pool) {
    struct diag diag = {0};
    CHECK(pool_close(pool, &diag) == -EOWNERDEAD && *diag.text, executor);
    CHECK(!footprint_now().children, executor);
}

static void check_death_in_call(
    const struct executor *executor, call_function *death, const char *sentence) {
    struct pool *pool;
    struct future *futures[CALLS];
    struct pair pair = {1, 2};
    struct diag diag = {0};
    CHECK(open_pool(executor, 2, CALLS, &pool, &diag) == 0, executor);
    for (int i = 0; i < CALLS; i++)
        futures[i] = i == CALLS / 2 ? submit(pool, death) : submit_add(pool, i, 1);
    CHECK(future_result(futures[CALLS / 2], NULL, &diag) == -EOWNERDEAD, executor);
    CHECK(strstr(diag.text, sentence), executor);
    for (int i = 0; i < CALLS; i++) {
        int64_t sum = 0;
        int code = future_result(futures[i], &sum, &diag);
        CHECK((code == 0 && sum == i + 1) || code == -EOWNERDEAD, executor);
        CHECK(future_state(futures[i]) == FUTURE_DONE, executor);
    }
    CHECK(pool_submit(pool, add, &pair, sizeof(pair), NULL, &diag) == -EOWNERDEAD, executor);
    CHECK(pool_drain(pool, TASK_FOREVER, &diag) == -EOWNERDEAD, executor);
    CHECK(strstr(diag.text, sentence), executor);
    close_broken(executor, pool);
    CHECK(future_result(futures[CALLS / 2], NULL, &diag) == -EOWNERDEAD, executor);
    CHECK(strstr(diag.text, sentence), executor);
    for (int i = 0; i < CALLS; i++)
        future_free(futures[i]);
}

enum waiting { WAIT, WAIT_FIRST, NEXT, LOOK, DRAIN, CLOSE, WAITINGS };

/* Each way to wait notices a worker that was killed while its call ran. */
static void check_killed_in_call(const struct executor *executor, enum waiting waiting) {
    struct pool *pool;
    struct future *next;
    const pid_t *pids;
    struct diag diag = {0};
    CHECK(open_pool(executor, 2, CALLS, &pool, &diag) == 0, executor);
    struct future *futures[2] = {submit(pool, held), submit(pool, held)};
    board_await(&board->started, 2);
    CHECK(pool_processes(pool, &pids) == 2, executor);
    kill(pids[1], SIGKILL);
    struct completions completions = completions_of(futures, 2);
    switch (waiting) {
    case WAIT:
        CHECK(future_wait(futures[0], TASK_FOREVER) == 0, executor);
        break;
    case WAIT_FIRST:
        CHECK(futures_wait(futures, 2, FUTURES_FIRST_ENDED, TASK_FOREVER) == 0, executor);
        break;
    case NEXT:
        CHECK(completions_next(&completions, TASK_FOREVER, &next) == 0, executor);
        break;
    case LOOK:
        while (future_state(futures[0]) != FUTURE_DONE)
            ;
        break;
    case DRAIN:
        CHECK(pool_drain(pool, TASK_FOREVER, &diag) == -EOWNERDEAD, executor);
        break;
    default:
        break;
    }
    close_broken(executor, pool);
    for (int i = 0; i < 2; i++) {
        CHECK(future_result(futures[i], NULL, &diag) == -EOWNERDEAD, executor);
        CHECK(strstr(diag.text, "signal 9"), executor);
        future_free(futures[i]);
    }
}

static void check_killed_while_idle(const struct executor *executor) {
    struct pool *pool;
    const pid_t *pids;
    siginfo_t info;
    struct diag diag = {0};
    CHECK(open_pool(executor, 1, CALLS, &pool, &diag) == 0, executor);
    struct future *before = submit_add(pool, 1, 1);
    CHECK(future_result(before, NULL, &diag) == 0, executor);
    CHECK(pool_processes(pool, &pids) == 1, executor);
    kill(pids[0], SIGKILL);
    waitid(P_PID, (id_t)pids[0], &info, WEXITED | WNOWAIT);
    struct future *after = submit_add(pool, 1, 1);
    CHECK(future_result(after, NULL, &diag) == -EOWNERDEAD, executor);
    CHECK(future_result(before, NULL, &diag) == 0, executor);
    close_broken(executor, pool);
    future_free(before);
    future_free(after);
}

/* A thread that waits for room gets the error, too. */
static void check_killed_while_full(const struct executor *executor) {
    struct pool *pool;
    const pid_t *pids;
    struct pair pair = {1, 2};
    struct diag diag = {0};
    int code = 0;
    CHECK(open_pool(executor, 1, 4, &pool, &diag) == 0, executor);
    CHECK(pool_processes(pool, &pids) == 1, executor);
    for (int i = 0; code == 0; i++) {
        if (i == 10)
            kill(pids[0], SIGKILL);
        code = pool_submit(pool, held, &pair, sizeof(pair), NULL, &diag);
    }
    CHECK(code == -EOWNERDEAD, executor);
    close_broken(executor, pool);
}

/*
 * Kills at random moments.
 */

#define WORKERS_MOST 4
#define JOBS 200

/* Shared with the workers and with the process that kills one of them. */
static struct target {
    _Atomic pid_t pids[WORKERS_MOST]; /* 0: not started */
    _Atomic bool killed, gives_up;
} * target;

static int note_pid(void *context, int worker, struct diag *diag) {
    (void)context;
    (void)diag;
    atomic_store(&target->pids[worker], getpid());
    return 0;
}

/* A separate process, because the process that opens the pool has no threads yet. */
static pid_t start_killer(int victim, int64_t delay_ns) {
    pid_t killer = fork();
    if (killer != 0)
        return killer;
    while (atomic_load(&target->pids[victim]) == 0 && !atomic_load(&target->gives_up))
        sched_yield();
    clock_sleep_until(clock_now_ns() + delay_ns);
    if (!atomic_load(&target->gives_up))
        kill(atomic_load(&target->pids[victim]), SIGKILL);
    atomic_store(&target->killed, true);
    _exit(0);
}

static void end_killer(pid_t killer) {
    atomic_store(&target->gives_up, true);
    while (waitpid(killer, NULL, 0) < 0 && errno == EINTR)
        ;
}

static int take_all(struct future **futures, int count) {
    int lost = 0;
    for (int i = 0; i < count; i++) {
        int64_t sum = 0;
        int code = future_result(futures[i], &sum, NULL);
        report((code == 0 && sum == i + 1) || code == -EOWNERDEAD, "random kill", "a result");
        lost += code == -EOWNERDEAD;
        future_free(futures[i]);
    }
    return lost;
}

static int submit_some(struct pool *pool, struct rng *rng, struct diag *diag) {
    struct future *futures[CALLS];
    int count = 0, most = (int)rng_between(rng, 1, CALLS), code = 0;
    for (; code == 0 && count < most; count += code == 0) {
        struct pair pair = {count, 1};
        code = pool_submit(pool, add, &pair, sizeof(pair), &futures[count], diag);
    }
    return take_all(futures, count) > 0 ? -EOWNERDEAD : code;
}

static int map_some(struct pool *pool, struct rng *rng, struct diag *diag) {
    struct pair pairs[2 * CALLS];
    int64_t sums[2 * CALLS], count = rng_between(rng, 1, 2 * CALLS), right = 0;
    for (int64_t i = 0; i < count; i++)
        pairs[i] = (struct pair){i, 1};
    int code = pool_map(pool, add, pairs, sizeof(*pairs), count, 0, sums, TASK_FOREVER, diag);
    for (int64_t i = 0; i < count; i++)
        right += sums[i] == i + 1;
    report(code < 0 || right == count, "random kill", "a mapped result");
    return code;
}

static int run_jobs(struct pool *pool, struct diag *diag) {
    struct tally tally = {0};
    int code = pool_run(pool, &tally, diag);
    report(code < 0 || tally.done == JOBS, "random kill", "a job");
    return code;
}

enum activity { SUBMIT, MAP, RUN, JUST_CLOSE, ACTIVITIES };

static int be_active(
    enum activity activity, struct pool *pool, struct rng *rng, struct diag *diag) {
    return activity == SUBMIT ? submit_some(pool, rng, diag)
        : activity == MAP     ? map_some(pool, rng, diag)
                              : run_jobs(pool, diag);
}

/* Uses the pool until the worker is killed, and then once more. If other workers did its calls and
 * nothing noticed the loss, closing reports it. */
static void use_and_close(
    const struct executor *executor, struct pool *pool, enum activity activity, struct rng *rng) {
    struct diag diag = {0};
    int code = 0;
    for (bool killed = false; activity != JUST_CLOSE && code == 0 && !killed;) {
        killed = atomic_load(&target->killed);
        code = be_active(activity, pool, rng, &diag);
    }
    report(code == 0 || code == -EOWNERDEAD, "random kill", diag.text);
    code = pool_close(pool, &diag);
    CHECK(code == -EOWNERDEAD || (activity == JUST_CLOSE && code == 0), executor);
}

static int add_up(void *context, int64_t i, struct task *task, void *result) {
    (void)context;
    (void)task;
    *(int64_t *)result = i;
    return 0;
}

/* Kills a worker some microseconds to milliseconds after its fork: while the others start, while it
 * claims or runs a call, sleeps, is woken, or stops. */
static void check_random_kill(const struct executor *executor, struct rng *rng) {
    static call_function *const functions[] = {add, NULL};
    struct pool *pool = NULL;
    struct work *work = NULL;
    struct diag diag = {0};
    int workers = (int)rng_between(rng, 1, WORKERS_MOST);
    enum activity activity = (enum activity)rng_between(rng, 0, ACTIVITIES - 1);
    int victim = (int)rng_between(rng, 0, workers - 1);
    struct work_options jobs = {
        .jobs = JOBS, .workers = workers, .result_size = sizeof(int64_t), .job = add_up};
    struct pool_options options = {.begin_worker = note_pid,
        .calls = {functions, sizeof(struct pair), sizeof(int64_t), CALLS}};
    board_clear();
    memset((void *)target, 0, sizeof(*target));
    CHECK(work_new(&jobs, &work, &diag) == 0, executor);
    options.work = work;
    pid_t killer =
        start_killer(victim, rng_between(rng, 0, INT64_C(1) << rng_between(rng, 10, 23)));
    int code = pool_open(executor, &options, &pool, &diag);
    report(code == 0 || code == -EOWNERDEAD, executor->name, diag.text);
    if (code == 0)
        use_and_close(executor, pool, activity, rng);
    end_killer(killer);
    CHECK(!footprint_now().children, executor);
    work_free(work);
}

int main(int argc, char **argv) {
    int kills = argc > 1 ? atoi(argv[1]) : 20;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    struct rng rng = rng_make(seed, 0);
    watchdog(300 + (unsigned)kills);
    target = mmap(NULL, sizeof(*target), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (target == MAP_FAILED)
        abort();
    for (size_t i = 0; executors()[i]; i++) {
        const struct executor *executor = executors()[i];
        if (!forks(executor))
            continue;
        size_t descriptors = footprint_now().descriptors;
        check_death_in_call(executor, die, "signal 9");
        check_death_in_call(executor, leave, "status 0");
        for (enum waiting waiting = 0; waiting < WAITINGS; waiting++)
            check_killed_in_call(executor, waiting);
        check_killed_while_idle(executor);
        check_killed_while_full(executor);
        for (int k = 0; k < kills; k++)
            check_random_kill(executor, &rng);
        CHECK(footprint_now().descriptors == descriptors, executor);
        printf("%d kills of %s with seed %ju\n", kills, executor->name, (uintmax_t)seed);
    }
    return report_end();
}
