/* SPDX-License-Identifier: MIT */
#include "overflow.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "loop_internal.h"
#include "sanitizers.h"

#define HANDLER_STACK_SIZE ((size_t)64 << 10) /* the registers saved there may be several KiB */

/* Written by overflow_watch only. */
static struct {
    void (*tell)(void *context, const struct overflow *overflow);
    void *context;
} watcher;

static _Thread_local struct {
    void *stack;
    int loops; /* of this thread */
} thread;

static void on_fault(int signal_number, siginfo_t *info, void *context) {
    (void)signal_number;
    (void)context;
    const struct loop *loop = loop_here;
    const struct coroutine *task = loop ? loop_find_overflow(loop, info->si_addr) : NULL;
    if (task)
        watcher.tell(watcher.context,
            &(struct overflow){.job = task->task.job >= 0 ? task->task.job : -1,
                .stack_size = (int64_t)loop->stacks.stack_size});
    /* The signal has its default action again: the same access ends the process now. */
}

void overflow_watch(void (*tell)(void *context, const struct overflow *overflow), void *context) {
#if defined(WITH_ASAN) || defined(WITH_TSAN)
    (void)tell;
    (void)context;
    (void)on_fault;
#else
    watcher.tell = tell;
    watcher.context = context;
    struct sigaction action = {
        .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK | (int)SA_RESETHAND};
    sigaction(SIGSEGV, &action, NULL);
#endif
}

void overflow_enter_thread(void) {
    if (!watcher.tell || thread.loops++ > 0)
        return;
    thread.stack = malloc(HANDLER_STACK_SIZE);
    if (thread.stack)
        sigaltstack(&(stack_t){.ss_sp = thread.stack, .ss_size = HANDLER_STACK_SIZE}, NULL);
}

void overflow_leave_thread(void) {
    if (!watcher.tell || --thread.loops > 0)
        return;
    sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL);
    free(thread.stack);
    thread.stack = NULL;
}
