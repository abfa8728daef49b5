/* SPDX-License-Identifier: MIT */
/*
 * Opens, uses and closes pools of every executor and event loops many times. Descriptors, threads,
 * processes and memory must not grow.
 *
 *     pools_many [COUNT]      how many in all, 240 by default
 */
#include <errno.h>
#include <pconc/loop.h>
#include <stdio.h>
#include <stdlib.h>

#include "checks.h"
#include "sanitizers.h"
#include "settle.h"

#define WARM_UP 5            /* pools of each executor after which memory must not grow */
#define GROWTH_KIB (2 << 10) /* how much the allocator may still grow */

static int nothing(void *context, int64_t i, struct task *task, void *result) {
    (void)context;
    (void)i;
    (void)task;
    (void)result;
    return 0;
}

/* Passes, and calls if the executor takes them: some awaited, some dropped, one kept. */
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
        struct pair pairs[] = {{1, 1}, {1, 2}, {1, 3}};
        int64_t sums[3];
        code = pool_map(pool, add, pairs, sizeof(*pairs), 3, 0, sums, TASK_FOREVER, &diag);
        CHECK(code == 0 && sums[0] + sums[1] + sums[2] == 9, executor);
    }
    CHECK(pool_close(pool, &diag) == 0, executor);
    future_free(kept);
    work_free(work);
}

static int child(struct task *task, void *arg) {
    (void)arg;
    return task_yield(task);
}

static int some_tasks(struct task *task, void *arg) {
    struct task *children[3];
    for (int i = 0; i < 3; i++) {
        int code = task_spawn(task, child, arg, &children[i]);
        if (code < 0)
            return code;
    }
    return task_gather(task, children, 3, NULL);
}

/* Tasks, a call that runs, and one that never runs. */
static void use_loop(bool shared_stacks) {
    struct loop *loop = NULL;
    struct future *futures[2] = {NULL};
    struct pair pair = {1, 2};
    struct diag diag = {0};
    int64_t sum = 0;
    struct loop_options options = {.shared_stacks = shared_stacks};
    int code = loop_new(&options, &loop, &diag);
    for (int i = 0; code == 0 && i < 2; i++) {
        code = loop_submit(loop, add, &pair, sizeof(pair), sizeof(sum), &futures[i], &diag);
        if (code == 0 && i == 0)
            code = loop_run(loop, some_tasks, NULL, &diag);
    }
    report(code == 0, "loop", diag.text);
    loop_free(loop);
    report(future_result(futures[0], &sum, &diag) == 0 && sum == 3, "loop", "a call is run");
    report(future_result(futures[1], &sum, &diag) == -ESHUTDOWN, "loop", "a call is not run");
    for (int i = 0; i < 2; i++)
        future_free(futures[i]);
}

static void use_all(int round) {
    board_clear();
    use_loop(round % 2);
    for (size_t i = 0; executors()[i]; i++)
        use_pool(executors()[i], round % 3 < executors()[i]->max_workers ? 1 + round % 3 : 1);
}

static struct footprint settled(void) {
    settle_threads();
    return footprint_now();
}

int main(int argc, char **argv) {
    int kinds = 1; /* event loops, and the executors */
    while (executors()[kinds - 1])
        kinds++;
    int rounds = (argc > 1 ? atoi(argv[1]) : 240) / kinds;
    watchdog(300 + (unsigned)rounds);
    for (int round = 0; round < WARM_UP; round++)
        use_all(round);
    struct footprint before = settled();
    for (int round = 0; round < rounds; round++)
        use_all(round);
    struct footprint after = settled();
    printf("descriptors: %zu before, %zu after; threads: %zu and %zu\n", before.descriptors,
        after.descriptors, before.threads, after.threads);
    report(after.descriptors == before.descriptors, "all", "descriptors stay as many");
    report(after.threads == before.threads, "all", "threads stay as many");
    report(!after.children, "all", "no process is left");
#if !defined(WITH_ASAN) && !defined(WITH_TSAN) /* they keep freed memory */
    report(after.memory - before.memory < GROWTH_KIB, "all", "memory stays as much");
    printf("memory: %ld KiB before, %ld KiB after %d pools and loops\n", before.memory,
        after.memory, rounds * kinds);
#endif
    return report_end();
}
