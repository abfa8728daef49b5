/* SPDX-License-Identifier: MIT */
#ifndef PROCESS_PROCESS_H
#define PROCESS_PROCESS_H

#include <pconc/diag.h>

#include <stdint.h>
#include <sys/types.h>

/* How waiting for a child process ended. */
enum process_end { PROCESS_EXITED, PROCESS_TIMED_OUT, PROCESS_INTERRUPTED };

struct process_result {
    enum process_end end;
    int status; /* of waitpid */
    int signal; /* with PROCESS_INTERRUPTED: the number of the signal that came */
};

struct process_wait {
    int64_t timeout_ns;
    int signal_fd;               /* a signalfd; -1: none */
    void (*tick)(void *context); /* called about once a second; NULL: nobody watches */
    void *context;
};

/* Waits for `pid`, as long as the timeout allows and until a signal comes, and reaps it. If it did
 * not end by itself it is killed with its process group. On failure it is killed and reaped too.
 * Its descendants elsewhere are left to children_kill(). */
int process_await(pid_t pid, const struct process_wait *wait, struct process_result *ret_result,
    struct diag *diag) PCONC_CHECKED;

#endif
