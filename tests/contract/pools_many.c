/* SPDX-License-Identifier: MIT */
/*
 * Opens, uses and closes pools of every executor many times over: descriptors, threads, processes
 * and memory stay as they are.
 *
 *     pools_many [COUNT]      so many in all, 210 by default
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "checks.h"
#include "sanitizers.h"
#include "settle.h"

#define WARM_UP 5            /* pools of each executor after which memory must not grow */
#define GROWTH_KIB (2 << 10) /* what the allocator may still take */

static int nothing(void *context, int64_t i, struct task *task, void *result) {
    (void)context;
    (void)i;
    (void)task;
    (void)result;
    return 0;
}

/* Rounds, and calls where the executor takes them: some awaited, some dropped, one kept. */
static void use_pool(const struct executor *executor, int workers) {
    static call_function *const functions[] = {add, NULL};
    struct work *work = NULL;
    struct pool *pool = NULL;
    struct tally tally = {0};
    struct diag diag = {0};
    struct pool_options options = {.calls = {.functions = functions,
                                       .argument_size = sizeof(struct pair),
                                       .result_size = sizeof(int64_t),
                                       .pending = 100}};
    int code = work_new(
        &(struct work_options){.jobs = 10, .workers = workers, .job = nothing}, &work, &diag);
    options.work = work;
    if (code == 0)
        code = pool_open(executor, &options, &pool, &diag);
    bool calls = code == 0;
    if (code == -ENOTSUP) {
        options.calls.pending = 0;
        code = pool_open(executor, &options, &pool, &diag);
    }
    if (code == 0)
        code = pool_run(pool, &tally, &diag);
    report(code == 0 && tally.done == 10, executor->name, diag.text);
    struct future *kept = NULL;
    if (code == 0 && calls) {
        int64_t sum = 0;
        for (int i = 0; i < 10; i++)
            future_free(submit_add(pool, 1, 1));
        kept = submit_add(pool, 1, 1);
        CHECK(future_result(kept, &sum, &diag) == 0 && sum == 2, executor);
        CHECK(pool_run(pool, &tally, &diag) == 0, executor);
    }
    CHECK(pool_close(pool, &diag) == 0, executor);
    future_free(kept);
    work_free(work);
}

static void use_all(int round) {
    board_clear();
    for (size_t i = 0; executors()[i]; i++)
        use_pool(executors()[i], round % 3 < executors()[i]->max_workers ? 1 + round % 3 : 1);
}

static struct footprint settled(void) {
    settle_threads();
    return footprint_now();
}

int main(int argc, char **argv) {
    int executors_count = 1;
    while (executors()[executors_count])
        executors_count++;
    assert(executors_count > 0);
    int rounds = (argc > 1 ? atoi(argv[1]) : 210) / executors_count;
    watchdog(300 + (unsigned)rounds);
    for (int round = 0; round < WARM_UP; round++)
        use_all(round);
    struct footprint before = settled();
    for (int round = 0; round < rounds; round++)
        use_all(round);
    struct footprint after = settled();
    report(after.descriptors == before.descriptors, "all", "descriptors stay as many");
    report(after.threads == before.threads, "all", "threads stay as many");
    report(!after.children, "all", "no process is left");
#if !defined(WITH_ASAN) && !defined(WITH_TSAN) /* which keep what was freed */
    report(after.memory - before.memory < GROWTH_KIB, "all", "memory stays as much");
    printf("memory: %ld KiB before, %ld KiB after %d pools\n", before.memory, after.memory,
        rounds * executors_count);
#endif
    return report_end();
}
