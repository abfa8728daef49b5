/* SPDX-License-Identifier: MIT */
#include "process.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "children.h"

/*
 * A process that does not end when it is killed, like one in a system call on a dead network mount.
 * A process that never waits traces one of its threads, so that the kernel cannot end it.
 */

static void *tell_number(void *fd) {
    int number = (int)syscall(SYS_gettid);
    cr_assert_eq(write(*(int *)fd, &number, sizeof(number)), sizeof(number));
    for (;;)
        pause();
    return NULL;
}

static pid_t start_traced(int *ret_thread) {
    int fds[2];
    cr_assert_eq(pipe(fds), 0);
    pid_t pid = fork();
    if (pid == 0) {
        pthread_t thread;
        prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
        pthread_create(&thread, NULL, tell_number, &fds[1]);
        for (;;)
            pause();
    }
    cr_assert_eq(read(fds[0], ret_thread, sizeof(*ret_thread)), sizeof(*ret_thread));
    close(fds[0]);
    close(fds[1]);
    return pid;
}

/* 0 if tracing is not allowed here. */
static pid_t start_tracer(int thread) {
    int fds[2];
    long code = -1;
    cr_assert_eq(pipe(fds), 0);
    pid_t pid = fork();
    if (pid == 0) {
        code = ptrace(PTRACE_SEIZE, thread, NULL, NULL);
        (void)!write(fds[1], &code, sizeof(code));
        for (;;)
            pause();
    }
    cr_assert_eq(read(fds[0], &code, sizeof(code)), sizeof(code));
    close(fds[0]);
    close(fds[1]);
    if (code == 0)
        return pid;
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    return 0;
}

struct stuck {
    pid_t pid, tracer;
};

static struct stuck make_stuck(void) {
    int thread;
    struct stuck stuck = {.pid = start_traced(&thread)};
    stuck.tracer = start_tracer(thread);
    if (!stuck.tracer) {
        kill(stuck.pid, SIGKILL);
        waitpid(stuck.pid, NULL, 0);
        cr_skip_test("no process may be traced here");
    }
    return stuck;
}

/* It ends now. */
static void release(const struct stuck *stuck) {
    int status;
    kill(stuck->tracer, SIGKILL);
    waitpid(stuck->tracer, NULL, 0);
    cr_assert_eq(waitpid(stuck->pid, &status, 0), stuck->pid);
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* With a signal that can be read, so that no test waits for a whole grace period. */
static int pending_signal(void) {
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    raise(SIGUSR1);
    return signalfd(-1, &mask, SFD_NONBLOCK);
}

Test(process, a_process_that_cannot_be_killed_is_given_up) {
    struct stuck stuck = make_stuck();
    struct process_result result;
    struct diag diag;
    const struct process_wait wait = {.timeout_ns = 1, .signal_fd = -1};

    cr_assert_eq(process_await(stuck.pid, &wait, &result, &diag), 0);
    cr_expect_eq(result.end, PROCESS_TIMED_OUT);
    cr_expect(result.stuck);
    release(&stuck);
}

Test(process, a_signal_ends_the_wait_for_a_killed_process) {
    struct stuck stuck = make_stuck();
    int signal_fd = pending_signal(), status;
    struct signalfd_siginfo info;

    kill(stuck.pid, SIGKILL);
    cr_expect_not(process_reap(stuck.pid, signal_fd, &status));
    cr_expect_eq(read(signal_fd, &info, sizeof(info)), sizeof(info), "the signal was taken away");
    release(&stuck);
}

Test(process, without_a_descriptor_a_killed_process_is_reaped_too) {
    struct diag diag;
    struct process_result result;
    pid_t pid = fork();
    if (pid == 0)
        for (;;)
            pause();
    int fd;
    while ((fd = dup(STDERR_FILENO)) >= 0 && fd < 1000000)
        ;
    int code = process_await(pid, &(struct process_wait){.signal_fd = -1}, &result, &diag);
    for (int i = STDERR_FILENO + 20; i < 4096; i++)
        close(i);
    cr_expect_lt(code, 0);
    cr_expect_eq(waitpid(pid, NULL, WNOHANG), -1, "it is still a child");
}

Test(process, a_child_that_cannot_be_killed_becomes_a_bystander) {
    struct arena *arena = arena_new();
    struct bystanders bystanders = bystanders_find(arena);
    struct stuck stuck = make_stuck();
    int signal_fd = pending_signal();

    /* The tracer is another child: it must stay. */
    bystanders.pids = arena_grown(
        arena, bystanders.pids, bystanders.count, &bystanders.room, sizeof(*bystanders.pids));
    bystanders.pids[bystanders.count++] = stuck.tracer;
    cr_expect_eq(children_kill(&bystanders, signal_fd), stuck.pid);
    cr_expect_eq(children_kill(&bystanders, signal_fd), 0, "it was found again");
    release(&stuck);
    arena_free(arena);
}

Test(process, a_program_gets_its_descriptors_and_nothing_else) {
    int fds[2];
    char text[64] = "";
    const char *argv[] = {"sh", "-c", "echo out; echo err >&2; echo passed >&3; cat", NULL};
    pid_t pid;
    int status;

    cr_assert_eq(pipe2(fds, O_CLOEXEC), 0);
    const struct process_program program = {.file = "sh",
        .argv = (char *const *)argv,
        .output = fds[1],
        .errors = -1,
        .passed = &fds[1],
        .passed_count = 1};
    cr_assert_eq(process_spawn(&program, &pid), 0);
    close(fds[1]);
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_expect_eq(status, 0);
    cr_assert_geq(read(fds[0], text, sizeof(text) - 1), 0);
    cr_expect_str_eq(text, "out\npassed\n");
}

Test(process, a_program_that_is_not_there_is_an_error) {
    const char *argv[] = {"no-such-program-here", NULL};
    pid_t pid;
    const struct process_program program = {
        .file = argv[0], .argv = (char *const *)argv, .output = -1, .errors = -1};
    cr_expect_eq(process_spawn(&program, &pid), -ENOENT);
}
