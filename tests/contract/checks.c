/* SPDX-License-Identifier: MIT */
#include "checks.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "settle.h"

static _Atomic int passed, failed;
struct board *board;

void report(bool ok, const char *executor, const char *what) {
    if (ok) {
        atomic_fetch_add(&passed, 1);
        return;
    }
    atomic_fetch_add(&failed, 1);
    printf("FAILED %s: %s\n", executor, what);
    fflush(stdout);
}

int report_end(void) {
    printf("%d passed, %d failed\n", atomic_load(&passed), atomic_load(&failed));
    return atomic_load(&failed) > 0 || atomic_load(&passed) == 0;
}

static void hung(int signal) {
    static const char text[] = "FAILED: hung\n";
    (void)signal;
    if (write(STDOUT_FILENO, text, sizeof(text) - 1) < 0)
        _exit(2);
    abort();
}

void watchdog(unsigned seconds) {
    signal(SIGALRM, hung);
    alarm(seconds);
}

bool wanted(char **argv, const char *name) {
    for (char **arg = argv + 1; *arg; arg++)
        if (strcmp(*arg, name) == 0)
            return true;
    return !argv[1];
}

void board_clear(void) {
    if (!board) {
        board =
            mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (board == MAP_FAILED)
            abort();
    }
    atomic_store(&board->gate, 0);
    atomic_store(&board->started, 0);
    atomic_store(&board->ended, 0);
}

void board_await(_Atomic int *count, int at_least) {
    while (atomic_load(count) < at_least)
        sched_yield();
}

int add(struct task *task, const void *argument, void *result) {
    const struct pair *pair = argument;
    (void)task;
    *(int64_t *)result = pair->a + pair->b;
    atomic_fetch_add(&board->ended, 1);
    return 0;
}

int fail(struct task *task, const void *argument, void *result) {
    const struct pair *pair = argument;
    (void)result;
    return task_fail(task, -EDOM, "cannot add %d and %d", (int)pair->a, (int)pair->b);
}

int add_positive(struct task *task, const void *argument, void *result) {
    const struct pair *pair = argument;
    if (pair->b < 0)
        return task_fail(task, -ERANGE, "%d is negative", (int)pair->b);
    return add(task, argument, result);
}

static int wait_at_gate(void *arg) {
    (void)arg;
    while (atomic_load(&board->gate) == 0)
        usleep(100);
    return 0;
}

/* Blocks its whole worker, also in loops; under `gil` no other worker. */
int held(struct task *task, const void *argument, void *result) {
    (void)argument;
    (void)result;
    atomic_fetch_add(&board->started, 1);
    if (task_block(task, wait_at_gate, NULL) < 0)
        return -EIO;
    atomic_fetch_add(&board->ended, 1);
    return 0;
}

int sleep_long(struct task *task, const void *argument, void *result) {
    (void)argument;
    (void)result;
    atomic_fetch_add(&board->started, 1);
    return task_sleep(task, 3600 * NS_PER_S);
}

int stubborn(struct task *task, const void *argument, void *result) {
    (void)argument;
    (void)result;
    atomic_fetch_add(&board->started, 1);
    while (!task_is_cancelled(task))
        if (task_yield(task) < 0)
            break;
    return task_fail(task, -EINTR, "told to stop");
}

int die(struct task *task, const void *argument, void *result) {
    (void)task;
    (void)argument;
    (void)result;
    raise(SIGKILL);
    return 0;
}

int leave(struct task *task, const void *argument, void *result) {
    (void)task;
    (void)argument;
    (void)result;
    _exit(0);
}

int unlisted(struct task *task, const void *argument, void *result) {
    return add(task, argument, result);
}

int open_pool(const struct executor *executor, int workers, int64_t pending, struct pool **ret_pool,
    struct diag *diag) {
    static call_function *const functions[] = {
        add, fail, add_positive, held, stubborn, die, leave, NULL};
    struct pool_options options = {
        .workers = workers < executor->max_workers ? workers : executor->max_workers,
        .calls = {.functions = functions,
            .argument_size = sizeof(struct pair),
            .result_size = sizeof(int64_t),
            .pending = pending}};
    board_clear();
    return pool_open(executor, &options, ret_pool, diag);
}

static struct future *must_submit(struct pool *pool, call_function *fn, struct pair pair) {
    struct future *future;
    struct diag diag = {0};
    if (pool_submit(pool, fn, &pair, sizeof(pair), &future, &diag) == 0)
        return future;
    printf("FAILED: cannot submit: %s\n", diag.text);
    exit(1);
}

struct future *submit_add(struct pool *pool, int64_t a, int64_t b) {
    return must_submit(pool, add, (struct pair){a, b});
}

struct future *submit(struct pool *pool, call_function *fn) {
    return must_submit(pool, fn, (struct pair){1, 2});
}

static long resident_kib(void) {
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file || fscanf(file, "%*d %ld", &pages) != 1)
        pages = 0;
    if (file)
        fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

struct footprint footprint_now(void) {
    return (struct footprint){.descriptors = count_entries("/proc/self/fd"),
        .threads = count_entries("/proc/self/task") - 2,
        .children = waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD,
        .memory = resident_kib()};
}
