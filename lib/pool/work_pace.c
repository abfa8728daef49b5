/* SPDX-License-Identifier: MIT */
#include "work.h"

#include "clock.h"

#include <pconc/task.h>

int work_await_due(const struct work *work, struct task *task, int64_t job) {
    int64_t due_ns = work_due_ns(work, job);

    return clock_now_ns() < due_ns ? task_sleep_until(task, due_ns) : 0;
}

/* The `job` of a paced job set. */
static int run_when_due(void *context, int64_t i, struct task *task, void *result) {
    const struct work *work = context;
    int code = work_await_due(work, task, i);

    return code < 0 ? code : work->pace.job(work->pace.context, i, task, result);
}

void work_pace(struct work *work, const int64_t *due_ns) {
    struct work_options *options = &work->options;

    if (due_ns && !work->pace.due_ns) {
        work->pace.job = options->job;
        work->pace.context = options->context;
        options->job = run_when_due;
        options->context = work;
    } else if (!due_ns && work->pace.due_ns) {
        options->job = work->pace.job;
        options->context = work->pace.context;
    }
    work->pace.due_ns = due_ns;
}
