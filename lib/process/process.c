/* SPDX-License-Identifier: MIT */
#include "process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "refusal.h"

#define TICK_NS NS_PER_S

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
            && read(wait->signal_fd, &info, sizeof info) == sizeof info) {
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

static void end_process(pid_t pid, bool ended, int *ret_status) {
    if (!ended) {
        if (getpgid(pid) == pid)
            kill(-pid, SIGKILL); /* its group, all at once */
        kill(pid, SIGKILL);      /* it may have left that */
    }
    while (waitpid(pid, ret_status, 0) < 0 && errno == EINTR)
        ;
}

int process_await(pid_t pid, const struct process_wait *wait, struct process_result *ret_result,
    struct diag *diag) {
    struct process_result result = {0};
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (pidfd < 0) {
        int error = errno;
        end_process(pid, false, &result.status);
        return refused_descriptor(diag, error, "a pidfd for a process");
    }
    result.end = await_end(pidfd, wait, &result.signal);
    close(pidfd);
    end_process(pid, result.end == PROCESS_EXITED, &result.status);
    *ret_result = result;
    return 0;
}
