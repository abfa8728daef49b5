/* SPDX-License-Identifier: MIT */
#include "checks.h"
#include "stress_calls.h"
#include "stress_tree.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Random operations of tasks, loops, pools and threads from a seed. Without Criterion, so that it
 * runs under every sanitizer.
 *
 *     stress [SEED [SECONDS [EXECUTOR]]]
 *
 * In each round a few threads make event loops, one after another; every second loop has a shared
 * stack. In a loop run a tree of tasks (stress_tree.h) and tasks that submit calls to pools and to
 * the loops of other threads (stress_calls.h), while calls of other threads arrive. All threads
 * share some pools, and each also opens and closes private ones. At the end no call is lost, and no
 * thread and no descriptor is left. One shared pool lasts over all rounds: that of EXECUTOR, by
 * default processes, or another if processes are not possible.
 */

#define THREADS 3
#define LOOPS_EACH 4 /* of a thread in a round, one after another */
#define HANG_SECONDS 120
#define HELPERS_MAX 1 /* threads that a sanitizer starts */

struct runner {
    struct crowd *crowd;
    uint64_t seed, stream;
    int index;
    int64_t tasks;
    const char *broken;
};

static void note(struct runner *runner, const char *broken) {
    if (broken && !runner->broken)
        runner->broken = broken;
}

struct evening {
    struct world *tree;
    struct caller *caller;
};

/* The tree and the calls side by side. */
static int spend(struct task *task, void *arg) {
    struct evening *evening = arg;
    struct task *children[2];
    int codes[2];
    if (task_spawn(task, tree_root, evening->tree, &children[0]) < 0
        || task_spawn(task, caller_root, evening->caller, &children[1]) < 0)
        return -ENOMEM;
    int code = task_gather(task, children, 2, codes);
    return code < 0 ? code : codes[0] < 0 ? codes[0] : codes[1];
}

static void run_loop(struct runner *runner, uint64_t number) {
    struct loop *loop = NULL;
    struct diag diag = {0};
    struct loop_options options = {.shared_stacks = number % 2};
    if (loop_new(&options, &loop, &diag) < 0)
        abort();
    uint64_t stream = runner->stream * LOOPS_EACH + number;
    /* On the heap, because stacks may be shared. */
    struct evening *evening = calloc(1, sizeof(*evening));
    if (!evening)
        abort();
    evening->tree = tree_new(runner->seed, stream);
    evening->caller = caller_new(runner->crowd, runner->seed, stream);
    crowd_enter(runner->crowd, runner->index, loop);
    if (loop_run(loop, spend, evening, &diag) != 0)
        note(runner, "a loop runs well");
    crowd_leave(runner->crowd, runner->index);
    loop_free(loop);
    note(runner, tree_free(evening->tree, &runner->tasks));
    note(runner, caller_free(evening->caller));
    free(evening);
}

static void *run_thread(void *arg) {
    struct runner *runner = arg;
    for (uint64_t i = 0; i < LOOPS_EACH && !runner->broken; i++) {
        run_loop(runner, i);
        note(runner, pools_of_a_thread(runner->crowd, runner->seed, runner->stream + i));
    }
    return NULL;
}

static const char *run_round(struct crowd *crowd, uint64_t seed, uint64_t round, int64_t *tasks) {
    struct runner runners[THREADS];
    pthread_t threads[THREADS];
    const char *broken = NULL;
    watchdog(HANG_SECONDS);
    crowd_open(crowd);
    for (int i = 0; i < THREADS; i++) {
        runners[i] = (struct runner){
            .crowd = crowd, .seed = seed, .stream = round * THREADS + (uint64_t)i, .index = i};
        if (pthread_create(&threads[i], NULL, run_thread, &runners[i]) != 0)
            abort();
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        *tasks += runners[i].tasks;
        broken = broken ? broken : runners[i].broken;
    }
    const char *lost = crowd_close(crowd);
    return broken ? broken : lost;
}

int main(int argc, char **argv) {
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1, round = 0;
    double seconds = argc > 2 ? strtod(argv[2], NULL) : 1;
    int64_t end_ns = task_now_ns() + (int64_t)(seconds * 1e9), tasks = 0;
    const char *broken = NULL;
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("seed %" PRIu64 "\n", seed);
    struct footprint before = footprint_now();
    struct crowd *crowd = crowd_new(THREADS, argc > 3 ? argv[3] : "processes");
    before.threads = footprint_now().threads;
    for (; !broken && (round < 2 || task_now_ns() < end_ns); round++) {
        broken = run_round(crowd, seed, round, &tasks);
        if (!broken && footprint_now().threads > before.threads + HELPERS_MAX)
            broken = "no thread is left";
    }
    int64_t calls = crowd_free(crowd);
    if (!broken && footprint_now().descriptors != before.descriptors)
        broken = "no descriptor is left";
    if (broken)
        printf("FAILED in round %" PRIu64 ": %s\n", round - 1, broken);
    printf("%" PRIu64 " rounds, %" PRId64 " tasks, %" PRId64 " calls\n", round, tasks, calls);
    return broken != NULL;
}
