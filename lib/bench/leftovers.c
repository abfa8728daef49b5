/* SPDX-License-Identifier: MIT */
#include "leftovers.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

struct leftovers leftovers_count(void) {
    struct leftovers now = {.descriptors = -1};
    DIR *folder = opendir("/proc/self/fd");
    if (!folder)
        return now;
    while (readdir(folder)) /* ".", ".." and the folder's own are among them, each time */
        now.descriptors++;
    closedir(folder);
    return now;
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
    return check_children(diag);
}
