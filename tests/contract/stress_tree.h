/* SPDX-License-Identifier: MIT */
#ifndef TESTS_STRESS_TREE_H
#define TESTS_STRESS_TREE_H

#include <pconc/task.h>

/*
 * A tree of tasks in one loop that start, await, gather, cancel and time out others, sleep, yield,
 * and use semaphores and queues, all at random from a seed. It must end, and then
 *   - every started task has ended once, and every task that awaited it got its code;
 *   - every permit is back, and never were more held at the same time than there are;
 *   - every item that was put into the queue was taken once, or is still in it;
 *   - no task found its frame changed when it continued.
 */
struct world;

/* Aborts if there is no memory. */
struct world *tree_new(uint64_t seed, uint64_t stream);

/* The body of the root task; `arg` is its world. */
int tree_root(struct task *task, void *arg);

/* After all its tasks have ended: the first broken rule; NULL: none. Adds the number of tasks. */
const char *tree_free(struct world *world, int64_t *tasks);

#endif
