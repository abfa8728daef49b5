/* SPDX-License-Identifier: MIT */
#ifndef LOOP_CONTEXT_H
#define LOOP_CONTEXT_H

#include <stddef.h>

#include "sanitizers.h"

#ifdef WITH_ASAN
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef WITH_TSAN
#include <sanitizer/tsan_interface.h>
#endif

/* PCONC_PORTABLE_CONTEXT: for tests, the portable version on every processor. */
#if defined(__x86_64__) && !defined(PCONC_PORTABLE_CONTEXT)
#define CONTEXT_ASSEMBLY 1
#else
#include <ucontext.h>
#endif

/* Whether a context is only a stack pointer: then that is enough to switch to it. */
#if defined(CONTEXT_ASSEMBLY) && !defined(WITH_ASAN) && !defined(WITH_TSAN)
#define CONTEXT_IS_SP 1
#else
#define CONTEXT_IS_SP 0
#endif

/*
 * Execution contexts, each with its own stack, and the switch between them. A context belongs to
 * one thread. A switch preserves the registers that a call preserves, but not the floating-point
 * control words: code that changes rounding or exception masks restores them before it suspends.
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

/* For the code that runs now, on the thread's own stack: other contexts can switch back to it. 0,
 * or -ENOMEM. */
int context_init_thread(struct context *context);

/* At the first switch to it, the context runs entry(arg), which must never return, on the stack
 * [low, low + size). Both are multiples of 16. 0, or -ENOMEM. */
int context_init(
    struct context *context, void *low, size_t size, void (*entry)(void *arg), void *arg);

/* Frees a context that does not run any more, but not its stack. */
void context_release(struct context *context);
void context_release_thread(struct context *context); /* one of context_init_thread */

/* The words at the top of a stack before its context runs for the first time. */
struct context_root {
    void *r15, *r14, *r13, *r12, *rbx, *rbp, *start;
};

/* Suspends the running context `from` and resumes `to`. Returns at the switch back. */
static inline void context_switch(struct context *from, struct context *to);

#ifdef CONTEXT_ASSEMBLY

/* Registers that the compiler knows only with AVX-512. */
#ifdef __AVX512F__
#define CONTEXT_CLOBBERS_AVX512                                                                    \
    "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25",      \
        "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31", "k1", "k2", "k3", "k4", "k5", "k6",  \
        "k7",
#else
#define CONTEXT_CLOBBERS_AVX512
#endif

/* A function may use the 128 bytes below the stack pointer (System V AMD64 ABI, section 3.2.2, the
 * red zone), unless the file is compiled with -mno-red-zone. */
#ifdef WITHOUT_RED_ZONE
#define CONTEXT_LEAVE_RED_ZONE
#define CONTEXT_ENTER_RED_ZONE
#else
#define CONTEXT_LEAVE_RED_ZONE "leaq -128(%%rsp), %%rsp\n\t"
#define CONTEXT_ENTER_RED_ZONE "leaq 128(%%rsp), %%rsp"
#endif

/* clang-format off */
#define CONTEXT_PUSH \
    "pushq %%rbp\n\tpushq %%rbx\n\tpushq %%r12\n\tpushq %%r13\n\tpushq %%r14\n\tpushq %%r15\n\t"
#define CONTEXT_POP \
    "popq %%r15\n\tpopq %%r14\n\tpopq %%r13\n\tpopq %%r12\n\tpopq %%rbx\n\tpopq %%rbp\n\t"
/* clang-format on */

/* What a call clobbers. */
#define CONTEXT_CLOBBERS                                                                           \
    "rcx", "rdi", "r8", "r9", "r10", "r11", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5",        \
        "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15",      \
        "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)", "mm0", "mm1", "mm2",  \
        "mm3", "mm4", "mm5", "mm6", "mm7", CONTEXT_CLOBBERS_AVX512 "memory", "cc"

/*
 * Suspends the running context, stores its stack pointer in *save_sp, and resumes the one of *sp,
 * where context_swap or context_jump returns `result`. A suspended context has on its stack the
 * registers that calls preserve and above them the address where it goes on.
 *
 * It is in line, without call and ret, for the processor's prediction of returns: after a switch
 * that is called but left by a jump, or that returns to another caller, every later return is
 * predicted wrong.
 *
 * The new stack pointer is read after the old one is saved: with the same place for both, nothing
 * happens.
 */
static inline __attribute__((always_inline)) void context_swap(
    void **save_sp, void *const *sp, int result) {
    __asm__ volatile(CONTEXT_LEAVE_RED_ZONE "leaq 1f(%%rip), %%rcx\n\t"
                                            "pushq %%rcx\n\t" CONTEXT_PUSH "movq %%rsp, (%%rax)\n\t"
                                            "movq (%%rdx), %%rsp\n\t" CONTEXT_POP
                                            "movl %%esi, %%eax\n\t"
                                            "popq %%rcx\n\tjmp *%%rcx\n"
                                            "1:\n\t" CONTEXT_ENTER_RED_ZONE
                     : "+a"(save_sp), "+d"(sp), "+S"(result)
                     :
                     : CONTEXT_CLOBBERS);
}

/* The same as a function, which resumes with the result 0 and returns that of its own resumption:
 * the fewest instructions between two contexts that both call it from the same place, and the
 * fewest bytes on the stack. (With context_swap in its place the rows `switch` take 1.08 times as
 * long, and a sleeping task of a shared stack 1.13 times the memory.) */
int context_jump(void **save_sp, void *const *sp);

/* A root that calls run(arg) and then end(arg, code of run), again and again. Only their return
 * address is on the stack then. */
struct context_root context_root(
    int (*run)(void *arg), void (*end)(void *arg, int code), void *arg);

#endif

#ifdef WITH_ASAN
extern _Thread_local struct context *context_left; /* the last switch suspended this one */
#endif

/* AddressSanitizer is called after each switch, both sanitizers before it. The suspended context
 * may be on another stack than its own: a loop may run in a task of another loop. */
static inline void context_arrived(struct context *self) {
    (void)self;
#ifdef WITH_ASAN
    __sanitizer_finish_switch_fiber(
        self->fake_stack, &context_left->stack_low, &context_left->stack_size);
#endif
}

static inline __attribute__((always_inline)) void context_switch(
    struct context *from, struct context *to) {
#ifdef WITH_ASAN
    context_left = from;
    __sanitizer_start_switch_fiber(&from->fake_stack, to->stack_low, to->stack_size);
#endif
#ifdef WITH_TSAN
    from->fiber = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(to->fiber, 0);
#endif
#ifdef CONTEXT_ASSEMBLY
    context_swap(&from->sp, &to->sp, 0);
#else
    swapcontext(from->sp, to->sp);
#endif
    context_arrived(from);
}

#endif
