/* SPDX-License-Identifier: MIT */
#include "sample_cgroup.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A child in the cgroup, and its own child, which left the process group and the session. */
static pid_t start_member(const struct sample_cgroup *cgroup, int *ret_alive_fd) {
    int ready[2], alive[2];
    cr_assert_eq(pipe(ready), 0);
    cr_assert_eq(pipe(alive), 0);
    pid_t pid = fork();
    if (pid == 0) {
        sample_cgroup_join(cgroup->path);
        if (fork() == 0) {
            setsid();
            if (write(ready[1], "", 1) != 1)
                _exit(1);
        }
        for (;;)
            pause();
    }
    char byte;
    close(alive[1]);
    cr_assert_eq(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    *ret_alive_fd = alive[0];
    return pid;
}

Test(sample_cgroup, killing_it_reaches_every_process_in_it) {
    struct sample_cgroup cgroup;
    sample_cgroup_make(&cgroup);
    if (!cgroup.path[0])
        cr_skip_test("no control group can be made here");
    int alive_fd;
    pid_t pid = start_member(&cgroup, &alive_fd);

    sample_cgroup_kill(&cgroup);

    int status;
    char byte;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    /* Both hold the other end of the pipe open until they end. */
    cr_assert_eq(read(alive_fd, &byte, 1), 0);
    close(alive_fd);

    char path[SAMPLE_CGROUP_PATH_SIZE];
    snprintf(path, sizeof(path), "%s", cgroup.path);
    sample_cgroup_remove(&cgroup);
    cr_assert_neq(access(path, F_OK), 0, "%s is left behind", path);
}

/* 0 if the only process in the group is this one. */
static int look_inside(const struct sample_cgroup *cgroup) {
    char path[SAMPLE_CGROUP_PATH_SIZE + 32], pids[64] = "", own[32];
    snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup->path);
    snprintf(own, sizeof(own), "%d\n", (int)getpid());
    int fd = open(path, O_RDONLY);
    ssize_t got = read(fd, pids, sizeof(pids) - 1);
    return got > 0 && strcmp(pids, own) == 0 ? 0 : 1;
}

Test(sample_cgroup, a_process_starts_inside_until_something_was_killed) {
    struct sample_cgroup cgroup;
    sample_cgroup_make(&cgroup);
    if (!cgroup.starts_inside)
        cr_skip_test("no process can start inside a control group here");
    for (int i = 0; i < 2; i++) {
        int status = -1;
        pid_t pid = sample_cgroup_fork(&cgroup);
        if (pid == 0)
            _exit(look_inside(&cgroup));
        cr_assert_eq(waitpid(pid, &status, 0), pid);
        cr_expect_eq(status, 0);
        sample_cgroup_kill(&cgroup); /* it is empty, so nothing is killed */
    }

    int alive_fd;
    pid_t pid = start_member(&cgroup, &alive_fd);
    sample_cgroup_kill(&cgroup);
    cr_assert_eq(waitpid(pid, NULL, 0), pid);
    close(alive_fd);
    cr_expect_eq(sample_cgroup_fork(&cgroup), -1);
    sample_cgroup_remove(&cgroup);
}

Test(sample_cgroup, without_one_everything_is_a_no_op) {
    struct sample_cgroup none = {.path = ""};
    sample_cgroup_join(none.path);
    sample_cgroup_kill(&none);
    sample_cgroup_remove(&none);
    cr_assert_eq(none.path[0], 0);
}
