/* SPDX-License-Identifier: MIT */
#ifndef LOOP_OVERFLOW_H
#define LOOP_OVERFLOW_H

#include <stddef.h>
#include <stdint.h>

/*
 * Tells a stack overflow of a loop's task from any other crash. It hits the guard below the task's
 * stack; a handler of SIGSEGV, which runs on a stack of its own, finds out whose that is.
 *
 * It takes over a signal of the whole process, so it is for whoever owns that: nothing in the
 * library calls overflow_watch. Where a sanitizer watches the signal itself, it does nothing.
 */

struct overflow {
    int64_t job;        /* that the task ran; -1: it was started by a job, or runs none */
    int64_t stack_size; /* bytes */
};

/* From now on `tell` is called for each overflow, in the signal handler: it may do what signal
 * handlers may (signal-safety(7)). The process then dies of the signal, as it does of every other
 * SIGSEGV. Before there is a loop or a second thread. */
void overflow_watch(void (*tell)(void *context, const struct overflow *overflow), void *context);

/* A loop begins and ends to belong to this thread: the handler needs a stack here. Without memory
 * for it an overflow is told as any other crash. */
void overflow_enter_thread(void);
void overflow_leave_thread(void);

#endif
