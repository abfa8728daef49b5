/* SPDX-License-Identifier: MIT */
#ifndef PROCESS_PROCESS_H
#define PROCESS_PROCESS_H

#include <pconc/diag.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "clock.h"

struct sample_cgroup;

/* A program to start. */
struct process_program {
    const char *file;   /* a path, or a name that is searched for in PATH */
    char *const *argv;  /* ends with NULL */
    int output, errors; /* descriptors that become its 1 and 2; -1: /dev/null */
    const int *passed;  /* descriptors that become its 3, 4, ..., in ascending order */
    size_t passed_count;
    const struct sample_cgroup *cgroup; /* to start in, if it can; NULL: in the caller's */
};

/* Starts it in a new process group, with no signal blocked or ignored, and /dev/null as standard
 * input. Returns 0, or the negative errno of posix_spawn. */
int process_spawn(const struct process_program *program, pid_t *ret_pid) PCONC_CHECKED;

/* How long a killed process may take to end. One that takes longer is stuck: SIGKILL has no effect
 * while the kernel waits for a device or a network mount that does not answer (state D). */
#define PROCESS_GRACE_NS (5 * NS_PER_S)

/* Reaps the killed child `pid`. Waits for it until PROCESS_GRACE_NS have passed or `signal_fd` has
 * a signal to read; -1: no such descriptor. False: it has not ended, and stays a child. */
bool process_reap(pid_t pid, int signal_fd, int *ret_status) PCONC_CHECKED;

/* How waiting for a child process ended. */
enum process_end { PROCESS_EXITED, PROCESS_TIMED_OUT, PROCESS_INTERRUPTED };

struct process_result {
    enum process_end end;
    bool stuck; /* it was killed and did not end; nobody has reaped it */
    int status; /* of waitpid; 0 if it is stuck */
    int signal; /* with PROCESS_INTERRUPTED: the number of the signal that came */
};

struct process_wait {
    int64_t timeout_ns;
    int signal_fd;               /* a signalfd; -1: none */
    void (*tick)(void *context); /* called about once a second; NULL: not called */
    void *context;
};

/* Waits for `pid` until it ends, the timeout is over or a signal comes. If it did not end by itself
 * it is killed with its process group. On failure it is killed too. It is reaped if it ends.
 * Its descendants elsewhere are left to children_kill(). */
int process_await(pid_t pid, const struct process_wait *wait, struct process_result *ret_result,
    struct diag *diag) PCONC_CHECKED;

#endif
