/* SPDX-License-Identifier: MIT */
#include "fixture_epolls.h"
#include "fixture_tasks.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

/* Only what is special to the executor `loops`; see test_task.c for the rest. */

#define WORKERS 4
#define JOBS 8

static const char *const unbounded[] = {"concurrency", "unbounded", NULL};

/* Every job waits until all have started, so that none can be left to a busy loop. */
struct meeting {
    int pipe[2];
    _Atomic int arrived;
    pid_t threads[JOBS];
};

static int meet(void *context, int64_t i, struct task *task, void *result) {
    (void)result;
    struct meeting *meeting = context;
    meeting->threads[i] = gettid();
    if (atomic_fetch_add(&meeting->arrived, 1) + 1 == JOBS) {
        close(meeting->pipe[1]);
        return 0;
    }
    /* In each loop one job waits for the pipe, which has one waiter per loop; the others poll. */
    char byte;
    ssize_t got = task_read(task, meeting->pipe[0], &byte, 1);
    while (got == -EBUSY && atomic_load(&meeting->arrived) < JOBS) {
        int code = task_sleep(task, 1000);
        if (code < 0)
            return code;
    }
    return got == 0 || got == -EBUSY ? 0 : task_fail(task, (int)got, "the pipe gave %zd", got);
}

static int compare_pids(const void *a, const void *b) {
    return *(const pid_t *)a - *(const pid_t *)b;
}

Test(loops, share_waiting_jobs_evenly, .timeout = 60) {
    struct meeting meeting = {0};
    cr_assert_eq(pipe2(meeting.pipe, O_NONBLOCK | O_CLOEXEC), 0);
    run_jobs_well("loops", unbounded,
        &(struct work_options){.jobs = JOBS, .workers = WORKERS, .job = meet, .context = &meeting});
    close(meeting.pipe[0]);
    qsort(meeting.threads, JOBS, sizeof(*meeting.threads), compare_pids);
    for (int i = 0; i < JOBS; i++) {
        bool pair_begins = i % (JOBS / WORKERS) == 0;
        cr_assert_eq(i == 0 || meeting.threads[i] != meeting.threads[i - 1], pair_begins,
            "job places %d and %d", i - 1, i);
        cr_assert_neq(meeting.threads[i], getpid());
    }
}

struct flight {
    _Atomic int now, most;
};

static int be_in_flight(void *context, int64_t i, struct task *task, void *result) {
    (void)i;
    (void)result;
    struct flight *flight = context;
    int now = atomic_fetch_add(&flight->now, 1) + 1;
    int most = atomic_load(&flight->most);
    while (now > most && !atomic_compare_exchange_weak(&flight->most, &most, now))
        ;
    int code = task_sleep(task, 1000);
    atomic_fetch_sub(&flight->now, 1);
    return code;
}

Test(loops, concurrency_bounds_the_jobs_in_flight_of_each, .timeout = 60) {
    static const char *const three[] = {"concurrency", "3", NULL};
    struct flight flight = {0};
    run_jobs_well("loops", three,
        &(struct work_options){.jobs = 100, .workers = 2, .job = be_in_flight, .context = &flight});
    cr_assert_leq(flight.most, 6);
}

static int threads_now(void) {
    int count = 0;
    DIR *folder = opendir("/proc/self/task");
    while (readdir(folder))
        count++;
    closedir(folder);
    return count - 2;
}

static int never_called(void *context, int64_t i, struct task *task, void *result) {
    (void)context;
    (void)result;
    return task_fail(task, -EIO, "job %d was run", (int)i);
}

Test(loops, are_refused_with_a_message_if_descriptors_are_few, .timeout = 60) {
    struct tally tally = {0};
    struct diag diag = {0};
    struct rlimit limit;
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    int next = dup(STDERR_FILENO);
    int before = threads_now();
    limit.rlim_cur = (rlim_t)next + 5; /* two loops and a half */
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    int code = run_jobs("loops", unbounded,
        &(struct work_options){.jobs = JOBS, .workers = WORKERS, .job = never_called}, 1, &tally,
        &diag);
    cr_assert_eq(code, -EMFILE, "%d: %s", code, diag.text);
    cr_assert(strstr(diag.text, "RLIMIT_NOFILE"), "%s", diag.text);
    limit.rlim_cur = (rlim_t)next + 20;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    for (int look = 0; threads_now() > before && look < 1000000; look++)
        ;
    cr_assert_eq(threads_now(), before);
    int after = dup(STDERR_FILENO);
    cr_assert_eq(after, next + 1, "descriptors are left");
    close(after);
    close(next);
}

struct breakage {
    struct epolls others;
    int event_fd;
};

/* The first job closes the epoll instance of a loop. */
static int break_a_loop(void *context, int64_t i, struct task *task, void *result) {
    (void)result;
    struct breakage *breakage = context;
    /* A loop that never waited for a descriptor sleeps without epoll. */
    int seen = task_wait_fd(task, breakage->event_fd, TASK_READABLE, 0);
    if (seen >= 0)
        return task_fail(task, -EIO, "an event from nowhere");
    struct epolls epolls = i == 0 ? find_epolls() : breakage->others;
    int fd = 3;
    while (fd < 256 && epolls.is[fd] == breakage->others.is[fd])
        fd++;
    if (fd < 256)
        close(fd);
    for (int step = 0; step < 3; step++) {
        int code = task_sleep(task, 1000);
        if (code < 0)
            return code;
    }
    return 0;
}

/* Tasks of the other loops end, and no loop starts more: so many jobs could never be run. */
#define ENDLESS (INT64_C(1) << 40)

Test(loops, end_the_run_if_one_breaks, .timeout = 60) {
    static const char *const two[] = {"concurrency", "2", NULL};
    struct breakage breakage = {
        .others = find_epolls(), .event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    struct tally tally = {0};
    struct diag diag = {0};
    int code = run_jobs("loops", two,
        &(struct work_options){
            .jobs = ENDLESS, .workers = 3, .job = break_a_loop, .context = &breakage},
        1, &tally, &diag);
    cr_assert_eq(code, -EBADF, "%d: %s", code, diag.text);
    cr_assert(strstr(diag.text, "cannot wait"), "%s", diag.text);
}
