/* SPDX-License-Identifier: MIT */
/*
 * Waiting for futures: several tasks for one future, jobs and calls for the pool that runs them,
 * tasks for room in a full pool, and all of them for a broken pool.
 */
#include <errno.h>
#include <pconc/loop.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checks.h"
#include "clock.h"

#define TASKS 5

/* The argument of a test's tasks and calls. */
struct scene {
    const struct executor *executor;
    struct pool *pool;
    struct future *future;
    struct future *others[TASKS];
};

static int in_scene(struct task *task, const void *argument, void *result);

static call_function *const functions[] = {add, held, in_scene, sleep_long, die, NULL};

static struct pool *open_with(
    const struct executor *executor, struct pool_options options, int64_t pending) {
    struct pool *pool = NULL;
    struct diag diag = {0};
    options.calls = (struct call_options){functions, sizeof(struct pair), sizeof(int64_t), pending};
    board_clear();
    report(pool_open(executor, &options, &pool, &diag) == 0, executor->name, diag.text);
    if (!pool)
        exit(1);
    return pool;
}

static struct pool *open_small(const struct executor *executor, int64_t pending) {
    return open_with(executor, (struct pool_options){.workers = 1}, pending);
}

static void close_well(struct scene *scene) {
    struct diag diag = {0};
    report(pool_close(scene->pool, &diag) == 0, scene->executor->name, diag.text);
}

/* Runs fn(task, scene) in a new loop of this thread. */
static int run_loop(task_function *fn, struct scene *scene) {
    struct loop *loop = NULL;
    struct diag diag = {0};
    CHECK(loop_new(NULL, &loop, &diag) == 0, scene->executor);
    int code = loop_run(loop, fn, scene, &diag);
    report(code >= 0, scene->executor->name, diag.text);
    loop_free(loop);
    return code;
}

/*
 * Several tasks that wait for one future.
 */

static int await_sum(struct task *task, void *arg) {
    const struct scene *scene = arg;
    int64_t sum = 0;
    EXPECT(task_await_future(task, scene->future, &sum) == 0);
    EXPECT(sum == 5);
    return 0;
}

static int open_gate(struct task *task, void *arg) {
    (void)arg;
    for (int i = 0; i < 3; i++)
        EXPECT(task_yield(task) == 0);
    atomic_store(&board->gate, 1);
    return 0;
}

/* Cancelling one of the tasks affects only that one. */
static int await_together(struct task *task, void *arg) {
    struct task *children[TASKS + 1];
    for (int i = 0; i < TASKS; i++)
        EXPECT(task_spawn(task, await_sum, arg, &children[i]) == 0);
    EXPECT(task_spawn(task, open_gate, arg, &children[TASKS]) == 0);
    return task_gather(task, children, TASKS + 1, NULL);
}

static int await_cancelled(struct task *task, void *arg) {
    const struct scene *scene = arg;
    int code = task_await_future(task, scene->future, NULL);
    EXPECT(code == -ECANCELED);
    return 0;
}

static int cancel_together(struct task *task, void *arg) {
    struct task *children[TASKS];
    for (int i = 0; i < TASKS; i++)
        EXPECT(task_spawn(task, await_cancelled, arg, &children[i]) == 0);
    EXPECT(task_yield(task) == 0);
    task_cancel(children[2]);
    return task_gather(task, children, TASKS, NULL);
}

static bool runs_in_opener(const struct executor *executor) {
    return executor->max_workers == 1 || strcmp(executor->name, "offload") == 0;
}

static void check_many_tasks_await_one_future(const struct executor *executor) {
    struct scene scene = {.executor = executor, .pool = open_small(executor, 10)};
    struct future *holder = runs_in_opener(executor) ? NULL : submit(scene.pool, held);
    scene.future = submit_add(scene.pool, 2, 3);
    run_loop(await_together, &scene);
    future_free(scene.future);
    future_free(holder);
    if (!runs_in_opener(executor)) {
        atomic_store(&board->gate, 0);
        holder = submit(scene.pool, held);
        scene.future = submit_add(scene.pool, 2, 3); /* queued: so that it can be cancelled */
        run_loop(cancel_together, &scene);
        atomic_store(&board->gate, 1);
        future_free(scene.future);
        future_free(holder);
    }
    close_well(&scene);
}

/*
 * Calls and jobs that wait, in a thread of the pool, for the pool that runs them.
 */

/* Each way to wait is refused with a message, and the pool goes on. */
static int in_scene(struct task *task, const void *argument, void *result) {
    struct scene *scene = *(struct scene *const *)argument;
    struct pair pair = {1, 2};
    struct diag diag = {0};
    struct future *next = NULL;
    int64_t sum = 0;
    EXPECT(future_wait(scene->future, TASK_FOREVER) == -EDEADLK);
    EXPECT(future_result(scene->future, &sum, &diag) == -EDEADLK);
    EXPECT(strstr(diag.text, "task_await_future"));
    EXPECT(futures_wait(&scene->future, 1, FUTURES_FIRST_ENDED, TASK_FOREVER) == -EDEADLK);
    struct completions completions = completions_of(&scene->future, 1);
    EXPECT(completions_next(&completions, TASK_FOREVER, &next) == -EDEADLK);
    EXPECT(pool_drain(scene->pool, TASK_FOREVER, &diag) == -EDEADLK);
    EXPECT(strstr(diag.text, "another pool"));
    EXPECT(pool_close(scene->pool, &diag) == -EDEADLK);
    int code = 0;
    while (code == 0) /* until it is full */
        code = pool_submit(scene->pool, add, &pair, sizeof(pair), NULL, &diag);
    EXPECT(code == -EDEADLK);
    EXPECT(strstr(diag.text, "task_run_in"));
    EXPECT(task_run_in(task, scene->pool, add, &pair, sizeof(pair), &sum) == 0 && sum == 3);
    EXPECT(task_await_future(task, scene->future, &sum) == 0 && sum == 5);
    *(int64_t *)result = 1;
    return 0;
}

static int job_in_scene(void *context, int64_t i, struct task *task, void *result) {
    int64_t done = 0;
    struct tally tally;
    struct diag diag = {0};
    struct scene *scene = context;
    (void)i;
    (void)result;
    EXPECT(pool_run(scene->pool, &tally, &diag) == -EDEADLK);
    return in_scene(task, &context, &done);
}

static void check_calls_cannot_wait_for_their_own_pool(const struct executor *executor) {
    struct scene scene = {.executor = executor}, *argument = &scene;
    struct work *work = NULL;
    struct diag diag = {0};
    struct tally tally = {0};
    struct work_options jobs = {.jobs = 1, .workers = 1, .job = job_in_scene, .context = &scene};
    CHECK(work_new(&jobs, &work, &diag) == 0, executor);
    scene.pool = open_with(executor, (struct pool_options){.work = work}, 5);
    struct future *waiting = NULL;
    int64_t done = 0;
    CHECK(
        pool_submit(scene.pool, in_scene, &argument, sizeof(struct scene *), &waiting, &diag) == 0,
        executor);
    scene.future = submit_add(scene.pool, 2, 3);
    int code = future_result(waiting, &done, &diag);
    report(code == 0 && done == 1, executor->name, diag.text);
    future_free(waiting);
    future_free(scene.future);
    scene.future = submit_add(scene.pool, 2, 3);
    CHECK(pool_run(scene.pool, &tally, &diag) == 0, executor);
    report(tally.done == 1, executor->name, tally.failed_text);
    future_free(scene.future);
    close_well(&scene);
    work_free(work);
}

/*
 * Tasks that need room in a full pool.
 */

static int find_no_room(struct task *task, void *arg) {
    const struct scene *scene = arg;
    struct pair pair = {1, 2};
    EXPECT(task_run_in(task, scene->pool, add, &pair, sizeof(pair), NULL) == -EAGAIN);
    EXPECT(strstr(task_error(task), "calls.pending"));
    return 0;
}

/* All records belong to futures that are not freed. */
static void check_task_is_told_that_no_room_will_come(const struct executor *executor) {
    struct scene scene = {.executor = executor, .pool = open_small(executor, 4)};
    struct pair pair = {1, 2};
    struct diag diag = {0};
    struct future *futures[64];
    int count = 0;
    while (count < 64
        && pool_submit(scene.pool, add, &pair, sizeof(pair), &futures[count], &diag) == 0)
        count++;
    CHECK(count >= 4 && count < 64, executor);
    for (int i = 0; i < count; i++)
        CHECK(future_wait(futures[i], TASK_FOREVER) == 0, executor);
    run_loop(find_no_room, &scene);
    for (int i = 0; i < count; i++)
        future_free(futures[i]);
    close_well(&scene);
}

static int find_room(struct task *task, void *arg) {
    const struct scene *scene = arg;
    struct pair pair = {1, 2};
    int64_t sum = 0;
    EXPECT(task_run_in(task, scene->pool, add, &pair, sizeof(pair), &sum) == 0);
    EXPECT(sum == 3);
    return 0;
}

/* Only this thread can run the calls that fill the pool. */
static void check_task_makes_room_in_its_own_thread(const struct executor *executor) {
    struct scene scene = {.executor = executor, .pool = open_small(executor, 1)};
    struct pair pair = {1, 2};
    struct diag diag = {0};
    while (atomic_load(&board->ended) == 0) /* then there is room for the second */
        CHECK(pool_submit(scene.pool, add, &pair, sizeof(pair), NULL, &diag) == 0, executor);
    run_loop(find_room, &scene);
    close_well(&scene);
}

static void *run_elsewhere(void *arg) {
    struct scene *scene = arg;
    struct pair pair = {1, 2};
    struct diag diag = {0};
    int code;
    while ((code = pool_submit(scene->pool, add, &pair, sizeof(pair), NULL, &diag)) == 0)
        ;
    CHECK(code == -EAGAIN, scene->executor);
    CHECK(strstr(diag.text, "thread that opened it"), scene->executor);
    run_loop(find_no_room, scene);
    return NULL;
}

static void check_only_the_opener_makes_room(const struct executor *executor) {
    struct scene scene = {.executor = executor, .pool = open_small(executor, 3)};
    pthread_t thread;
    if (pthread_create(&thread, NULL, run_elsewhere, &scene) != 0)
        abort();
    pthread_join(thread, NULL);
    close_well(&scene);
}

/* Whether the thread, of this program, sleeps. */
static bool sleeps(pid_t thread) {
    char path[64], line[512] = "";
    snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)thread);
    FILE *file = fopen(path, "re");
    bool read = file && fgets(line, sizeof(line), file);
    const char *name_end = strrchr(line, ')');
    if (file)
        fclose(file);
    return read && name_end && name_end[2] == 'S';
}

struct canceller {
    struct scene *scene;
    pid_t opener;
    bool by_shutdown;
};

static void *cancel_when_asleep(void *arg) {
    const struct canceller *self = arg;
    board_await(&board->started, 1);
    while (!sleeps(self->opener))
        sched_yield();
    if (self->by_shutdown)
        pool_shutdown(self->scene->pool, true);
    else
        CHECK(future_cancel(self->scene->others[0]) == 0, self->scene->executor);
    return NULL;
}

/* A pool that runs one call at a time. */
static struct pool *open_narrow(const struct executor *executor) {
    union param_value params[PARAMS_MAX];
    CHECK(params_defaults(executor->params, 0, params, NULL) == 0, executor);
    params[params_find(executor->params, "concurrency")].number = 1;
    return open_with(executor, (struct pool_options){.workers = 1, .params = params}, 2);
}

/* The opener sleeps until the running call continues; the call that it waits for is queued. */
static void check_opener_hears_of_a_cancelled_call(
    const struct executor *executor, bool by_shutdown) {
    struct scene scene = {.executor = executor, .pool = open_narrow(executor)};
    struct canceller canceller = {
        .scene = &scene, .opener = (pid_t)syscall(SYS_gettid), .by_shutdown = by_shutdown};
    pthread_t thread;
    scene.future = submit(scene.pool, sleep_long);
    scene.others[0] = submit_add(scene.pool, 1, 2);
    if (pthread_create(&thread, NULL, cancel_when_asleep, &canceller) != 0)
        abort();
    CHECK(future_wait(scene.others[0], TASK_FOREVER) == 0, executor);
    CHECK(future_state(scene.others[0]) == FUTURE_CANCELLED, executor);
    pthread_join(thread, NULL);
    CHECK(future_cancel(scene.future) == -EALREADY, executor);
    future_free(scene.others[0]);
    future_free(scene.future);
    close_well(&scene);
}

static int find_it_broken(struct task *task, void *arg) {
    const struct scene *scene = arg;
    struct pair pair = {1, 2};
    EXPECT(task_run_in(task, scene->pool, add, &pair, sizeof(pair), NULL) == -EOWNERDEAD);
    EXPECT(strstr(task_error(task), "signal 9"));
    return 0;
}

/* Its records belong to calls without a waiter. */
static void check_task_is_told_of_a_dead_worker(const struct executor *executor) {
    struct scene scene = {.executor = executor, .pool = open_small(executor, 1)};
    struct pair pair = {1, 2};
    struct diag diag = {0};
    const pid_t *pids;
    siginfo_t info;
    CHECK(pool_processes(scene.pool, &pids) == 1, executor);
    CHECK(pool_submit(scene.pool, held, &pair, sizeof(pair), NULL, &diag) == 0, executor);
    board_await(&board->started, 1);
    kill(pids[0], SIGKILL);
    waitid(P_PID, (id_t)pids[0], &info, WEXITED | WNOWAIT);
    for (int i = 0; i < 16; i++) /* what a worker may hold back beside calls.pending */
        CHECK(pool_submit(scene.pool, held, &pair, sizeof(pair), NULL, &diag) == 0, executor);
    run_loop(find_it_broken, &scene);
    CHECK(pool_close(scene.pool, &diag) == -EOWNERDEAD, executor);
}

/*
 * Pools that break because there is no memory for more tasks.
 */

static int sleep_job(void *context, int64_t i, struct task *task, void *result) {
    (void)context;
    (void)i;
    (void)result;
    return task_sleep(task, NS_PER_MS);
}

static struct pool *open_hungry(const struct executor *executor, struct work *work) {
    union param_value params[PARAMS_MAX];
    CHECK(params_defaults(executor->params, 0, params, NULL) == 0, executor);
    params[params_find(executor->params, "stack")].number = 64 << 20;
    return open_with(executor, (struct pool_options){.work = work, .params = params}, 20);
}

static int64_t mapped_bytes(void) {
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file || fscanf(file, "%ld", &pages) != 1)
        abort();
    fclose(file);
    return (int64_t)pages * sysconf(_SC_PAGESIZE);
}

static int run_without_memory(struct pool *pool, struct diag *diag) {
    struct rlimit before, limit;
    struct tally tally;
    getrlimit(RLIMIT_AS, &before);
    limit = before;
    limit.rlim_cur = (rlim_t)(mapped_bytes() + (INT64_C(1) << 30));
    setrlimit(RLIMIT_AS, &limit);
    int code = pool_run(pool, &tally, diag);
    setrlimit(RLIMIT_AS, &before);
    return code;
}

static void check_every_future_of_a_broken_pool_ends(const struct executor *executor, int workers) {
    struct work *work = NULL;
    struct pair pair = {1, 2};
    struct diag diag = {0};
    struct future *futures[4];
    struct work_options jobs = {.jobs = 1000, .workers = workers, .job = sleep_job};
    CHECK(work_new(&jobs, &work, &diag) == 0, executor);
    struct pool *pool = open_hungry(executor, work);
    for (int i = 0; i < 4; i++)
        futures[i] = submit(pool, sleep_long);
    CHECK(pool_submit(pool, sleep_long, &pair, sizeof(pair), NULL, &diag) == 0, executor);
    while (atomic_load(&board->started) < 5)
        CHECK(future_wait(futures[0], task_now_ns() + NS_PER_MS) == -ETIMEDOUT, executor);
    CHECK(run_without_memory(pool, &diag) == -ENOMEM, executor);
    for (int i = 0; i < 4; i++) {
        CHECK(future_result(futures[i], NULL, &diag) == -EOWNERDEAD, executor);
        CHECK(strstr(diag.text, "in flight"), executor);
    }
    CHECK(pool_submit(pool, add, &pair, sizeof(pair), NULL, &diag) == -EOWNERDEAD, executor);
    CHECK(pool_drain(pool, TASK_FOREVER, &diag) == -EOWNERDEAD, executor);
    CHECK(pool_close(pool, &diag) == -EOWNERDEAD, executor);
    CHECK(future_result(futures[0], NULL, &diag) == -EOWNERDEAD, executor);
    for (int i = 0; i < 4; i++)
        future_free(futures[i]);
    work_free(work);
}

int main(void) {
    watchdog(100);
    const struct executor *processes = executor_find("processes");
    check_task_is_told_of_a_dead_worker(processes); /* forked from a program without threads */
    for (size_t i = 0; executors()[i]; i++) {
        const struct executor *executor = executors()[i];
        check_many_tasks_await_one_future(executor);
        check_task_is_told_that_no_room_will_come(executor);
        if (runs_in_opener(executor)) {
            check_task_makes_room_in_its_own_thread(executor);
            check_only_the_opener_makes_room(executor);
        }
        if (runs_in_opener(executor) && executor->capabilities & EXECUTOR_SPAWNS) {
            check_opener_hears_of_a_cancelled_call(executor, false);
            check_opener_hears_of_a_cancelled_call(executor, true);
        }
        if (executor->capabilities & EXECUTOR_SPAWNS) {
            if (runs_in_opener(executor))
                check_calls_cannot_wait_for_their_own_pool(executor);
            check_every_future_of_a_broken_pool_ends(executor, executor->max_workers > 1 ? 2 : 1);
        }
    }
    return report_end();
}
