/* SPDX-License-Identifier: MIT */
#include "fixture_tasks.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* Functions of tasks, under every executor whose jobs run at the same time. */

struct run {
    const char *executor;
    int workers;
};

static const struct run meeting_places[] = {
    {"threads", 8}, {"coroutines", 1}, {"loops", 1}, {"loops", 3}, {"gil", 8}, {"offload", 2}};
#define PLACES (sizeof(meeting_places) / sizeof(*meeting_places))

static void run_at(const struct run *run, int64_t jobs,
    int (*job)(void *, int64_t, struct task *, void *), void *context) {
    run_jobs_well(run->executor, NULL,
        &(struct work_options){
            .jobs = jobs, .workers = run->workers, .job = job, .context = context});
}

struct pipes {
    int fds[4][2];
};

static void open_pipes(struct pipes *pipes) {
    for (int i = 0; i < 4; i++)
        cr_assert_eq(pipe2(pipes->fds[i], O_NONBLOCK | O_CLOEXEC), 0);
}

static void close_pipes(struct pipes *pipes) {
    for (int i = 0; i < 4; i++) {
        close(pipes->fds[i][0]);
        close(pipes->fds[i][1]);
    }
}

/* The first four jobs read from a pipe each, the last four write to them, more than a pipe holds,
 * so that both sides must wait. */
#define STREAM (1 << 20)

static int stream(void *context, int64_t i, struct task *task, void *result) {
    (void)result;
    struct pipes *pipes = context;
    char buf[4096] = {0};
    size_t total = 0;
    while (total < STREAM) {
        ssize_t moved = i < 4 ? task_read(task, pipes->fds[i][0], buf, sizeof(buf))
                              : task_write(task, pipes->fds[i - 4][1], buf, sizeof(buf));
        if (moved <= 0)
            return task_fail(task, -EIO, "stream ended: %zd", moved);
        total += (size_t)moved;
    }
    return total == STREAM ? 0 : task_fail(task, -EIO, "read %zu bytes", total);
}

Test(task, reads_and_writes_wait_for_each_other) {
    for (size_t p = 0; p < PLACES; p++) {
        struct pipes pipes;
        open_pipes(&pipes);
        run_at(&meeting_places[p], 8, stream, &pipes);
        close_pipes(&pipes);
    }
}

static int wait_in_vain(void *context, int64_t i, struct task *task, void *result) {
    (void)result;
    struct pipes *pipes = context;
    int64_t deadline_ns = task_now_ns() + 2000000;
    int code = task_wait_fd(task, pipes->fds[i][0], TASK_READABLE, deadline_ns);
    if (code != -ETIMEDOUT)
        return task_fail(task, -EIO, "waiting returned %d", code);
    if (task_now_ns() < deadline_ns)
        return task_fail(task, -EIO, "waiting ended before its deadline");
    code = task_wait_fd(task, pipes->fds[i][1], TASK_WRITABLE, TASK_FOREVER);
    return code == TASK_WRITABLE ? 0 : task_fail(task, -EIO, "an empty pipe is not writable");
}

Test(task, waiting_ends_at_its_deadline_and_not_before) {
    for (size_t p = 0; p < PLACES; p++) {
        struct pipes pipes;
        open_pipes(&pipes);
        run_at(&meeting_places[p], 4, wait_in_vain, &pipes);
        close_pipes(&pipes);
    }
}

/* A task waits for a descriptor number that was waited for, closed and opened again. */
static int reuse_number(void *context, int64_t i, struct task *task, void *result) {
    (void)context;
    (void)i;
    (void)result;
    for (int round = 0; round < 3; round++) {
        int fds[2];
        char byte = 0;
        if (pipe2(fds, O_NONBLOCK | O_CLOEXEC) != 0)
            return task_fail(task, -errno, "no pipe");
        int code = task_wait_fd(task, fds[0], TASK_READABLE, task_now_ns() + 100000);
        ssize_t put = task_write(task, fds[1], "x", 1);
        ssize_t got = task_read(task, fds[0], &byte, 1);
        close(fds[0]);
        close(fds[1]);
        if (code != -ETIMEDOUT || put != 1 || got != 1 || byte != 'x')
            return task_fail(task, -EIO, "round %d: %d %zd %zd", round, code, put, got);
    }
    return 0;
}

Test(task, waits_for_a_descriptor_number_used_again) {
    for (size_t p = 0; p < PLACES; p++)
        run_at(&meeting_places[p], 1, reuse_number, NULL);
}

static int wait_for_hangup(void *context, int64_t i, struct task *task, void *result) {
    (void)result;
    struct pipes *pipes = context;
    char byte;
    if (i == 1) {
        close(pipes->fds[0][1]);
        pipes->fds[0][1] = -1;
        return 0;
    }
    ssize_t got = task_read(task, pipes->fds[0][0], &byte, 1);
    return got == 0 ? 0 : task_fail(task, -EIO, "read returned %zd", got);
}

Test(task, a_reader_sees_the_writer_hang_up) {
    for (size_t p = 0; p < PLACES; p++) {
        struct pipes pipes;
        open_pipes(&pipes);
        run_at(&meeting_places[p], 2, wait_for_hangup, &pipes);
        close_pipes(&pipes);
    }
}

static int wait_twice(void *context, int64_t i, struct task *task, void *result) {
    (void)result;
    struct pipes *pipes = context;
    int code = task_wait_fd(task, pipes->fds[0][0], TASK_READABLE, TASK_FOREVER);
    if (i == 0)
        return code == TASK_READABLE ? 0 : task_fail(task, -EIO, "the first got %d", code);
    if (write(pipes->fds[0][1], "x", 1) != 1)
        return task_fail(task, -errno, "cannot write");
    return code == -EBUSY ? 0 : task_fail(task, -EIO, "the second got %d", code);
}

Test(task, in_a_loop_a_descriptor_has_one_waiter) {
    struct pipes pipes;
    open_pipes(&pipes);
    run_at(&(struct run){"coroutines", 1}, 2, wait_twice, &pipes);
    close_pipes(&pipes);
}

static int wait_for_nothing(void *context, int64_t i, struct task *task, void *result) {
    static const int closed[] = {12345, INT_MAX, -1};
    (void)context;
    (void)result;
    int code = task_wait_fd(task, closed[i], TASK_READABLE, TASK_FOREVER);
    return code == -EBADF ? 0 : task_fail(task, -EIO, "a closed descriptor gives %d", code);
}

Test(task, a_descriptor_that_is_not_open_is_an_error) {
    for (size_t p = 0; p < PLACES; p++)
        run_at(&meeting_places[p], 3, wait_for_nothing, NULL);
}

/* Data that are already there count before any deadline, also a past one. */
static int wait_until_past(void *context, int64_t i, struct task *task, void *result) {
    static const int64_t past_ns[] = {INT64_MIN, 0, 1};
    (void)result;
    struct pipes *pipes = context;
    if (i > 0) /* other tasks that are ready and must keep their place in the queue */
        return task_yield(task);
    for (size_t p = 0; p < 3; p++) {
        int code = task_wait_fd(task, pipes->fds[0][1], TASK_WRITABLE, past_ns[p]);
        if (code != TASK_WRITABLE)
            return task_fail(task, -EIO, "a writable pipe gives %d", code);
        code = task_wait_fd(task, pipes->fds[0][0], TASK_READABLE, past_ns[p]);
        if (code != -ETIMEDOUT)
            return task_fail(task, -EIO, "an empty pipe gives %d", code);
    }
    int code = task_wait_fd(task, pipes->fds[0][0], 0, TASK_FOREVER);
    return code == -EINVAL ? 0 : task_fail(task, -EIO, "waiting for nothing gives %d", code);
}

Test(task, a_deadline_in_the_past_only_looks, .timeout = 30) {
    for (size_t p = 0; p < PLACES; p++) {
        struct pipes pipes;
        open_pipes(&pipes);
        run_at(&meeting_places[p], 8, wait_until_past, &pipes);
        close_pipes(&pipes);
    }
}

/* The first job's deadline passes. Its event comes before its turn, which is behind 200 others. */
static int event_after_deadline(void *context, int64_t i, struct task *task, void *result) {
    (void)result;
    struct pipes *pipes = context;
    char byte;
    if (i == 0) {
        int code = task_wait_fd(task, pipes->fds[0][0], TASK_READABLE, 1);
        if (code != -ETIMEDOUT)
            return task_fail(task, -EIO, "a passed deadline gives %d", code);
        return task_read(task, pipes->fds[0][0], &byte, 1) == 1 ? 0 : -EIO;
    }
    int code = task_yield(task);
    if (i == 1 && task_write(task, pipes->fds[0][1], "x", 1) != 1)
        return -EIO;
    for (int step = 0; code == 0 && step < 3; step++)
        code = task_yield(task);
    return code;
}

Test(task, an_event_after_the_deadline_has_no_waiter, .timeout = 30) {
    struct pipes pipes;
    open_pipes(&pipes);
    run_at(&(struct run){"coroutines", 1}, 200, event_after_deadline, &pipes);
    close_pipes(&pipes);
}

/* The order of steps is that of asyncio's gather: all tasks start, in order, before any continues.
 */
struct trace {
    int steps;
    int64_t jobs[9];
};

static int three_steps(void *context, int64_t i, struct task *task, void *result) {
    (void)result;
    struct trace *trace = context;
    for (int step = 0; step < 3; step++) {
        trace->jobs[trace->steps++] = i;
        if (task_yield(task) != 0)
            return -EIO;
    }
    return 0;
}

Test(task, coroutines_take_turns) {
    static const int64_t expected[9] = {0, 1, 2, 0, 1, 2, 0, 1, 2};
    struct trace trace = {0};
    run_at(&(struct run){"coroutines", 1}, 3, three_steps, &trace);
    cr_assert_eq(trace.steps, 9);
    cr_assert_arr_eq(trace.jobs, expected, sizeof(expected));
}

/* The number of jobs in flight: each job waits until the maximum has been reached. */
struct flight {
    int now, most, expected;
};

static int be_in_flight(void *context, int64_t i, struct task *task, void *result) {
    (void)i;
    (void)result;
    struct flight *flight = context;
    if (++flight->now > flight->most)
        flight->most = flight->now;
    int code = task_sleep(task, 1000);
    while (code == 0 && flight->most < flight->expected)
        code = task_yield(task);
    flight->now--;
    return code;
}

static int most_in_flight(const char *concurrency, int expected) {
    const char *const settings[] = {"concurrency", concurrency, NULL};
    struct flight flight = {.expected = expected};
    run_jobs_well("coroutines", settings,
        &(struct work_options){.jobs = 100, .workers = 1, .job = be_in_flight, .context = &flight});
    return flight.most;
}

Test(task, concurrency_bounds_the_jobs_in_flight, .timeout = 30) {
    cr_assert_eq(most_in_flight("1", 1), 1);
    cr_assert_eq(most_in_flight("7", 7), 7);
    cr_assert_eq(most_in_flight("unbounded", 100), 100);
}

static int block_for_answer(void *arg) {
    return *(int *)arg + 1;
}

static int call_blocking(void *context, int64_t i, struct task *task, void *result) {
    (void)context;
    (void)result;
    int number = (int)i;
    return task_block(task, block_for_answer, &number) == i + 1 ? 0 : -EIO;
}

Test(task, a_blocking_call_gives_its_result) {
    for (size_t p = 0; p < PLACES; p++)
        run_at(&meeting_places[p], 10, call_blocking, NULL);
}
