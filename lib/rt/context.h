/* SPDX-License-Identifier: MIT */
#ifndef RT_CONTEXT_H
#define RT_CONTEXT_H

#include <stddef.h>

#include "sanitizers.h"

/*
 * Execution contexts on stacks of their own, and the switch between them. A context belongs to one
 * thread. What a call preserves is preserved, except for the floating-point control words: code
 * that changes rounding or exception masks restores them before it suspends.
 */

struct context {
    void *sp; /* where its registers are saved, on its own stack; without assembly, a ucontext_t */
#ifdef WITH_ASAN
    void *fake_stack;
    const void *stack_low;
    size_t stack_size;
#endif
#ifdef WITH_TSAN
    void *fiber;
#endif
};

/* The context of the code that runs now, on the thread's own stack: a place to be switched back to.
 * 0, or -ENOMEM. */
int context_init_thread(struct context *context);

/* A context that, first switched to, runs entry(arg) on the stack [low, low + size), both multiples
 * of 16. entry must never return. 0, or -ENOMEM. */
int context_init(
    struct context *context, void *low, size_t size, void (*entry)(void *arg), void *arg);

/* Frees what goes with a context that does not run and never will again; its stack is the caller's.
 */
void context_release(struct context *context);
void context_release_thread(struct context *context); /* one of context_init_thread */

/* Suspends `from`, the running context, and resumes `to`. Returns when somebody switches back. */
void context_switch(struct context *from, struct context *to);

#endif
