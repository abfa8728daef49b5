/* SPDX-License-Identifier: MIT */
#ifndef TESTS_STRESS_CALLS_H
#define TESTS_STRESS_CALLS_H

#include <pconc/loop.h>

/*
 * Random calls from a seed: from tasks and threads to pools and to the loops of other threads. They
 * are awaited, dropped, timed out, and cancelled by any thread. Afterwards
 *   - every wait for a call returned its code, unless the call was cancelled or its loop was freed
 *     before it ran;
 *   - no call ran twice, and all that started have ended.
 */

/* Shared by the threads: pools, running loops, and futures that any thread may cancel. */
struct crowd;
struct crowd *crowd_new(
    int threads, const char *lasting); /* the executor of the pool that lasts over all rounds */

/* Opens the pools; closes them when no thread uses them any more, and returns the broken rule. By
 * one thread. */
void crowd_open(struct crowd *crowd);
const char *crowd_close(struct crowd *crowd);

/* The number of calls. */
int64_t crowd_free(struct crowd *crowd);

/* Between these two, the thread's loop takes calls of the other threads. */
void crowd_enter(struct crowd *crowd, int thread, struct loop *loop);
void crowd_leave(struct crowd *crowd, int thread);

/* In a loop: the body of the task that makes calls; `arg` is the caller. */
struct caller;
struct caller *caller_new(struct crowd *crowd, uint64_t seed, uint64_t stream);
int caller_root(struct task *task, void *arg);
const char *caller_free(struct caller *caller); /* the broken rule; NULL: none */

/* In a thread: opens a private pool, submits calls to it, waits for some of them and closes it.
 * Returns the broken rule; NULL: none. */
const char *pools_of_a_thread(struct crowd *crowd, uint64_t seed, uint64_t stream);

#endif
