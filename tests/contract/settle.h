/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SETTLE_H
#define TESTS_SETTLE_H

/* The kernel still lists a joined thread until its CPU has removed it. That takes a moment, or
 * longer if the host of a virtual machine stops that CPU. */

#include <dirent.h>
#include <stddef.h>

#include "clock.h"
#include "sanitizers.h"

#define SETTLE_NS (10 * NS_PER_S) /* only a thread that is really left takes this long */

static inline size_t count_entries(const char *path) {
    size_t count = 0;
    DIR *folder = opendir(path);
    while (folder && readdir(folder))
        count++;
    if (folder)
        closedir(folder);
    return count;
}

/* Threads of this program, perhaps with one of ThreadSanitizer. */
static inline size_t count_threads(void) {
    size_t count = count_entries("/proc/self/task") - 2;
#ifdef WITH_TSAN
    return count > 1 ? count - 1 : count;
#endif
    return count;
}

/* Waits until only the caller is left. Returns the number of threads: more than 1 if that failed.
 */
static inline size_t settle_threads(void) {
    int64_t deadline_ns = clock_now_ns() + SETTLE_NS;
    while (count_threads() > 1 && clock_now_ns() < deadline_ns)
        clock_sleep_until(clock_now_ns() + 100 * NS_PER_US);
    return count_threads();
}

#endif
