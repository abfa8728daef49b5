/* SPDX-License-Identifier: MIT */
#include "children.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t parent_of(pid_t pid) {
    char path[64], text[512];
    int parent = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    text[length > 0 ? length : 0] = 0;
    /* "PID (NAME) STATE PPID ...": the name may hold anything, a bracket or a newline too, so look
     * behind its last bracket. */
    const char *end = strrchr(text, ')');
    return end && sscanf(end, ") %*c %d", &parent) == 1 ? parent : 0;
}

/* The next child of this process in an open /proc; 0: there is no more. */
static pid_t next_child(DIR *proc) {
    struct dirent *entry;
    while ((entry = readdir(proc))) {
        pid_t pid =
            isdigit((unsigned char)entry->d_name[0]) ? (pid_t)strtol(entry->d_name, NULL, 10) : 0;
        if (pid > 0 && parent_of(pid) == getpid())
            return pid;
    }
    return 0;
}

/* Whether there is any child, dead or alive: cheaper than a search. */
static bool have_children(void) {
    siginfo_t info;
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

struct bystanders bystanders_find(struct arena *arena) {
    struct bystanders found = {0};
    DIR *proc = opendir("/proc");
    pid_t pid;
    while (proc && (pid = next_child(proc))) {
        found.pids = arena_grown(arena, found.pids, found.count, &found.room, sizeof *found.pids);
        found.pids[found.count++] = pid;
    }
    if (proc)
        closedir(proc);
    return found;
}

static bool is_bystander(const struct bystanders *bystanders, pid_t pid) {
    for (size_t i = 0; i < bystanders->count; i++)
        if (bystanders->pids[i] == pid)
            return true;
    return false;
}

/* Kills and reaps those it finds; how many. Bystanders are not reaped either: their numbers could
 * be given to somebody else. */
static size_t kill_found(const struct bystanders *bystanders) {
    size_t killed = 0;
    DIR *proc = opendir("/proc");
    pid_t pid;
    while (proc && (pid = next_child(proc))) {
        if (is_bystander(bystanders, pid))
            continue;
        kill(pid, SIGKILL);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            ;
        killed++;
    }
    if (proc)
        closedir(proc);
    return killed;
}

/* Whatever descends from us has an ancestor that is our child, and that stays one, dead or alive,
 * until it is reaped: a search that finds nothing means that there is nothing. */
void children_kill(const struct bystanders *bystanders) {
    while (have_children() && kill_found(bystanders) > 0)
        ;
}
