/* SPDX-License-Identifier: MIT */
#ifndef TESTS_STRESS_TREE_H
#define TESTS_STRESS_TREE_H

#include <pconc/task.h>

/*
 * Tasks that start, await, gather, cancel and time out others, sleep, yield, and use semaphores and
 * queues, all at random from a seed: a tree of them in one loop. It must come to an end, and then
 *   - every task that started has ended, once, and everybody heard the code that it returned;
 *   - every permit is back, and no more of them were held at once than there are;
 *   - every item that went into the queue came out of it once, or is in it;
 *   - no task has found its frame changed when it went on.
 */
struct world;

/* Aborts without memory. */
struct world *tree_new(uint64_t seed, uint64_t stream);

/* The body of the task that the tree grows from; `arg` is its world. */
int tree_root(struct task *task, void *arg);

/* When all its tasks have ended: the first rule that was broken; NULL: none. Adds how many tasks
 * there were. */
const char *tree_free(struct world *world, int64_t *tasks);

#endif
