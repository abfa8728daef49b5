/* SPDX-License-Identifier: MIT */
/*
 * Worker processes that die, by their own job or killed from outside at whatever moment: every
 * call ends, the loss is told, nothing is left.
 *
 *     pools_broken [KILLS [SEED]]     kills that many workers at random moments, 20 by default
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "checks.h"
#include <pconc/workload.h>

#include "clock.h"

#define CALLS 64

static bool forks(const struct executor *executor) {
    return executor->capabilities & EXECUTOR_FORKS;
}

/* Closing tells of the loss; later, nothing is left. */
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
    CHECK(pool_submit(pool, add, &pair, sizeof pair, NULL, &diag) == -EOWNERDEAD, executor);
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

/* A submitter that waits for room is told, too. */
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
        code = pool_submit(pool, held, &pair, sizeof pair, NULL, &diag);
    }
    CHECK(code == -EOWNERDEAD, executor);
    close_broken(executor, pool);
}

struct killer {
    pthread_t thread;
    pid_t pid;
    int64_t at_ns;
    _Atomic bool done;
};

static void *kill_later(void *arg) {
    struct killer *self = arg;
    clock_sleep_until(self->at_ns);
    kill(self->pid, SIGKILL);
    atomic_store(&self->done, true);
    return NULL;
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

/* Submits and waits while a worker is killed, some microseconds to milliseconds later: while it
 * starts, claims, runs, ends, sleeps or is being woken. Where the others do its work unnoticed, the
 * close tells. */
static void check_random_kill(const struct executor *executor, struct rng *rng) {
    struct pool *pool;
    const pid_t *pids;
    struct killer killer = {.done = false};
    struct diag diag = {0};
    int workers = (int)rng_between(rng, 1, 4), lost = 0, code = 0;
    if (open_pool(executor, workers, CALLS, &pool, &diag) < 0) {
        report(false, executor->name, diag.text);
        return;
    }
    CHECK(pool_processes(pool, &pids) == (size_t)workers, executor);
    killer.pid = pids[rng_between(rng, 0, workers - 1)];
    killer.at_ns = task_now_ns() + rng_between(rng, 0, INT64_C(1) << rng_between(rng, 10, 23));
    if (pthread_create(&killer.thread, NULL, kill_later, &killer) != 0)
        abort();
    for (bool killed = false; lost == 0 && code == 0 && !killed;) {
        killed = atomic_load(&killer.done); /* once more after that */
        struct future *futures[CALLS];
        int count = 0, most = (int)rng_between(rng, 1, CALLS);
        for (; code == 0 && count < most; count += code == 0) {
            struct pair pair = {count, 1};
            code = pool_submit(pool, add, &pair, sizeof pair, &futures[count], &diag);
        }
        lost = take_all(futures, count);
    }
    report(code == 0 || code == -EOWNERDEAD, "random kill", diag.text);
    close_broken(executor, pool);
    pthread_join(killer.thread, NULL);
}

int main(int argc, char **argv) {
    int kills = argc > 1 ? atoi(argv[1]) : 20;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    struct rng rng = rng_make(seed, 0);
    watchdog(300 + (unsigned)kills);
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
    }
    return report_end();
}
