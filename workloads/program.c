/* SPDX-License-Identifier: MIT */
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define READ_SIZE 4096

/* The most reads of what is left in a pipe when its program has ended: its size. Another process
 * may go on to write. */
#define LAST_READS 16

/* One running program, with what is waited for. Descriptors are -1 when they are closed. */
struct watch {
    struct task *task;
    const struct program_start *start;
    struct program *program;
    pid_t pid;
    int pidfd, events_fd;
    int errors[2], output[2]; /* pipes: our end, then that of the program */
    size_t compared;          /* bytes of output so far */
    bool ended;
};

static int refuse(const struct watch *watch, int code, const char *what) {
    return task_fail(watch->task, code, "cannot %s: %s", what, strerrordesc_np(-code));
}

static void close_fd(const struct watch *watch, int *fd) {
    if (*fd >= 0)
        task_close(watch->task, *fd);
    *fd = -1;
}

/* Only our end does not block: the program expects its own to. */
static int open_pipe(const struct watch *watch, int fds[2]) {
    if (pipe2(fds, O_CLOEXEC) != 0)
        return refuse(watch, -errno, "make a pipe for a command");
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    return 0;
}

/* As a shell starts programs. The executor may have blocked or ignored signals in this thread. */
static void reset_signals(posix_spawnattr_t *attributes) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setsigdefault(attributes, &all);
}

static int spawn(struct watch *watch) {
    const struct program_start *start = watch->start;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, start->input_fd, STDIN_FILENO);
    if (start->expected)
        posix_spawn_file_actions_adddup2(&actions, watch->output[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, watch->errors[1], STDERR_FILENO);
    posix_spawnattr_init(&attributes);
    reset_signals(&attributes);
    int error = posix_spawnp(
        &watch->pid, start->words[0], &actions, &attributes, start->words, start->environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    close_fd(watch, &watch->errors[1]);
    close_fd(watch, &watch->output[1]);
    return error ? task_fail(watch->task, -error, "cannot start '%s': %s", start->words[0],
               strerrordesc_np(error))
                 : 0;
}

/* Whether `size` bytes of output equal those of `expected` from byte `at` on. A newline may follow
 * the last one. */
static bool matches(const char *expected, size_t at, const char *output, size_t size) {
    size_t length = strlen(expected), left = at < length ? length - at : 0;
    size_t common = size < left ? size : left;
    if (common > 0 && memcmp(expected + at, output, common) != 0)
        return false;
    return size == common
        || (size == common + 1 && at + common == length && output[common] == '\n');
}

static void keep_tail(struct program *program, const char *bytes, size_t size) {
    size_t most = sizeof(program->tail);
    if (size > most) {
        bytes += size - most;
        size = most;
    }
    if (program->tail_size + size > most) {
        size_t kept = most - size;
        memmove(program->tail, program->tail + program->tail_size - kept, kept);
        program->tail_size = kept;
    }
    memcpy(program->tail + program->tail_size, bytes, size);
    program->tail_size += size;
}

static void copy(int to, const char *bytes, size_t size) {
    ssize_t put = write(to, bytes, size);
    (void)put; /* then it is not shown */
}

/* Reads once. False: there is nothing now, or the pipe has ended and is closed. */
static bool read_errors(struct watch *watch) {
    char bytes[READ_SIZE];
    ssize_t got = watch->errors[0] < 0 ? 0 : read(watch->errors[0], bytes, sizeof(bytes));
    if (got > 0) {
        keep_tail(watch->program, bytes, (size_t)got);
        copy(STDERR_FILENO, bytes, (size_t)got);
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        close_fd(watch, &watch->errors[0]);
    }
    return got > 0;
}

/* Reads all of the output, even after a difference, so that SIGPIPE does not end the program. */
static void read_output(struct watch *watch) {
    struct program *program = watch->program;
    const char *expected = watch->start->expected;
    char bytes[READ_SIZE];
    ssize_t got = read(watch->output[0], bytes, sizeof(bytes));
    if (got > 0) {
        program->as_expected =
            program->as_expected && matches(expected, watch->compared, bytes, (size_t)got);
        watch->compared += (size_t)got;
        copy(STDOUT_FILENO, bytes, (size_t)got);
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        program->as_expected = program->as_expected && watch->compared >= strlen(expected);
        close_fd(watch, &watch->output[0]);
    }
}

static bool add_event(const struct watch *watch, int fd) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    return fd < 0 || epoll_ctl(watch->events_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* One descriptor for all that is waited for, since a task waits for one at a time. */
static int open_events(struct watch *watch) {
    watch->pidfd = pidfd_open(watch->pid, 0);
    watch->events_fd = epoll_create1(EPOLL_CLOEXEC);
    bool added = watch->pidfd >= 0 && watch->events_fd >= 0 && add_event(watch, watch->pidfd)
        && add_event(watch, watch->errors[0]) && add_event(watch, watch->output[0]);
    return added ? 0 : refuse(watch, -errno, "wait for the command");
}

static void take_event(struct watch *watch, int fd) {
    if (fd == watch->pidfd) {
        epoll_ctl(watch->events_fd, EPOLL_CTL_DEL, fd, NULL);
        watch->ended = true;
    } else if (fd == watch->errors[0]) {
        (void)read_errors(watch);
    } else if (fd == watch->output[0]) {
        read_output(watch);
    }
}

static int await_end(struct watch *watch) {
    int code = open_events(watch);
    while (code >= 0 && (!watch->ended || watch->output[0] >= 0)) {
        struct epoll_event events[3];
        code = task_wait_fd(watch->task, watch->events_fd, TASK_READABLE, TASK_FOREVER);
        if (code < 0)
            return refuse(watch, code, "wait for the command");
        int count = epoll_wait(watch->events_fd, events, 3, 0);
        for (int i = 0; i < count; i++)
            take_event(watch, events[i].data.fd);
    }
    for (int i = 0; code >= 0 && i < LAST_READS && read_errors(watch); i++)
        ;
    return code < 0 ? code : 0;
}

/* Closes what it reads first: that ends a program that still writes. */
static int reap(struct watch *watch, int code) {
    struct rusage usage;
    if (code < 0)
        kill(watch->pid, SIGKILL);
    close_fd(watch, &watch->output[0]);
    close_fd(watch, &watch->errors[0]);
    while (wait4(watch->pid, &watch->program->status, 0, &usage) < 0 && errno == EINTR)
        ;
    command_used(&usage);
    return code;
}

int program_run(struct task *task, const struct program_start *start, struct program *ret_program) {
    struct watch watch = {.task = task,
        .start = start,
        .program = ret_program,
        .pidfd = -1,
        .events_fd = -1,
        .errors = {-1, -1},
        .output = {-1, -1}};
    ret_program->status = 0;
    ret_program->as_expected = true;
    ret_program->tail_size = 0;
    int code = open_pipe(&watch, watch.errors);
    if (code == 0 && start->expected)
        code = open_pipe(&watch, watch.output);
    if (code == 0)
        code = spawn(&watch);
    if (code == 0)
        code = reap(&watch, await_end(&watch));
    close_fd(&watch, &watch.events_fd);
    close_fd(&watch, &watch.pidfd);
    for (int end = 0; end < 2; end++) {
        close_fd(&watch, &watch.errors[end]);
        close_fd(&watch, &watch.output[end]);
    }
    return code;
}
