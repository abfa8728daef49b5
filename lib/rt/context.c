/* SPDX-License-Identifier: MIT */
#include "context.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef WITH_ASAN
#include <pthread.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef WITH_TSAN
#include <sanitizer/tsan_interface.h>
#endif
/* PCONC_PORTABLE_CONTEXT asks for the portable version where there is a better one: for tests. */
#if defined(__x86_64__) && !defined(PCONC_PORTABLE_CONTEXT)
#define CONTEXT_ASSEMBLY 1
#else
#include <ucontext.h>
#endif

/* What a new context runs first; lies at the top of its stack. */
struct start {
    struct context *context;
    void (*entry)(void *arg);
    void *arg;
};

/* AddressSanitizer is told after each arrival, both before each departure; elsewhere these compile
 * to nothing. */
static inline void tell_arrival(struct context *self) {
    (void)self;
#ifdef WITH_ASAN
    __sanitizer_finish_switch_fiber(self->fake_stack, NULL, NULL);
#endif
}

static inline void tell_departure(struct context *from, struct context *to) {
    (void)from;
    (void)to;
#ifdef WITH_ASAN
    __sanitizer_start_switch_fiber(&from->fake_stack, to->stack_low, to->stack_size);
#endif
#ifdef WITH_TSAN
    __tsan_switch_to_fiber(to->fiber, 0);
#endif
}

__attribute__((noreturn, used)) static void context_start(struct start *start) {
    tell_arrival(start->context);
    start->entry(start->arg);
    abort(); /* entry returned, against its contract */
}

static void describe_stack(struct context *context, void *low, size_t size) {
    (void)context;
    (void)low;
    (void)size;
#ifdef WITH_ASAN
    context->stack_low = low;
    context->stack_size = size;
#endif
#ifdef WITH_TSAN
    context->fiber = __tsan_create_fiber(0);
#endif
}

static void describe_thread(struct context *context) {
    (void)context;
#ifdef WITH_ASAN
    pthread_attr_t attributes;
    void *low;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        pthread_attr_getstack(&attributes, &low, &context->stack_size);
        context->stack_low = low;
        pthread_attr_destroy(&attributes);
    }
#endif
#ifdef WITH_TSAN
    context->fiber = __tsan_get_current_fiber();
#endif
}

static void forget_stack(struct context *context) {
    (void)context;
#ifdef WITH_TSAN
    __tsan_destroy_fiber(context->fiber);
#endif
}

#ifdef CONTEXT_ASSEMBLY

/*
 * void context_swap(void **save_sp, void *sp): pushes the registers that a call preserves (System V
 * AMD64 ABI, section 3.2.1), stores the stack pointer, and pops those of the other side. It leaves
 * by a jump, not by ret: the return predictor expects the caller of this call, not that of the
 * other side's, and would miss every time.
 */
void context_swap(void **save_sp, void *sp);
__asm__(".text\n"
        ".p2align 4\n"
        ".type context_swap, @function\n"
        ".globl context_swap\n"
        ".hidden context_swap\n"
        "context_swap:\n"
        ".cfi_startproc\n"
        "    pushq %rbp\n"
        "    pushq %rbx\n"
        "    pushq %r12\n"
        "    pushq %r13\n"
        "    pushq %r14\n"
        "    pushq %r15\n"
        "    movq %rsp, (%rdi)\n"
        "    movq %rsi, %rsp\n"
        "    popq %r15\n"
        "    popq %r14\n"
        "    popq %r13\n"
        "    popq %r12\n"
        "    popq %rbx\n"
        "    popq %rbp\n"
        "    popq %rcx\n"
        "    jmp *%rcx\n"
        ".cfi_endproc\n"
        ".size context_swap, . - context_swap\n"
        /* Where a new context begins: rbx holds its struct start. */
        ".p2align 4\n"
        ".type context_trampoline, @function\n"
        ".globl context_trampoline\n"
        ".hidden context_trampoline\n"
        "context_trampoline:\n"
        ".cfi_startproc\n"
        ".cfi_undefined rip\n"
        "    xorl %ebp, %ebp\n"
        "    movq %rbx, %rdi\n"
        "    call context_start\n"
        "    ud2\n"
        ".cfi_endproc\n"
        ".size context_trampoline, . - context_trampoline\n");
void context_trampoline(void);

int context_init_thread(struct context *context) {
    memset(context, 0, sizeof *context);
    describe_thread(context);
    return 0;
}

int context_init(
    struct context *context, void *low, size_t size, void (*entry)(void *arg), void *arg) {
    memset(context, 0, sizeof *context);
    struct start *start = (struct start *)((char *)low + size - 32);
    *start = (struct start){.context = context, .entry = entry, .arg = arg};
    /* Popped from the lowest: r15 r14 r13 r12 rbx rbp and the address to jump to, above which the
     * stack is aligned as at a call. */
    void **sp = (void **)start - 7;
    memset(sp, 0, 7 * sizeof *sp);
    sp[4] = start;
    sp[6] = (void *)context_trampoline;
    context->sp = sp;
    describe_stack(context, low, size);
    return 0;
}

void context_release(struct context *context) {
    forget_stack(context);
}

void context_release_thread(struct context *context) {
    (void)context;
}

void context_switch(struct context *from, struct context *to) {
    tell_departure(from, to);
    context_swap(&from->sp, to->sp);
    tell_arrival(from);
}

#else

/* The portable version: correct everywhere, but each switch asks the kernel for the signal mask. */

static void portable_start(unsigned high, unsigned low) {
    context_start((struct start *)((uintptr_t)high << 16 << 16 | low));
}

int context_init_thread(struct context *context) {
    memset(context, 0, sizeof *context);
    context->sp = calloc(1, sizeof(ucontext_t));
    if (!context->sp)
        return -ENOMEM;
    describe_thread(context);
    return 0;
}

int context_init(
    struct context *context, void *low, size_t size, void (*entry)(void *arg), void *arg) {
    int code = context_init_thread(context);
    if (code < 0)
        return code;
    struct start *start = (struct start *)((char *)low + size - 32);
    *start = (struct start){.context = context, .entry = entry, .arg = arg};
    ucontext_t *machine = context->sp;
    getcontext(machine);
    machine->uc_stack.ss_sp = low;
    machine->uc_stack.ss_size = size - 32;
    makecontext(machine, (void (*)(void))portable_start, 2,
        (unsigned)((uintptr_t)start >> 16 >> 16), (unsigned)(uintptr_t)start);
    describe_stack(context, low, size);
    return 0;
}

void context_release(struct context *context) {
    forget_stack(context);
    free(context->sp);
}

void context_release_thread(struct context *context) {
    free(context->sp);
}

void context_switch(struct context *from, struct context *to) {
    tell_departure(from, to);
    swapcontext(from->sp, to->sp);
    tell_arrival(from);
}

#endif
