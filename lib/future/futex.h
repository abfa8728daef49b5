/* SPDX-License-Identifier: MIT */
#ifndef FUTURE_FUTEX_H
#define FUTURE_FUTEX_H

#include <errno.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"
#include "cpus.h"

/* futex(2). `shared`: other processes use the word, too. */

/* Sleeps while *word is `value`. -ETIMEDOUT at the deadline (INT64_MAX: none); otherwise 0,
 * possibly too early. */
static inline int futex_wait(
    _Atomic uint32_t *word, uint32_t value, int64_t deadline_ns, bool shared) {
    int operation = FUTEX_WAIT_BITSET | (shared ? 0 : FUTEX_PRIVATE_FLAG);
    struct timespec deadline = clock_timespec(deadline_ns > 0 ? deadline_ns : 0);
    long code = syscall(SYS_futex, word, operation, value,
        deadline_ns == INT64_MAX ? NULL : &deadline, NULL, FUTEX_BITSET_MATCH_ANY);
    return code < 0 && errno == ETIMEDOUT ? -ETIMEDOUT : 0;
}

static inline void futex_wake(_Atomic uint32_t *word, int count, bool shared) {
    syscall(SYS_futex, word, FUTEX_WAKE | (shared ? 0 : FUTEX_PRIVATE_FLAG), count, NULL, NULL, 0);
}

#endif
