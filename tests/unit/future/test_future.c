/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "pool.h"

/* The contract for futures of each executor is in tests/contract/futures.c, futures of several
 * pools in futures_mixed.c: processes cannot be forked from a Criterion test, which has threads. */

static int nothing(struct task *task, const void *argument, void *result) {
    (void)task;
    (void)argument;
    (void)result;
    return 0;
}

Test(future, calls_of_unlisted_functions_are_refused) {
    struct pool *pool = NULL;
    struct tally tally;
    struct diag diag = {0};
    int64_t argument = 1;
    struct pool_options options = {.workers = 1};
    cr_assert_eq(pool_open(executor_find("threads"), &options, &pool, &diag), 0);
    cr_assert_eq(pool_submit(pool, nothing, &argument, sizeof(argument), NULL, &diag), -EINVAL);
    cr_assert(strstr(diag.text, "calls.pending"));
    cr_assert_eq(pool_run(pool, &tally, &diag), -EINVAL);
    cr_assert(strstr(diag.text, "without jobs"));
    cr_assert_eq(pool_drain(pool, TASK_FOREVER, &diag), 0);
    pool_shutdown(pool, true);
    cr_assert_eq(pool_close(pool, &diag), 0);

    options.calls.pending = -1;
    cr_assert_eq(pool_open(executor_find("threads"), &options, &pool, &diag), -EINVAL);
    options.calls.pending = 1;
    cr_assert_eq(pool_open(executor_find("processes"), &options, &pool, &diag), -EINVAL);
    cr_assert(strstr(diag.text, "calls.functions"));
    options.workers = 0;
    cr_assert_eq(pool_open(executor_find("threads"), &options, &pool, &diag), -EINVAL);
    cr_assert(strstr(diag.text, "0 workers"));
}
