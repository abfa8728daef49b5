/* SPDX-License-Identifier: MIT */
#include "leftovers.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ".", ".." and, among descriptors, the folder's own are in it, each time. -1: it cannot be read.
 */
static int count_entries(const char *path) {
    DIR *folder = opendir(path);
    int count = 0;
    if (!folder)
        return -1;
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

struct leftovers leftovers_count(void) {
    return (struct leftovers){
        .descriptors = count_entries("/proc/self/fd"),
        .threads = count_entries("/proc/self/task"),
    };
}

/* A thread that has been joined is listed until the kernel has taken it away. */
#define THREAD_LOOKS 1000
#define THREAD_LOOK_NS 1000000

static int extra_threads(const struct leftovers *before) {
    const struct timespec pause = {.tv_nsec = THREAD_LOOK_NS};
    int more = 0;
    for (int look = 0; look < THREAD_LOOKS; look++) {
        more = count_entries("/proc/self/task") - before->threads;
        if (more <= 0)
            break;
        nanosleep(&pause, NULL);
    }
    return more;
}

static int check_threads(const struct leftovers *before, struct diag *diag) {
    int more = before->threads >= 0 ? extra_threads(before) : 0;
    if (more <= 0)
        return 0;
    return diag_set(diag, -EBUSY,
        "the workload left %d thread%s running; end and join %s in the job or in teardown", more,
        more == 1 ? "" : "s", more == 1 ? "it" : "them");
}

/* A child that has not been waited for is there until it is, even if it is dead. */
static int check_children(struct diag *diag) {
    siginfo_t info = {0};
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0)
        return 0;
    return diag_set(diag, -EBUSY,
        "the workload left a child process behind; end it and wait for it, in the job or in "
        "teardown");
}

int leftovers_check(const struct leftovers *before, struct diag *diag) {
    struct leftovers now = leftovers_count();
    int more = now.descriptors - before->descriptors;
    if (before->descriptors >= 0 && more > 0)
        return diag_set(diag, -EBUSY,
            "the workload left %d descriptor%s open; close %s in the job or in teardown", more,
            more == 1 ? "" : "s", more == 1 ? "it" : "them");
    int code = check_threads(before, diag);
    return code < 0 ? code : check_children(diag);
}
