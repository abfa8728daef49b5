/* SPDX-License-Identifier: MIT */
#ifndef EXECUTORS_PROCESSES_PARTS_H
#define EXECUTORS_PROCESSES_PARTS_H

#include <pconc/diag.h>

#include <signal.h>

/* For the processes*.c files only. */

/* processes_fork.c: -EBUSY if this program runs other threads. fork(2) copies only the calling
 * thread: a lock that another thread holds would stay locked. */
int refuse_if_threaded(struct diag *diag) PCONC_CHECKED;

/* processes_death.c: how worker `index`, counted from 0, ended against its order. -EOWNERDEAD. */
int explain_death(int index, pid_t pid, const siginfo_t *info, struct diag *diag);

/* The same for a worker that has just died; does not reap it. */
int explain_dead_worker(int index, pid_t pid, struct diag *diag);

/* A worker that SIGKILL did not end. -EBUSY. */
int explain_stuck(int index, pid_t pid, struct diag *diag);

#endif
