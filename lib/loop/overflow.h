/* SPDX-License-Identifier: MIT */
#ifndef LOOP_OVERFLOW_H
#define LOOP_OVERFLOW_H

#include <stddef.h>
#include <stdint.h>

/*
 * Finds out whether a crash is a stack overflow of a loop's task: a fault in the guard below the
 * task's stack. The handler of SIGSEGV runs on its own stack.
 *
 * The handler belongs to the whole process, so only a program may call overflow_watch; the library
 * does not. Sanitizers handle the signal themselves: it does nothing then.
 */

struct overflow {
    int64_t job;        /* of the task; -1: it was started by a job, or runs none */
    int64_t stack_size; /* bytes */
};

/* From now on each overflow calls `tell` in the signal handler (signal-safety(7)). Then the process
 * dies of the signal, as after every other SIGSEGV. Must be called before there is a loop or a
 * second thread. */
void overflow_watch(void (*tell)(void *context, const struct overflow *overflow), void *context);

/* Before the first and after the last loop of a thread: they give the handler its stack. Without
 * memory for it an overflow looks like any other crash. */
void overflow_enter_thread(void);
void overflow_leave_thread(void);

#endif
