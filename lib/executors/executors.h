/* SPDX-License-Identifier: MIT */
#ifndef EXECUTORS_EXECUTORS_H
#define EXECUTORS_EXECUTORS_H

#include "pool.h"

/* Every executor, one line each, in the order of `pconc list`: FILE.c ends in the table
 * executor_FILE. */
/* clang-format off */
#define EACH_EXECUTOR(entry) \
    entry(serial) \
    entry(threads) \
    entry(processes) \
    entry(coroutines) \
    entry(loops) \
    entry(gil) \
    entry(offload)
/* clang-format on */

#define DECLARE_EXECUTOR(name) extern const struct executor executor_##name;
EACH_EXECUTOR(DECLARE_EXECUTOR)
#undef DECLARE_EXECUTOR

#endif
