/* SPDX-License-Identifier: MIT */
#include "fixture_tasks.h"

#include <criterion/criterion.h>

const char *const spawning[] = {"coroutines", "loops", "offload", NULL};

struct one_job {
    task_function *fn;
    void *arg;
};

static int run_fn(void *context, int64_t i, struct task *task, void *result) {
    (void)i;
    (void)result;
    struct one_job *job = context;
    return job->fn(task, job->arg);
}

int run_one_job(const char *executor, task_function *fn, void *arg, struct diag *diag) {
    const struct executor *found = executor_find(executor);
    struct one_job job = {fn, arg};
    struct work *work = NULL;
    struct pool *pool = NULL;
    struct tally tally = {0};
    struct work_options options = {
        .jobs = 1, .workers = found->max_workers > 1 ? 2 : 1, .job = run_fn, .context = &job};
    cr_assert_eq(work_new(&options, &work, diag), 0);
    int code = pool_open(found, &(struct pool_options){.work = work}, &pool, diag);
    if (code == 0)
        code = pool_run(pool, &tally, diag);
    if (code == 0 && tally.failed > 0)
        code = diag_set(diag, tally.failed_code, "%s", tally.failed_text);
    cr_assert_eq(pool_close(pool, NULL), 0);
    work_free(work);
    return code;
}

void run_where_tasks_spawn(task_function *fn, void *arg) {
    for (size_t i = 0; spawning[i]; i++) {
        struct diag diag = {0};
        int code = run_one_job(spawning[i], fn, arg, &diag);
        cr_assert_eq(code, 0, "%s: %d: %s", spawning[i], code, diag.text);
    }
}
