/* SPDX-License-Identifier: MIT */
#include "context.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef WITH_ASAN
#include <pthread.h>
#endif

#ifdef WITH_ASAN
_Thread_local struct context *context_left;
#endif

/* At the top of the stack of a new context. */
struct start {
    struct context *context;
    void (*entry)(void *arg);
    void *arg;
};

static int context_start(void *arg) {
    struct start *start = arg;
    context_arrived(start->context);
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

__asm__(".text\n"
        ".p2align 4\n"
        ".type context_root_start, @function\n"
        ".globl context_root_start\n"
        ".hidden context_root_start\n"
        "context_root_start:\n"
        ".cfi_startproc\n"
        ".cfi_undefined rip\n"
        "1:  movq %rbx, %rdi\n"
        "    call *%r12\n"
        "    movq %rbx, %rdi\n"
        "    movl %eax, %esi\n"
        "    call *%r13\n"
        "    jmp 1b\n"
        ".cfi_endproc\n"
        ".size context_root_start, . - context_root_start\n");
void context_root_start(void);

struct context_root context_root(
    int (*run)(void *arg), void (*end)(void *arg, int code), void *arg) {
    return (struct context_root){
        .r12 = (void *)run, .r13 = (void *)end, .rbx = arg, .start = (void *)context_root_start};
}

__asm__(".text\n"
        ".p2align 4\n"
        ".type context_jump, @function\n"
        ".globl context_jump\n"
        ".hidden context_jump\n"
        "context_jump:\n"
        ".cfi_startproc\n"
        "    pushq %rbp\n"
        "    pushq %rbx\n"
        "    pushq %r12\n"
        "    pushq %r13\n"
        "    pushq %r14\n"
        "    pushq %r15\n"
        ".cfi_adjust_cfa_offset 48\n"
        "    movq %rsp, (%rdi)\n"
        "    movq (%rsi), %rsp\n"
        "    popq %r15\n"
        "    popq %r14\n"
        "    popq %r13\n"
        "    popq %r12\n"
        "    popq %rbx\n"
        "    popq %rbp\n"
        ".cfi_adjust_cfa_offset -48\n"
        "    xorl %eax, %eax\n"
        "    ret\n"
        ".cfi_endproc\n"
        ".size context_jump, . - context_jump\n");

int context_init_thread(struct context *context) {
    memset(context, 0, sizeof(*context));
    describe_thread(context);
    return 0;
}

int context_init(
    struct context *context, void *low, size_t size, void (*entry)(void *arg), void *arg) {
    memset(context, 0, sizeof(*context));
    struct start *start = (struct start *)((char *)low + size - 32);
    *start = (struct start){.context = context, .entry = entry, .arg = arg};
    struct context_root *root = (struct context_root *)start - 1;
    *root = context_root(context_start, NULL, start);
    context->sp = root;
    describe_stack(context, low, size);
    return 0;
}

void context_release(struct context *context) {
    forget_stack(context);
}

void context_release_thread(struct context *context) {
    (void)context;
}

#else

/* The portable version. Slow: each switch is a system call for the signal mask. */

static void portable_start(unsigned high, unsigned low) {
    (void)context_start((void *)((uintptr_t)high << 16 << 16 | low));
}

int context_init_thread(struct context *context) {
    memset(context, 0, sizeof(*context));
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

#endif
