/* SPDX-License-Identifier: MIT */
#ifndef TESTS_STRESS_CALLS_H
#define TESTS_STRESS_CALLS_H

#include <pconc/loop.h>

/*
 * Calls at random from a seed: from tasks and threads to pools and to the loops of other threads;
 * awaited, dropped, timed out, and cancelled by whoever comes along. Afterwards
 *   - every call that was waited for has come to what it returned, or was cancelled by somebody, or
 *     its loop was freed before it ran;
 *   - no call ran twice, and all that began have ended.
 */

/* What the threads have in common: pools, the loops that run, and futures that may be cancelled. */
struct crowd;
struct crowd *crowd_new(int threads, const char *lasting); /* the pool that outlives rounds */

/* Opens the pools; closes them, when no thread uses them any more: the rule that was broken. By one
 * thread. */
void crowd_open(struct crowd *crowd);
const char *crowd_close(struct crowd *crowd);

/* How many calls there were. */
int64_t crowd_free(struct crowd *crowd);

/* The thread's loop takes calls of the others between these. */
void crowd_enter(struct crowd *crowd, int thread, struct loop *loop);
void crowd_leave(struct crowd *crowd, int thread);

/* In a loop: the body of the task that makes calls; `arg` is the caller. */
struct caller;
struct caller *caller_new(struct crowd *crowd, uint64_t seed, uint64_t stream);
int caller_root(struct task *task, void *arg);
const char *caller_free(struct caller *caller); /* the rule that was broken; NULL: none */

/* From a thread: opens a pool of its own, submits calls to it, waits for some of them and closes
 * it. The rule that was broken; NULL: none. */
const char *pools_of_a_thread(struct crowd *crowd, uint64_t seed, uint64_t stream);

#endif
