/* SPDX-License-Identifier: MIT */
#include "fixture_tasks.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

/* One lock: jobs compute one at a time, and wait at the same time. */

#define WORKERS 8

static void run_gil(int64_t jobs, const char *interval,
    int (*job)(void *, int64_t, struct task *, void *), void *context) {
    const char *const settings[] = {"switch_interval", interval, "chunk", "1", NULL};
    run_jobs_well("gil", settings,
        &(struct work_options){.jobs = jobs, .workers = WORKERS, .job = job, .context = context});
}

/* Jobs that compute. Each marks itself as running, and gives others time to run at the same time.
 */
static int compute(_Atomic int *computing, struct task *task) {
    if (atomic_fetch_add(computing, 1) != 0)
        return task_fail(task, -EIO, "another job computes");
    for (int look = 0; look < 100; look++) {
        sched_yield();
        if (atomic_load(computing) != 1)
            return task_fail(task, -EIO, "another job began to compute");
    }
    atomic_fetch_sub(computing, 1);
    return 0;
}

static int return_zero(void *arg) {
    (void)arg;
    return 0;
}

/* Computes, with each of the ways to block in between. */
static int compute_and_block(void *context, int64_t i, struct task *task, void *result) {
    (void)result;
    int code = compute(context, task);
    if (code == 0 && i % 4 == 0)
        code = task_sleep(task, 1000);
    if (code == 0 && i % 4 == 1)
        code = task_yield(task);
    if (code == 0 && i % 4 == 2)
        code = task_block(task, return_zero, NULL);
    if (code == 0 && i % 4 == 3)
        code = task_wait_fd(task, STDERR_FILENO, TASK_WRITABLE, TASK_FOREVER) < 0 ? -EIO : 0;
    return code == 0 ? compute(context, task) : code;
}

Test(gil, jobs_compute_one_at_a_time, .timeout = 60) {
    static const char *const intervals[] = {"0", "5ms"};
    for (size_t i = 0; i < 2; i++) {
        _Atomic int computing = 0;
        run_gil(200, intervals[i], compute_and_block, &computing);
    }
}

/* Each job waits in another way until all eight have arrived. */
struct meeting {
    int pipe[2];
    _Atomic int arrived;
};

static int wait_for_end(void *arg) {
    struct meeting *meeting = arg;
    while (atomic_load(&meeting->arrived) < WORKERS)
        sched_yield();
    return 0;
}

static int meet(void *context, int64_t i, struct task *task, void *result) {
    (void)result;
    struct meeting *meeting = context;
    char byte;
    int code = 0;
    if (atomic_fetch_add(&meeting->arrived, 1) + 1 == WORKERS) {
        close(meeting->pipe[1]);
        return 0;
    }
    if (i % 4 == 0)
        return task_block(task, wait_for_end, meeting);
    if (i % 4 == 1)
        return (int)task_read(task, meeting->pipe[0], &byte, 1);
    while (code == 0 && atomic_load(&meeting->arrived) < WORKERS)
        code = i % 4 == 2 ? task_sleep(task, 1000) : task_yield(task);
    return code;
}

Test(gil, jobs_wait_together, .timeout = 60) {
    struct meeting meeting = {0};
    cr_assert_eq(pipe2(meeting.pipe, O_NONBLOCK | O_CLOEXEC), 0);
    run_gil(WORKERS, "5ms", meet, &meeting);
    close(meeting.pipe[0]);
}

/* The first job returns from a wait while the others compute. It ends before them, because the
 * holder passes the lock on between two jobs. The others take long, so that the first one's thread
 * has seconds to ask for the lock even on a busy machine. */
#define RACERS 50000

struct race {
    _Atomic int ended, computed;
};

static int wait_for_others(void *arg) {
    struct race *race = arg;
    while (atomic_load(&race->computed) == 0)
        sched_yield();
    return 0;
}

static int race_for_lock(void *context, int64_t i, struct task *task, void *result) {
    (void)result;
    struct race *race = context;
    if (i > 0) {
        if (!atomic_load(&race->ended)) {
            atomic_fetch_add(&race->computed, 1);
            usleep(100);
        }
        return 0;
    }
    int code = task_block(task, wait_for_others, race);
    atomic_store(&race->ended, 1);
    return code;
}

Test(gil, a_waiter_gets_the_lock_between_two_jobs, .timeout = 60) {
    struct race race = {0};
    run_gil(RACERS, "0", race_for_lock, &race);
    cr_assert_lt(race.computed, RACERS - 1, "the lock was kept to the last job");
}
