/* SPDX-License-Identifier: MIT */
/*
 * Where workers run: each on its CPU from the first job on, with every executor; and the opener
 * gets its own mask back. With one CPU the checks are trivial, and those that need a second are
 * left out.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checks.h"
#include "cpus.h"
#include "place.h"
#include "pool.h"
#include "pool_task.h"
#include "settle.h"

#define JOBS 200

/* What a job saw. */
struct seen {
    int worker;
    int cpu;     /* where it ran */
    int allowed; /* CPUs in the mask of its thread */
    int usable;  /* usable_cpus() there */
    int blocked; /* CPUs in the mask where task_block ran */
};

static int mask_size(void) {
    struct cpu_mask mask;
    if (!cpu_mask_of_thread(&mask))
        return 0;
    int count = CPU_COUNT_S(mask.size, mask.set);
    CPU_FREE(mask.set);
    return count;
}

static int count_mask(void *ret_count) {
    *(int *)ret_count = mask_size();
    return 0;
}

static int look(void *context, int64_t i, struct task *task, void *result) {
    int *blocked = malloc(sizeof(*blocked)); /* not on a stack that may be shared */
    (void)context;
    (void)i;
    if (!blocked)
        return -ENOMEM;
    int code = task_block(task, count_mask, blocked);
    *(struct seen *)result = (struct seen){.worker = task_worker(task)->index,
        .cpu = sched_getcpu(),
        .allowed = mask_size(),
        .usable = usable_cpus(),
        .blocked = *blocked};
    free(blocked);
    return code < 0 ? code : task_yield(task);
}

/* The usable CPUs, ascending. */
static int *cpus;
static int cpu_count, usable;

struct opened {
    const struct executor *executor;
    struct work *work;
    struct pool *pool;
};

static int workers_for(const struct executor *executor) {
    return executor->max_workers > 1 && usable > 1 ? 2 : 1;
}

/* With the parameter `pin`, or with the CPUs of `given`. */
static int open_placed(
    const struct executor *executor, const char *pin, const int *given, struct opened *ret) {
    union param_value params[PARAMS_MAX];
    struct diag diag = {0};
    *ret = (struct opened){.executor = executor};
    int code = params_defaults(executor->params, 0, params, &diag);
    int at = params_find(executor->params, POOL_PARAM_PIN);
    report(code == 0 && at >= 0, executor->name, "has no parameter pin");
    if (at < 0)
        return -ENOENT;
    params[at].text = pin;
    const struct work_options options = {.jobs = JOBS,
        .workers = workers_for(executor),
        .result_size = sizeof(struct seen),
        .job = look};
    code = work_new(&options, &ret->work, &diag);
    if (code == 0)
        code = pool_open(executor,
            &(struct pool_options){.work = ret->work, .params = params, .cpus = given}, &ret->pool,
            &diag);
    if (code < 0) {
        work_free(ret->work);
        report(strstr(diag.text, "CPU") != NULL, executor->name, diag.text);
    }
    return code;
}

static void close_placed(struct opened *opened) {
    struct diag diag = {0};
    report(pool_close(opened->pool, &diag) == 0, opened->executor->name, diag.text);
    work_free(opened->work);
}

static const struct seen *run_jobs(const struct opened *opened, int64_t i) {
    static struct outcome outcome;
    if (i == 0) {
        struct tally tally = {0};
        struct diag diag = {0};
        int code = pool_run(opened->pool, &tally, &diag);
        report(code == 0 && tally.done == JOBS, opened->executor->name, diag.text);
        outcome = work_outcome(opened->work, &tally);
    }
    return outcome_slot(&outcome, i);
}

/* Every job of worker w ran on expected[w], and nowhere else. */
static void check_bound(const struct opened *opened, const int *expected) {
    bool threads_block = strcmp(opened->executor->name, "offload") == 0;
    bool placed = true, narrow = true, knows = true, free_to_block = true;
    for (int64_t i = 0; i < JOBS; i++) {
        const struct seen *seen = run_jobs(opened, i);
        placed = placed && seen->cpu == expected[seen->worker];
        narrow = narrow && seen->allowed == 1;
        knows = knows && seen->usable == usable;
        free_to_block = free_to_block && seen->blocked == (threads_block ? cpu_count : 1);
    }
    CHECK(placed, opened->executor);
    CHECK(narrow, opened->executor);
    CHECK(knows, opened->executor);
    CHECK(free_to_block, opened->executor);
    CHECK(usable_cpus() == usable, opened->executor);
}

static void check_spread(const struct executor *executor) {
    struct opened opened;
    int expected[2] = {0, 0};
    struct places places;
    struct diag diag;
    int code = place_read(&places, &diag);
    if (code == 0)
        code = place_choose(
            &places, "spread", pool_places(executor, workers_for(executor)), expected, &diag);
    if (code < 0)
        abort();
    CHECK(usable == 1 || pool_places(executor, 2) == 1 || expected[0] != expected[1], executor);
    place_release(&places);
    if (open_placed(executor, "spread", NULL, &opened) == 0) {
        check_bound(&opened, expected);
        close_placed(&opened);
    }
    CHECK(mask_size() == cpu_count, executor);
}

/* The caller's CPUs count, not the parameter. */
static void check_given(const struct executor *executor) {
    const int given[] = {cpus[cpu_count - 1], cpus[0]};
    struct opened opened;
    if (open_placed(executor, "none", given, &opened) == 0) {
        check_bound(&opened, given);
        close_placed(&opened);
    }
    CHECK(mask_size() == cpu_count, executor);
}

static void check_unbound(const struct executor *executor) {
    struct opened opened;
    bool wide = true;
    if (open_placed(executor, "none", NULL, &opened) < 0)
        return;
    for (int64_t i = 0; i < JOBS; i++) {
        const struct seen *seen = run_jobs(&opened, i);
        wide = wide && seen->allowed == cpu_count && seen->blocked == cpu_count;
    }
    CHECK(wide, executor);
    CHECK(mask_size() == cpu_count, executor);
    close_placed(&opened);
}

/* A pool that is opened by a thread that another pool has bound is placed as if it were not. */
static void check_two_pools(const struct executor *first, const struct executor *second) {
    struct opened one, two;
    bool wide = true;
    if (open_placed(first, "spread", NULL, &one) < 0)
        return;
    if (open_placed(second, "none", NULL, &two) == 0) {
        bool in_opener = second->driver->binds_opener; /* it stays where the first pool has it */
        for (int64_t i = 0; i < JOBS; i++)
            wide = wide && (in_opener || run_jobs(&two, i)->allowed == cpu_count);
        CHECK(wide, second);
        close_placed(&two);
    }
    if (open_placed(second, "spread", NULL, &two) == 0) {
        close_placed(&one); /* in the order of opening */
        CHECK(usable_cpus() == usable, second);
        close_placed(&two);
    } else {
        close_placed(&one);
    }
    CHECK(mask_size() == cpu_count, second);
}

/* The highest number that is no usable CPU: the kernel refuses it, as when a cpuset has changed. */
static void check_refused(const struct executor *executor) {
    const int given[] = {CPU_SETSIZE + 900, CPU_SETSIZE + 900};
    struct footprint before = footprint_now();
    struct opened opened;
    int code = open_placed(executor, "none", given, &opened);
    CHECK(code == -EINVAL, executor);
    if (code == 0)
        close_placed(&opened);
    CHECK(mask_size() == cpu_count, executor);
    CHECK(usable_cpus() == usable, executor);
    CHECK(settle_threads() == 1, executor);
    struct footprint after = footprint_now();
    CHECK(after.descriptors == before.descriptors && !after.children, executor);
}

/* Moving the opener binds it to nothing. */
static void check_moved(const struct executor *executor) {
    struct diag diag;
    int refused = pool_move_opener(executor, CPU_SETSIZE + 900, &diag);
    CHECK(pool_move_opener(executor, cpus[cpu_count - 1], &diag) == 0, executor);
    CHECK(pool_move_opener(executor, PLACE_ANY, &diag) == 0, executor);
    CHECK(refused == (executor->driver->binds_opener ? -EINVAL : 0), executor);
    CHECK(mask_size() == cpu_count, executor);
    CHECK(usable_cpus() == usable, executor);
}

int main(void) {
    struct places places;
    struct diag diag;
    watchdog(500);
    if (place_read(&places, &diag) < 0)
        abort();
    cpu_count = (int)places.count;
    usable = places.usable;
    cpus = calloc(places.count, sizeof(*cpus));
    for (size_t i = 0; cpus && i < places.count; i++)
        cpus[i] = places.cpus[i].cpu;
    place_release(&places);
    if (!cpus)
        abort();
    if (usable == 1)
        puts("one usable CPU: two workers on two CPUs are not tested");
    for (size_t i = 0; executors()[i]; i++) {
        check_spread(executors()[i]);
        check_given(executors()[i]);
        check_unbound(executors()[i]);
        check_refused(executors()[i]);
        check_moved(executors()[i]);
        check_two_pools(executor_find("serial"), executors()[i]);
        check_two_pools(executor_find("coroutines"), executors()[i]);
    }
    free(cpus);
    return report_end();
}
