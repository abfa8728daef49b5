/* SPDX-License-Identifier: MIT */
#include "process.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "children.h"
#include "fixture_stuck.h"

struct stuck {
    pid_t pid;
    struct tracer tracer;
};

static struct stuck make_stuck(void) {
    struct stuck stuck = {.tracer = tracer_start()};
    stuck.pid = fork();
    if (stuck.pid == 0)
        tracer_get_stuck(&stuck.tracer);
    if (!tracer_wait(&stuck.tracer)) {
        tracer_end(&stuck.tracer);
        kill(stuck.pid, SIGKILL);
        waitpid(stuck.pid, NULL, 0);
        cr_skip_test("no process may be traced here");
    }
    return stuck;
}

/* It ends now. */
static void release(const struct stuck *stuck) {
    int status;
    tracer_end(&stuck->tracer);
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
    bystanders.pids[bystanders.count++] = stuck.tracer.pid;
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
