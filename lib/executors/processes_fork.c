/* SPDX-License-Identifier: MIT */
#include "processes_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sanitizers.h"

#define EXITING 0x4 /* the kernel's PF_EXITING, in the flags of /proc/.../stat */

/* Whether the thread is ending, and runs no more code of the program. True if it does not exist. A
 * joined thread is ending, and is listed until the kernel has removed it. */
static bool has_begun_to_end(const char *thread) {
    char path[64], text[256];
    unsigned flags = EXITING;
    snprintf(path, sizeof(path), "/proc/self/task/%.20s/stat", thread);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    if (fd >= 0)
        close(fd);
    if (size > 0) {
        text[size] = 0;
        const char *after_name = strrchr(text, ')'); /* the name may contain any character */
        if (!after_name || sscanf(after_name, ") %*c %*d %*d %*d %*d %*d %u", &flags) != 1)
            flags = 0;
    }
    return flags & EXITING;
}

/* The number of running threads of this program; 1 if it is unknown. */
static int count_threads(void) {
    int count = 0;
#ifdef WITH_TSAN
    return 1; /* the sanitizer has its own thread, and makes fork safe */
#endif
    DIR *threads = opendir("/proc/self/task");
    if (!threads)
        return 1;
    for (const struct dirent *thread; (thread = readdir(threads));)
        count += thread->d_name[0] != '.' && !has_begun_to_end(thread->d_name);
    closedir(threads);
    return count;
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
