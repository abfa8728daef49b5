/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FIXTURE_TASKS_H
#define TESTS_FIXTURE_TASKS_H

#include <pconc/executor.h>

/* Every executor whose tasks can start tasks, ended by NULL. */
extern const char *const spawning[];

/* Runs fn(task, arg) as the only job of `executor`, with two workers where it can have them. What
 * it returned, with its sentence; or why the pool could not run it. */
int run_one_job(const char *executor, task_function *fn, void *arg, struct diag *diag);

/* The same under each of spawning[]: expected to return 0. */
void run_where_tasks_spawn(task_function *fn, void *arg);

/* In a task: fails with the line and the text of a condition that does not hold. */
#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition))                                                                          \
            return task_fail(task, -EIO, "line %d: not so: %s", __LINE__, #condition);             \
    } while (0)

#endif
