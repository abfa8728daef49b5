/* SPDX-License-Identifier: MIT */
#include "guard.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "refusal.h"

#define MARK_SIZE 48

/* A process that is becoming a program shows the mark a moment later. When this many looks, this
 * far apart, have found none, none is left. */
#define LOOKS 5
#define LOOK_NS (2 * NS_PER_MS)

struct guard {
    pid_t pid;
    char mark[MARK_SIZE];
};

/* Each session has its own name: a process of a session within another one has both marks. */
static void make_mark(char mark[MARK_SIZE]) {
    uint64_t number = (uint64_t)clock_now_ns();
    (void)getrandom(&number, sizeof(number), 0);
    (void)snprintf(mark, MARK_SIZE, "PCONC_SESSION_%016" PRIx64, number);
}

static bool carries(const char *process, const char *mark) {
    char path[64], text[4096 + MARK_SIZE];
    size_t length = strlen(mark), kept = 0;
    bool found = false;
    ssize_t got;

    (void)snprintf(path, sizeof(path), "/proc/%.20s/environ", process);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    while (!found && (got = read(fd, text + kept, sizeof(text) - kept)) > 0) {
        size_t size = kept + (size_t)got;

        found = memmem(text, size, mark, length);
        kept = size < length ? size : length - 1;
        memmove(text, text + size - kept, kept);
    }
    close(fd);
    return found;
}

/* How many there were. */
static int kill_marked(const char *mark) {
    DIR *folder = opendir("/proc");
    struct dirent *entry;
    int count = 0;

    while (folder && (entry = readdir(folder))) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

        if (pid > 1 && pid != getpid() && carries(entry->d_name, mark))
            count += kill(pid, SIGKILL) == 0;
    }
    if (folder)
        closedir(folder);
    return count;
}

/* Signals from a terminal, or for all processes of a name, are for the tool alone, which still has
 * to clear away. No descriptor stays open here: others may wait until it is closed. */
__attribute__((noreturn)) static void stand_guard(
    const struct guard *guard, struct sample_cgroup cgroup, pid_t parent) {
    sigset_t all, end;
    int signal;

    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    sigemptyset(&end);
    sigaddset(&end, SIGUSR1);
    prctl(PR_SET_NAME, "bench-guard"); /* not the tool's, by which somebody may kill it */
    prctl(PR_SET_PDEATHSIG, SIGUSR1);
    setsid();
    close_range(0, ~0U, 0);
    while (getppid() == parent)
        sigwait(&end, &signal);
    sample_cgroup_kill(&cgroup);
    for (int looks = 0; looks < LOOKS; looks++) {
        if (kill_marked(guard->mark) > 0)
            looks = 0;
        clock_sleep_until(clock_now_ns() + LOOK_NS);
    }
    sample_cgroup_kill(&cgroup);
    sample_cgroup_remove(&cgroup);
    _exit(0);
}

int guard_start(const struct sample_cgroup *cgroup, struct guard **ret_guard, struct diag *diag) {
    pid_t parent = getpid();
    struct guard *guard = calloc(1, sizeof(*guard));

    if (!guard)
        return refused_memory(diag, ENOMEM, sizeof(*guard), "the guard of a session");
    make_mark(guard->mark);
    if (setenv(guard->mark, "1", 1) != 0) {
        free(guard);
        return refused_memory(diag, ENOMEM, MARK_SIZE, "the environment of samples");
    }
    /* A fork whose end sends no SIGCHLD: a wait for any child is then for those of the samples. */
    pid_t pid = (pid_t)syscall(SYS_clone, 0, NULL, NULL, NULL, 0);
    if (pid == 0)
        stand_guard(guard, *cgroup, parent);
    if (pid < 0) {
        int error = errno;
        unsetenv(guard->mark);
        free(guard);
        return refused_worker(diag, error, "the guard of a session");
    }
    guard->pid = pid;
    *ret_guard = guard;
    return 0;
}

void guard_stop(struct guard *guard) {
    if (!guard)
        return;
    kill(guard->pid, SIGKILL);
    while (waitpid(guard->pid, NULL, __WALL) < 0 && errno == EINTR)
        ;
    unsetenv(guard->mark);
    free(guard);
}
