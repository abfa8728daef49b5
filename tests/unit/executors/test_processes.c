/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture_stuck.h"
#include "pool.h"

/* Conditions for opening a pool of processes. */

static int open_pool(struct diag *diag) {
    struct pool *pool = NULL;
    int code =
        pool_open(executor_find("processes"), &(struct pool_options){.workers = 1}, &pool, diag);
    return code < 0 ? code : pool_close(pool, diag);
}

static void *wait_for_end(void *mutex) {
    pthread_mutex_lock(mutex);
    pthread_mutex_unlock(mutex);
    return NULL;
}

static long sleeps(void) {
    struct rusage usage;
    cr_assert_eq(getrusage(RUSAGE_THREAD, &usage), 0);
    return usage.ru_nvcsw;
}

Test(processes, are_refused_beside_threads_without_waiting) {
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_t thread;
    struct diag diag = {0};
    pthread_mutex_lock(&mutex);
    cr_assert_eq(pthread_create(&thread, NULL, wait_for_end, &mutex), 0);
    long before = sleeps();
    cr_assert_eq(open_pool(&diag), -EBUSY);
    cr_expect_lt(sleeps() - before, 100);
    cr_assert(strstr(diag.text, "threads"));
    pthread_mutex_unlock(&mutex);
    pthread_join(thread, NULL);
}

static void *end_at_once(void *arg) {
    return arg;
}

/* In a child process, which has only this thread. */
static int open_after_joins(void) {
    for (int i = 0; i < 100; i++) {
        pthread_t threads[4];
        struct diag diag = {0};
        for (int t = 0; t < 4; t++)
            if (pthread_create(&threads[t], NULL, end_at_once, NULL) != 0)
                return 1;
        for (int t = 0; t < 4; t++)
            pthread_join(threads[t], NULL);
        if (open_pool(&diag) < 0)
            return 2;
    }
    return 0;
}

Test(processes, are_opened_as_soon_as_all_threads_were_joined) {
    pid_t child = fork();
    if (child == 0)
        _exit(open_after_joins());
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0);
}

/* Job 0 makes its worker one that cannot be killed; then job 1 ends the other worker. */
static int break_pool(void *tracer, int64_t i, struct task *task, void *result) {
    (void)task;
    (void)result;
    if (i == 0)
        tracer_get_stuck(tracer);
    _exit(tracer_wait(tracer) ? 7 : 8);
}

enum { LEFT_BEHIND, NOT_TRACED, OTHERWISE };

/* In a child process, which has only this thread. */
static int close_with_stuck_worker(void) {
    struct tracer tracer = tracer_start();
    struct work_options options = {.jobs = 2, .workers = 2, .job = break_pool, .context = &tracer};
    struct work *work = NULL;
    struct pool *pool = NULL;
    struct tally tally;
    struct diag diag = {0};
    if (work_new(&options, &work, &diag) < 0
        || pool_open(executor_find("processes"), &(struct pool_options){.work = work}, &pool, &diag)
            < 0)
        return OTHERWISE;
    int ran = pool_run(pool, &tally, &diag);
    bool traced = strstr(diag.text, "status 7");
    int closed = pool_close(pool, &diag);
    work_free(work);
    tracer_end(&tracer);
    if (!traced)
        return NOT_TRACED;
    bool said = strstr(diag.text, "was killed but did not end");
    return ran == -EOWNERDEAD && closed == -EBUSY && said ? LEFT_BEHIND : OTHERWISE;
}

Test(processes, a_worker_that_cannot_be_killed_is_left_behind_with_a_message) {
    pid_t child = fork();
    if (child == 0)
        _exit(close_with_stuck_worker());
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_TRACED)
        cr_skip_test("no process may be traced here");
    cr_assert_eq(status, LEFT_BEHIND);
}
