/* SPDX-License-Identifier: MIT */
#include "exec.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* As a shell starts programs. The executor may have blocked or ignored signals in this thread. */
static void reset_signals(posix_spawnattr_t *attributes) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setsigdefault(attributes, &all);
}

/* Returns a positive errno, as posix_spawn does. */
static int spawn(char *const *words, int null_fd, int output_fd, pid_t *ret_pid) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, null_fd, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output_fd, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, null_fd, STDERR_FILENO);
    posix_spawnattr_init(&attributes);
    reset_signals(&attributes);
    int error = posix_spawnp(ret_pid, words[0], &actions, &attributes, words, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* Whether `size` bytes of output equal those of `expected` from byte `at` on. A newline may follow
 * the last one. */
static bool fits(const char *expected, size_t at, const char *output, size_t size) {
    size_t length = strlen(expected), left = at < length ? length - at : 0;
    size_t common = size < left ? size : left;
    if (common > 0 && memcmp(expected + at, output, common) != 0)
        return false;
    return size == common
        || (size == common + 1 && at + common == length && output[common] == '\n');
}

/* Reads all of the output, even after a difference, so that the program is not stopped by SIGPIPE.
 */
static int compare_output(struct task *task, int fd, const char *expected, bool *ret_same) {
    char output[4096];
    size_t at = 0;
    bool same = true;
    for (;;) {
        ssize_t got = task_read(task, fd, output, sizeof(output));
        if (got < 0)
            return task_fail(
                task, (int)got, "cannot read the output: %s", strerrordesc_np((int)-got));
        if (got == 0)
            break;
        same = same && fits(expected, at, output, (size_t)got);
        at += (size_t)got;
    }
    *ret_same = same && at >= strlen(expected);
    return 0;
}

/* Waits for the end of `pid` and reaps it. */
static int await_end(struct task *task, pid_t pid, struct exec_end *end) {
    int pidfd = pidfd_open(pid, 0);
    int code = pidfd < 0 ? -errno : task_wait_fd(task, pidfd, TASK_READABLE, TASK_FOREVER);
    if (code < 0)
        kill(pid, SIGKILL);
    while (waitpid(pid, &end->status, 0) < 0 && errno == EINTR)
        ;
    if (pidfd >= 0)
        task_close(task, pidfd);
    return code < 0
        ? task_fail(task, code, "cannot wait for the command: %s", strerrordesc_np(-code))
        : 0;
}

int exec_run(struct task *task, char *const *words, int null_fd, const char *expected,
    struct exec_end *ret_end) {
    struct exec_end end = {.as_expected = true};
    int fds[2] = {-1, -1};
    pid_t pid;
    if (expected && pipe2(fds, O_CLOEXEC) != 0)
        return task_fail(task, -errno, "cannot make a pipe: %s", strerrordesc_np(errno));
    if (expected) /* only this end: the program expects its end to block */
        fcntl(fds[0], F_SETFL, O_NONBLOCK);
    int error = spawn(words, null_fd, expected ? fds[1] : null_fd, &pid);
    int code = 0;
    if (error)
        code = task_fail(task, -error, "cannot start '%s': %s", words[0], strerrordesc_np(error));
    if (expected) {
        task_close(task, fds[1]);
        if (!error)
            code = compare_output(task, fds[0], expected, &end.as_expected);
        task_close(task, fds[0]); /* before the wait: ends a program that still writes */
    }
    if (!error) {
        int ended = await_end(task, pid, &end);
        code = code < 0 ? code : ended;
    }
    if (code == 0)
        *ret_end = end;
    return code;
}
