/* SPDX-License-Identifier: MIT */
#include "children.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"
#include "schedstats.h"

/* The next child of this process in an open /proc; 0: there is no more. */
static pid_t next_child(DIR *proc) {
    struct dirent *entry;
    while ((entry = readdir(proc))) {
        pid_t pid =
            isdigit((unsigned char)entry->d_name[0]) ? (pid_t)strtol(entry->d_name, NULL, 10) : 0;
        struct stat_fields fields;
        if (pid > 0 && process_stat(pid, &fields) && fields.parent == getpid())
            return pid;
    }
    return 0;
}

/* Whether there is any child, dead or alive: cheaper than a search. */
static bool have_children(void) {
    siginfo_t info;
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

static void add_bystander(struct bystanders *bystanders, pid_t pid) {
    bystanders->pids = arena_grown(bystanders->arena, bystanders->pids, bystanders->count,
        &bystanders->room, sizeof(*bystanders->pids));
    bystanders->pids[bystanders->count++] = pid;
}

struct bystanders bystanders_find(struct arena *arena) {
    struct bystanders found = {.arena = arena};
    DIR *proc = opendir("/proc");
    pid_t pid;
    while (proc && (pid = next_child(proc)))
        add_bystander(&found, pid);
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

/* Kills and reaps those it finds; how many. Bystanders are not reaped: their numbers could then be
 * given to other processes. */
static size_t kill_found(struct bystanders *bystanders, int signal_fd, pid_t *stuck) {
    size_t killed = 0;
    DIR *proc = opendir("/proc");
    pid_t pid;
    int status;
    while (proc && (pid = next_child(proc))) {
        if (is_bystander(bystanders, pid))
            continue;
        kill(pid, SIGKILL);
        if (!process_reap(pid, signal_fd, &status)) {
            add_bystander(bystanders, pid);
            *stuck = pid;
        }
        killed++;
    }
    if (proc)
        closedir(proc);
    return killed;
}

/* Every descendant has an ancestor that is our child, and that stays one, dead or alive, until it
 * is reaped: a search that finds nothing means that there is nothing. */
pid_t children_kill(struct bystanders *bystanders, int signal_fd) {
    pid_t stuck = 0;
    while (have_children() && kill_found(bystanders, signal_fd, &stuck) > 0)
        ;
    return stuck;
}
