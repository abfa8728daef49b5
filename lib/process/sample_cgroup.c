/* SPDX-License-Identifier: MIT */
#include "sample_cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "clock.h"

/* A dead process counts until the kernel has removed it, a moment after it was reaped. */
#define REMOVE_LOOKS 100
#define REMOVE_LOOK_NS (100 * NS_PER_US)

/* The C library has no call for it before version 2.39. */
static pid_t fork_inside(const char *path) {
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    struct clone_args args = {
        .flags = CLONE_INTO_CGROUP | CLONE_VFORK,
        .exit_signal = SIGCHLD,
        .cgroup = (uint64_t)fd,
    };
    pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
    if (pid != 0)
        close(fd);
    return pid;
}

/* Whether a process that starts inside lives on. */
static bool can_start_inside(const char *path) {
    int status;
    pid_t pid = fork_inside(path);
    if (pid == 0)
        _exit(0);
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

void sample_cgroup_make(struct sample_cgroup *cgroup) {
    struct cgroup own;
    int length = -1;
    if (cgroup_find(NULL, &own))
        length = snprintf(cgroup->path, sizeof(cgroup->path), "%s%s/pconc-%d", own.root, own.group,
            (int)getpid());
    if (length < 0 || (size_t)length >= sizeof(cgroup->path) || mkdir(cgroup->path, 0755) != 0)
        cgroup->path[0] = 0;
    cgroup->starts_inside = cgroup->path[0] && can_start_inside(cgroup->path);
}

void sample_cgroup_remove(struct sample_cgroup *cgroup) {
    for (int look = 0; cgroup->path[0] && look < REMOVE_LOOKS; look++) {
        if (rmdir(cgroup->path) == 0 || errno != EBUSY)
            break;
        clock_sleep_until(clock_now_ns() + REMOVE_LOOK_NS);
    }
    cgroup->path[0] = 0;
    cgroup->starts_inside = false;
}

pid_t sample_cgroup_fork(const struct sample_cgroup *cgroup) {
    return cgroup->starts_inside ? fork_inside(cgroup->path) : -1;
}

/* False also if that cannot be read. */
static bool is_empty(const char *path) {
    char name[SAMPLE_CGROUP_PATH_SIZE + 32], byte;
    snprintf(name, sizeof(name), "%s/cgroup.procs", path);
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    bool empty = fd >= 0 && read(fd, &byte, 1) == 0;
    if (fd >= 0)
        close(fd);
    return empty;
}

/* Whether `word` could be written to a control file. */
static bool control(const char *path, const char *file, const char *word) {
    char name[SAMPLE_CGROUP_PATH_SIZE + 32];
    snprintf(name, sizeof(name), "%s/%s", path, file);
    int fd = path[0] ? open(name, O_WRONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return false;
    bool written = write(fd, word, strlen(word)) > 0;
    close(fd);
    return written;
}

void sample_cgroup_join(const char *path) {
    (void)control(path, "cgroup.procs", "0");
}

void sample_cgroup_kill(struct sample_cgroup *cgroup) {
    if (!cgroup->path[0] || is_empty(cgroup->path))
        return;
    cgroup->starts_inside = false;
    (void)control(cgroup->path, "cgroup.kill", "1");
}
