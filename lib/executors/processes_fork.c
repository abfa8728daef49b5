/* SPDX-License-Identifier: MIT */
#include "processes_parts.h"

#include <errno.h>
#include <sys/stat.h>

#include "sanitizers.h"
#include "schedstats.h"

static int count_threads(void) {
#ifdef WITH_TSAN
    return 1; /* the sanitizer has its own thread, and makes fork safe */
#else
    return threads_running();
#endif
}

int refuse_if_threaded(struct diag *diag) {
    struct stat threads;
    /* Each thread counts as a link to the folder. Most programs have one thread. */
    if (stat("/proc/self/task", &threads) == 0 && threads.st_nlink <= 3)
        return 0;
    int count = count_threads();
    if (count <= 1)
        return 0;
    return diag_set(diag, -EBUSY,
        "worker processes cannot be forked from a program that runs %d threads; open the pool of "
        "processes before any thread is started",
        count);
}
