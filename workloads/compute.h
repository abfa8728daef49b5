/* SPDX-License-Identifier: MIT */
#ifndef WORKLOADS_COMPUTE_H
#define WORKLOADS_COMPUTE_H

#include <stdint.h>

/* Work for the CPU alone: each step needs the result of the one before, so that neither the
 * compiler nor the CPU can shorten it. About 1 ns a step. Any thread may call both. */

/* The state after `steps` steps from `start`, one after the other. */
uint64_t compute_steps(uint64_t start, int64_t steps);

/* The same number in about log2(steps) multiplications, for verify. */
uint64_t compute_steps_quickly(uint64_t start, int64_t steps);

#endif
