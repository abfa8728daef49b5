/* SPDX-License-Identifier: MIT */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "refusal.h"
#include "sample_cgroup.h"

#define TICK_NS NS_PER_S

/* The signals that a program gets with their default actions. */
static void default_signals(sigset_t *ret_signals) {
    sigemptyset(ret_signals);
    sigaddset(ret_signals, SIGPIPE);
    sigaddset(ret_signals, SIGINT);
    sigaddset(ret_signals, SIGTERM);
}

static void become_stream(int stream, int fd, int flags) {
    if (fd < 0)
        fd = open("/dev/null", flags | O_CLOEXEC);
    if (fd != stream)
        dup2(fd, stream);
    fcntl(stream, F_SETFD, 0);
}

/* In the new process. Calls only what is safe after a fork of several threads. */
static _Noreturn void become(const struct process_program *program) {
    sigset_t none, defaults;
    sigemptyset(&none);
    default_signals(&defaults);
    for (int signal = 1; signal < NSIG; signal++)
        if (sigismember(&defaults, signal) == 1)
            sigaction(signal, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
    setpgid(0, 0);
    become_stream(STDIN_FILENO, -1, O_RDONLY);
    become_stream(STDOUT_FILENO, program->output, O_WRONLY);
    become_stream(STDERR_FILENO, program->errors, O_WRONLY);
    for (size_t i = 0; i < program->passed_count; i++)
        become_stream(STDERR_FILENO + 1 + (int)i, program->passed[i], 0);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execvp(program->file, program->argv);
    _exit(127);
}

int process_spawn(const struct process_program *program, pid_t *ret_pid) {
    pid_t pid = program->cgroup ? sample_cgroup_fork(program->cgroup) : -1;
    if (pid == 0)
        become(program);
    if (pid > 0) {
        *ret_pid = pid;
        return 0;
    }
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, defaults;
    const int streams[] = {program->output, program->errors};
    sigemptyset(&none);
    default_signals(&defaults);

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    for (int stream = STDOUT_FILENO; stream <= STDERR_FILENO; stream++) {
        int fd = streams[stream - STDOUT_FILENO];
        if (fd < 0)
            posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_WRONLY, 0);
        else
            posix_spawn_file_actions_adddup2(&actions, fd, stream);
    }
    /* They ascend, so none is overwritten before it is copied. */
    for (size_t i = 0; i < program->passed_count; i++)
        posix_spawn_file_actions_adddup2(&actions, program->passed[i], STDERR_FILENO + 1 + (int)i);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    int error = posix_spawnp(ret_pid, program->file, &actions, &attributes, program->argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return -error;
}

static int poll_timeout_ms(const struct process_wait *wait, int64_t deadline_ns) {
    int64_t left_ns = deadline_ns - clock_now_ns();
    if (wait->tick && left_ns > TICK_NS)
        left_ns = TICK_NS;
    int64_t left_ms = left_ns <= 0 ? 0 : (left_ns + NS_PER_MS - 1) / NS_PER_MS;
    return left_ms > INT32_MAX ? INT32_MAX : (int)left_ms;
}

static enum process_end await_end(int pidfd, const struct process_wait *wait, int *ret_signal) {
    int64_t deadline_ns = clock_deadline(clock_now_ns(), wait->timeout_ns);
    struct pollfd fds[] = {
        {.fd = pidfd, .events = POLLIN},
        {.fd = wait->signal_fd, .events = POLLIN},
    };
    for (;;) {
        int ready = poll(fds, 2, poll_timeout_ms(wait, deadline_ns));
        struct signalfd_siginfo info;
        if (ready > 0 && fds[1].revents
            && read(wait->signal_fd, &info, sizeof(info)) == sizeof(info)) {
            *ret_signal = (int)info.ssi_signo;
            return PROCESS_INTERRUPTED;
        }
        if (ready > 0 && fds[0].revents)
            return PROCESS_EXITED;
        if (ready <= 0 && clock_now_ns() >= deadline_ns)
            return PROCESS_TIMED_OUT;
        if (ready == 0 && wait->tick)
            wait->tick(wait->context);
    }
}

/* Waits where no pidfd can be opened. */
static bool reap_by_looking(pid_t pid, int64_t deadline_ns, int *ret_status) {
    for (;;) {
        if (waitpid(pid, ret_status, WNOHANG) != 0)
            return true;
        if (clock_now_ns() >= deadline_ns)
            return false;
        clock_sleep_until(clock_now_ns() + NS_PER_MS);
    }
}

bool process_reap(pid_t pid, int signal_fd, int *ret_status) {
    int64_t deadline_ns = clock_now_ns() + PROCESS_GRACE_NS;
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), left_ms = 0;
    if (pidfd < 0)
        return reap_by_looking(pid, deadline_ns, ret_status);
    struct pollfd fds[] = {{.fd = pidfd, .events = POLLIN}, {.fd = signal_fd, .events = POLLIN}};
    do
        left_ms = (int)((deadline_ns - clock_now_ns()) / NS_PER_MS);
    while (left_ms > 0 && poll(fds, 2, left_ms) < 0);
    close(pidfd);
    return reap_by_looking(pid, 0, ret_status);
}

/* True if it is stuck. */
static bool kill_process(pid_t pid, int signal_fd, int *ret_status) {
    if (getpgid(pid) == pid)
        kill(-pid, SIGKILL); /* its group, all at once */
    kill(pid, SIGKILL);      /* it may have left that */
    return !process_reap(pid, signal_fd, ret_status);
}

int process_await(pid_t pid, const struct process_wait *wait, struct process_result *ret_result,
    struct diag *diag) {
    struct process_result result = {0};
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (pidfd < 0) {
        int error = errno;
        (void)kill_process(pid, wait->signal_fd, &result.status);
        return refused_descriptor(diag, error, "a pidfd for a process");
    }
    result.end = await_end(pidfd, wait, &result.signal);
    close(pidfd);
    if (result.end == PROCESS_EXITED)
        result.stuck = !reap_by_looking(pid, INT64_MAX, &result.status);
    else
        result.stuck = kill_process(pid, wait->signal_fd, &result.status);
    *ret_result = result;
    return 0;
}
