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

/* Signals as a program finds them that a shell starts: an executor may have blocked or ignored some
 * in its threads. */
static void reset_signals(posix_spawnattr_t *attributes) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setsigdefault(attributes, &all);
}

/* Returns an errno, positive, as posix_spawn does. */
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

/* Whether `size` bytes of output fit what is expected from its byte `at` on; a newline may follow
 * its last one. */
static bool fits(const char *expected, size_t at, const char *output, size_t size) {
    size_t length = strlen(expected), left = at < length ? length - at : 0;
    size_t common = size < left ? size : left;
    if (common > 0 && memcmp(expected + at, output, common) != 0)
        return false;
    return size == common
        || (size == common + 1 && at + common == length && output[common] == '\n');
}

/* Reads to the end of the output, also of one that is wrong already, so that its writer ends. */
static int compare_output(struct task *task, int fd, const char *expected, bool *ret_same) {
    char output[4096];
    size_t at = 0;
    bool same = true;
    for (;;) {
        ssize_t got = task_read(task, fd, output, sizeof output);
        if (got < 0)
            return task_fail(task, (int)got, "cannot read the output: %s", strerror((int)-got));
        if (got == 0)
            break;
        same = same && fits(expected, at, output, (size_t)got);
        at += (size_t)got;
    }
    *ret_same = same && at >= strlen(expected);
    return 0;
}

/* Waits for the end of `pid` in whatever way the task waits, and reaps it. */
static int await_end(struct task *task, pid_t pid, struct exec_end *end) {
    int pidfd = pidfd_open(pid, 0);
    int code = pidfd < 0 ? -errno : task_wait_fd(task, pidfd, TASK_READABLE, TASK_FOREVER);
    if (code < 0)
        kill(pid, SIGKILL);
    while (waitpid(pid, &end->status, 0) < 0 && errno == EINTR)
        ;
    if (pidfd >= 0)
        task_close(task, pidfd);
    return code < 0 ? task_fail(task, code, "cannot wait for the command: %s", strerror(-code)) : 0;
}

static int run_quietly(
    struct task *task, char *const *words, int null_fd, struct exec_end *ret_end) {
    pid_t pid;
    int error = spawn(words, null_fd, null_fd, &pid);
    if (error)
        return task_fail(task, -error, "cannot start '%s': %s", words[0], strerror(error));
    return await_end(task, pid, ret_end);
}

static int run_compared(struct task *task, char *const *words, int null_fd, const char *expected,
    struct exec_end *ret_end) {
    int fds[2];
    pid_t pid;
    if (pipe2(fds, O_CLOEXEC) != 0) {
        int error = errno;
        return task_fail(task, -error, "cannot make a pipe: %s", strerror(error));
    }
    /* Our end alone: the program expects one that waits. */
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    int error = spawn(words, null_fd, fds[1], &pid);
    task_close(task, fds[1]);
    int code = error ? task_fail(task, -error, "cannot start '%s': %s", words[0], strerror(error))
                     : compare_output(task, fds[0], expected, &ret_end->as_expected);
    task_close(task, fds[0]); /* now, so that one which still writes ends of it */
    if (!error) {
        int ended = await_end(task, pid, ret_end);
        code = code < 0 ? code : ended;
    }
    return code;
}

int exec_run(struct task *task, char *const *words, int null_fd, const char *expected,
    struct exec_end *ret_end) {
    struct exec_end end = {.as_expected = true};
    int code = expected ? run_compared(task, words, null_fd, expected, &end)
                        : run_quietly(task, words, null_fd, &end);
    if (code == 0)
        *ret_end = end;
    return code;
}
