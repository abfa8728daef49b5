/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SETTLE_H
#define TESTS_SETTLE_H

/* A thread that was joined is still listed until its CPU has cleared it away, which is a moment or,
 * where the host takes that CPU away, a long one. */

#include <dirent.h>
#include <stddef.h>

#include "clock.h"
#include "sanitizers.h"

#define SETTLE_NS (10 * NS_PER_S) /* only a thread that really is left takes as long */

static inline size_t count_entries(const char *path) {
    size_t count = 0;
    DIR *folder = opendir(path);
    while (folder && readdir(folder))
        count++;
    if (folder)
        closedir(folder);
    return count;
}

/* Threads of this program; ThreadSanitizer may have one of its own among them. */
static inline size_t count_threads(void) {
    size_t count = count_entries("/proc/self/task") - 2;
#ifdef WITH_TSAN
    return count > 1 ? count - 1 : count;
#endif
    return count;
}

/* Waits until no thread but the caller is left. How many are, which is more than 1 only in vain. */
static inline size_t settle_threads(void) {
    int64_t deadline_ns = clock_now_ns() + SETTLE_NS;
    while (count_threads() > 1 && clock_now_ns() < deadline_ns)
        clock_sleep_until(clock_now_ns() + 100 * NS_PER_US);
    return count_threads();
}

#endif
