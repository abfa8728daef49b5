/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CHECKS_H
#define TESTS_CHECKS_H

/* Shared by the contract programs for futures. It is no test framework, so that they run under
 * ThreadSanitizer. */

#include <pconc/future.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Counts a check; prints what went wrong if it is not ok. Any thread may call it. */
void report(bool ok, const char *executor, const char *what);
#define CHECK(condition, executor) report((condition), (executor)->name, #condition)

/* In a task: fails with the line and the text of a false condition. */
#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition))                                                                          \
            return task_fail(task, -EIO, "line %d: not so: %s", __LINE__, #condition);             \
    } while (0)

/* The exit code of the program. */
int report_end(void);

/* Ends the program with a message if it is not called for this long: a hang. */
void watchdog(unsigned seconds);

/* Whether one of argv[1..] is `name`, or there are none. */
bool wanted(char **argv, const char *name);

/* Memory that worker processes share with the test. */
struct board {
    _Atomic int gate;    /* not 0: calls of `held` continue */
    _Atomic int started; /* calls that have started */
    _Atomic int ended;   /* calls that have ended */
};
extern struct board *board;
void board_clear(void);
void board_await(_Atomic int *count, int at_least);

/* Functions for calls. */
struct pair {
    int64_t a, b;
};
int add(struct task *task, const void *argument, void *result); /* a + b */
int add_positive(
    struct task *task, const void *argument, void *result); /* the same; -ERANGE if b is negative */
int fail(struct task *task, const void *argument, void *result);       /* -EDOM, with a sentence */
int held(struct task *task, const void *argument, void *result);       /* waits for the gate */
int sleep_long(struct task *task, const void *argument, void *result); /* for an hour */
int stubborn(struct task *task, const void *argument, void *result);   /* until cancelled */
int die(struct task *task, const void *argument, void *result);        /* kills its process */
int leave(struct task *task, const void *argument, void *result);      /* exits, with 0 */
int unlisted(struct task *task, const void *argument, void *result);

/* A pool for calls of these functions; -ENOTSUP if the executor takes no calls. */
int open_pool(const struct executor *executor, int workers, int64_t pending, struct pool **ret_pool,
    struct diag *diag);

/* Submits add(a, b); ends the program if that fails. */
struct future *submit_add(struct pool *pool, int64_t a, int64_t b);
struct future *submit(struct pool *pool, call_function *fn);

/* Descriptors, threads and children of this program, and its resident memory in KiB. */
struct footprint {
    size_t descriptors, threads;
    bool children;
    long memory;
};
struct footprint footprint_now(void);

#endif
