/* SPDX-License-Identifier: MIT */
#include "fixture_epolls.h"
#include "fixture_tasks.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pconc/sync.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Jobs run in one loop, blocking functions in other threads. */

static int run_offload(int workers, int64_t jobs, int runs,
    int (*job)(void *, int64_t, struct task *, void *), void *context, struct diag *diag) {
    struct tally tally = {0};
    struct work_options options = {
        .jobs = jobs, .workers = workers, .job = job, .context = context};
    int code = run_jobs("offload", NULL, &options, runs, &tally, diag);
    cr_assert_eq(tally.failed, 0, "job %d: %s", (int)tally.failed_job, tally.failed_text);
    if (code == 0)
        cr_assert_eq(tally.done, jobs);
    return code;
}

static int tell_thread(void *arg) {
    *(pid_t *)arg = gettid();
    return 7;
}

static int block_elsewhere(void *context, int64_t i, struct task *task, void *result) {
    (void)i;
    (void)result;
    pid_t loop_thread = *(const pid_t *)context, thread = 0;
    if (gettid() != loop_thread)
        return task_fail(task, -EIO, "a job runs outside the loop");
    if (task_block(task, tell_thread, &thread) != 7)
        return task_fail(task, -EIO, "the result is lost");
    if (gettid() != loop_thread)
        return task_fail(task, -EIO, "a job goes on outside the loop");
    return thread != 0 && thread != loop_thread ? 0 : task_fail(task, -EIO, "it blocked the loop");
}

Test(offload, calls_block_in_another_thread_than_the_loop, .timeout = 60) {
    pid_t loop_thread = gettid();
    struct diag diag = {0};
    for (int workers = 1; workers <= 7; workers++)
        cr_assert_eq(run_offload(workers, 1000, 2, block_elsewhere, &loop_thread, &diag), 0);
}

/* Calls that end only when all of them run at once and the loop has run on meanwhile. */
#define WORKERS 4

struct meeting {
    _Atomic int blocked, loop_ran;
};

static int wait_for_all(void *arg) {
    struct meeting *meeting = arg;
    atomic_fetch_add(&meeting->blocked, 1);
    while (atomic_load(&meeting->blocked) < WORKERS || !atomic_load(&meeting->loop_ran))
        sched_yield();
    return 0;
}

static int meet(void *context, int64_t i, struct task *task, void *result) {
    (void)result;
    struct meeting *meeting = context;
    if (i < WORKERS)
        return task_block(task, wait_for_all, meeting);
    while (atomic_load(&meeting->blocked) < WORKERS) {
        int code = task_yield(task);
        if (code < 0)
            return code;
    }
    atomic_store(&meeting->loop_ran, 1);
    return 0;
}

Test(offload, the_loop_runs_on_while_all_threads_are_blocked, .timeout = 60) {
    struct meeting meeting = {0};
    struct diag diag = {0};
    cr_assert_eq(run_offload(WORKERS, WORKERS + 1, 1, meet, &meeting, &diag), 0);
}

/* A task that yields for ever must not stop a posted one. */
static int yield_until_posted(void *context, int64_t i, struct task *task, void *result) {
    (void)result;
    int *ended = context;
    pid_t thread;
    if (i == 0) {
        int code = task_block(task, tell_thread, &thread);
        *ended = 1;
        return code == 7 ? 0 : -EIO;
    }
    while (!*ended) {
        int code = task_yield(task);
        if (code < 0)
            return code;
    }
    return 0;
}

Test(offload, a_busy_loop_takes_what_is_posted, .timeout = 60) {
    int ended = 0;
    struct diag diag = {0};
    cr_assert_eq(run_offload(1, 3, 1, yield_until_posted, &ended, &diag), 0);
}

/* Closes the epoll instances of the loops. */
static void close_epolls(const struct epolls *others) {
    struct epolls epolls = find_epolls();
    for (int fd = 3; fd < 256; fd++)
        if (epolls.is[fd] && !others->is[fd])
            close(fd);
}

/* The loop breaks while calls run and others are queued: the run ends and the pool closes. */
static int sleep_a_little(void *arg) {
    (void)arg;
    usleep(2000);
    return 0;
}

static int break_loop(void *context, int64_t i, struct task *task, void *result) {
    (void)result;
    if (i == 99)
        close_epolls(context);
    return task_block(task, sleep_a_little, NULL);
}

Test(offload, a_loop_that_breaks_leaves_no_call_behind, .timeout = 60) {
    struct epolls others = find_epolls();
    struct diag diag = {0};
    int code = run_offload(2, 100, 1, break_loop, &others, &diag);
    cr_assert_eq(code, -EBADF, "%d: %s", code, diag.text);
}

static int block_and_wait_for_ever(void *context, int64_t i, struct task *task, void *result) {
    pid_t thread = 0;
    (void)result;
    if (task_block(task, tell_thread, &thread) != 7)
        return -EIO;
    return i == 0 ? task_semaphore_take(task, context, TASK_FOREVER) : 0;
}

/* No thread will return anything, so that wait cannot end. */
Test(offload, reports_tasks_that_wait_for_each_other, .timeout = 60) {
    static struct task_semaphore none;
    struct diag diag = {0};
    cr_assert_eq(run_offload(2, 3, 1, block_and_wait_for_ever, &none, &diag), -EDEADLK);
    cr_assert(strstr(diag.text, "wait for each other"), "%s", diag.text);
}
