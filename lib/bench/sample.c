/* SPDX-License-Identifier: MIT */
#include "sample.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "children.h"
#include "clock.h"
#include "refusal.h"
#include "sample_wire.h"
#include "session.h"
#include "units.h"

/* How waiting for a sample ended. */
enum outcome_kind { SAMPLE_EXITED, SAMPLE_TIMED_OUT, SAMPLE_INTERRUPTED };

static int make_request(const struct sample_order *order, struct diag *diag) {
    struct wire_request *request = malloc(sizeof *request);
    int fd = -1, code = request ? 0 : diag_set(diag, -ENOMEM, "out of memory for a sample");
    if (code == 0)
        code = wire_pack_case(request, order->bench_case, diag);
    if (code != 0 || !request)
        goto out;
    request->seed = order->plan->seed;
    request->warmup = order->plan->warmup;
    request->passes = order->passes;
    request->timer_slack_ns = order->timer_slack_ns;
    memcpy(request->cgroup, order->cgroup->path, sizeof request->cgroup);
    request->parent = getpid();

    fd = memfd_create("pconc-request", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0 || write(fd, request, sizeof *request) != sizeof *request
        || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0) {
        code = refused_descriptor(diag, errno, "the memory file of a sample");
        if (fd >= 0)
            close(fd);
        fd = -1;
    }
out:
    free(request);
    return code < 0 ? code : fd;
}

/* Starts the sample in a process group of its own, with nothing of ours but the two files: what it
 * prints goes to standard error, results own standard output. */
static int spawn_sample(int request_fd, int reply_fd, pid_t *ret_pid) {
    const char *const argv[] = {"pconc", SAMPLE_SUBCOMMAND, "3", "4", NULL};
    _Static_assert(WIRE_REQUEST_FD == 3 && WIRE_REPLY_FD == 4, "argv says otherwise");
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    sigaddset(&defaults, SIGINT);
    sigaddset(&defaults, SIGTERM);

    /* request_fd was opened first and is the lower one, so neither dup2 overwrites what is still
     * to be copied. */
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, request_fd, WIRE_REQUEST_FD);
    posix_spawn_file_actions_adddup2(&actions, reply_fd, WIRE_REPLY_FD);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    int error =
        posix_spawn(ret_pid, "/proc/self/exe", &actions, &attributes, (char *const *)argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

#define TICK_NS NS_PER_S

static int poll_timeout_ms(const struct sample_order *order, int64_t deadline_ns) {
    int64_t left_ns = deadline_ns - clock_now_ns();
    if (order->tick && left_ns > TICK_NS)
        left_ns = TICK_NS;
    int64_t left_ms = left_ns <= 0 ? 0 : (left_ns + NS_PER_MS - 1) / NS_PER_MS;
    return left_ms > INT32_MAX ? INT32_MAX : (int)left_ms;
}

/* Waits for the process behind `pidfd`; *ret_signal is set if it was interrupted. */
static enum outcome_kind await_sample(
    const struct sample_order *order, int pidfd, int *ret_signal) {
    int64_t deadline_ns = clock_deadline(clock_now_ns(), order->plan->timeout_ns);
    struct pollfd fds[] = {
        {.fd = pidfd, .events = POLLIN},
        {.fd = order->signal_fd, .events = POLLIN},
    };
    for (;;) {
        int ready = poll(fds, 2, poll_timeout_ms(order, deadline_ns));
        struct signalfd_siginfo info;
        if (ready > 0 && fds[1].revents
            && read(order->signal_fd, &info, sizeof info) == sizeof info) {
            *ret_signal = (int)info.ssi_signo;
            return SAMPLE_INTERRUPTED;
        }
        if (ready > 0 && fds[0].revents)
            return SAMPLE_EXITED;
        if (ready <= 0 && clock_now_ns() >= deadline_ns)
            return SAMPLE_TIMED_OUT;
        if (ready == 0 && order->tick)
            order->tick(order->context);
    }
}

static const char *explain_exit(int status, struct arena *arena) {
    if (WIFSIGNALED(status))
        return arena_printf(arena,
            "the sample was killed by signal %d (%s); look for a crash in a job, or the kernel's "
            "out-of-memory killer",
            WTERMSIG(status), strsignal(WTERMSIG(status)));
    return arena_printf(arena,
        "the sample exited with status %d instead of giving a result; a job must not end its "
        "process",
        WEXITSTATUS(status));
}

static const char *explain_timeout(const struct plan *plan, struct arena *arena) {
    char timeout[32];
    format_duration(plan->timeout_ns, timeout, sizeof timeout);
    return arena_printf(arena,
        "no result after %s: the sample and all its processes were killed; raise --timeout if the "
        "work takes longer",
        timeout);
}

/* Reads what the sample answered, if it did. */
static void read_reply(
    int reply_fd, int status, struct arena *arena, struct sample *ret_sample, int64_t *ret_passes) {
    struct wire_reply reply = {0};
    ssize_t got = pread(reply_fd, &reply, sizeof reply, 0);
    bool answered =
        got == sizeof reply && reply.done == 1 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (answered) {
        *ret_sample = reply.sample;
        ret_sample->failure = NULL;
    }
    if (!answered) {
        ret_sample->failure = explain_exit(status, arena);
    } else if (reply.code < 0) {
        reply.failure[sizeof reply.failure - 1] = 0;
        ret_sample->failure = arena_strdup(arena, reply.failure);
    } else {
        *ret_passes = reply.passes;
    }
}

/* Starts, awaits and clears away one sample whose files are open. */
static int run_with_files(const struct sample_order *order, int request_fd, int reply_fd,
    struct arena *arena, struct sample *ret_sample, int64_t *ret_passes, struct diag *diag) {
    pid_t pid;
    int status = 0, signal = 0;
    int error = spawn_sample(request_fd, reply_fd, &pid);
    if (error)
        return refused_worker(diag, error, "the process of a sample");
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (pidfd < 0) {
        error = errno;
        children_kill(order->bystanders);
        return refused_descriptor(diag, error, "a pidfd for a sample");
    }
    enum outcome_kind kind = await_sample(order, pidfd, &signal);
    close(pidfd);
    if (kind != SAMPLE_EXITED) {
        kill(-pid, SIGKILL); /* its group, all at once */
        kill(pid, SIGKILL);  /* it may have left that */
    }
    sample_cgroup_kill(order->cgroup);
    waitpid(pid, &status, 0);
    children_kill(order->bystanders);

    if (kind == SAMPLE_INTERRUPTED)
        return signal;
    if (kind == SAMPLE_TIMED_OUT)
        ret_sample->failure = explain_timeout(order->plan, arena);
    else
        read_reply(reply_fd, status, arena, ret_sample, ret_passes);
    return 0;
}

int sample_run(const struct sample_order *order, struct arena *arena, struct sample *ret_sample,
    int64_t *ret_passes, struct diag *diag) {
    *ret_sample = (struct sample){0};
    int request_fd = make_request(order, diag);
    if (request_fd < 0)
        return request_fd;
    int code;
    int reply_fd = memfd_create("pconc-reply", MFD_CLOEXEC);
    if (reply_fd < 0)
        code = refused_descriptor(diag, errno, "the memory file of a sample");
    else
        code = run_with_files(order, request_fd, reply_fd, arena, ret_sample, ret_passes, diag);
    if (reply_fd >= 0)
        close(reply_fd);
    close(request_fd);
    return code;
}
