/* SPDX-License-Identifier: MIT */
#include "loop_internal.h"

#include <errno.h>
#include <string.h>

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else
#define VALGRIND_MAKE_MEM_DEFINED(address, size) ((void)(address), (size))
#endif

/*
 * One stack for all coroutines of a loop. The frames of the running one are at its top. They stay
 * there until another coroutine runs; then they are copied into a buffer of their size, and later
 * back to the same addresses. The loop's own context does this on another stack.
 *
 * Two parts are not copied, as most coroutines have them in common. At the top: the words that are
 * equal to those of the first coroutine that was copied; tasks that wait in the same place of the
 * same function have the same return addresses and pointers. At the bottom: the registers that
 * still hold the values of the root. A million tasks that sleep need 32 bytes each instead of 104.
 * (Without this the row `bytes` takes 1.39 times the memory.)
 */

#ifdef CONTEXT_ASSEMBLY

#define UNUSED_MAX 3 /* r15, r14, r13: the lowest words of a suspended context */

static int run(void *arg) {
    struct coroutine *self = ((struct loop *)arg)->running;
    return self->kind->run(self);
}

static void end(void *arg, int code) {
    struct loop *loop = arg;
    if (coroutine_ended(loop->running, code))
        return;
    /* Nobody needs these frames any more. */
    loop->shared.resident = NULL;
    void *dead_sp;
    context_jump(&dead_sp, &loop->context.sp);
}

int shared_init(struct loop *loop) {
    struct shared_stack *shared = &loop->shared;
    size_t number;
    shared->low = stacks_take(&loop->stacks, &number);
    if (!shared->low)
        return -ENOMEM;
    shared->top = shared->low + loop->stacks.stack_size;
    shared->root = context_root(run, end, loop);
    return 0;
}

struct coroutine *shared_coroutine(struct loop *loop) {
    return slab_take(&loop->shared.slab, sizeof(struct coroutine));
}

/* For valgrind, memory below the stack pointer is out of bounds, and some words of frames were
 * never written; but both are copied. */
static void tell_valgrind(const void *low, const char *top) {
    (void)VALGRIND_MAKE_MEM_DEFINED(low, (size_t)(top - (const char *)low));
}

static void keep_common(struct shared_stack *shared, void *const *sp) {
    void *const *top = (void *const *)shared->top;
    size_t words = (size_t)(top - sp);
    shared->common_count = words < SHARED_COMMON_MAX ? (unsigned)words : SHARED_COMMON_MAX;
    for (unsigned i = 0; i < shared->common_count; i++)
        shared->common[i] = top[-1 - (ptrdiff_t)i];
}

static struct parked take_apart(const struct shared_stack *shared, void *const *sp) {
    void *const *top = (void *const *)shared->top;
    void *const *root = (void *const *)&shared->root;
    unsigned unused = 0, common = 0;
    while (unused < UNUSED_MAX && sp[unused] == root[unused])
        unused++;
    size_t rest = (size_t)(top - sp) - unused;
    unsigned common_max = rest < shared->common_count ? (unsigned)rest : shared->common_count;
    while (common < common_max && top[-1 - (ptrdiff_t)common] == shared->common[common])
        common++;
    return (struct parked){.words = (rest - common) & PARKED_WORDS_MAX,
        .unused = unused & UNUSED_MAX,
        .common = common & SHARED_COMMON_MAX};
}

/* Copies the frames of the resident out. */
static int park(struct shared_stack *shared) {
    struct coroutine *resident = shared->resident;
    if (!resident)
        return 0;
    void **sp = resident->context.sp;
    tell_valgrind(sp, shared->top);
    if (shared->common_count == 0)
        keep_common(shared, sp);
    struct parked parts = take_apart(shared, sp);
    void *copy = slab_take(&shared->slab, parts.words * sizeof(*sp));
    if (!copy)
        return -ENOMEM;
    memcpy(copy, sp + parts.unused, parts.words * sizeof(*sp));
    resident->context.sp = copy;
    resident->parked = parts;
    return 0;
}

static void unpark(struct shared_stack *shared, struct coroutine *next) {
    struct parked parts = next->parked;
    void **top = (void **)shared->top;
    tell_valgrind(top - parts.common - parts.words - parts.unused, shared->top);
    for (unsigned i = 0; i < parts.common; i++)
        top[-1 - (ptrdiff_t)i] = shared->common[i];
    void **copied = top - parts.common - parts.words;
    memcpy(copied, next->context.sp, parts.words * sizeof(*copied));
    void **sp = copied - parts.unused;
    memcpy(sp, &shared->root, parts.unused * sizeof(*sp));
    slab_give(&shared->slab, next->context.sp, parts.words * sizeof(*copied));
    next->context.sp = sp;
    next->parked = (struct parked){.words = 0};
}

int shared_enter(struct loop *loop, struct coroutine *next) {
    struct shared_stack *shared = &loop->shared;
    if (shared->resident == next)
        return 0;
    if (park(shared) < 0)
        return -ENOMEM;
    shared->resident = next;
    if (next->parked.words + next->parked.unused + next->parked.common > 0) {
        unpark(shared, next);
        return 0;
    }
    next->context.sp = shared->top - sizeof(shared->root);
    tell_valgrind(next->context.sp, shared->top);
    memcpy(next->context.sp, &shared->root, sizeof(shared->root));
    return 0;
}

#else /* loop_init makes no shared stack */

int shared_init(struct loop *loop) {
    (void)loop;
    return -ENOTSUP;
}

struct coroutine *shared_coroutine(struct loop *loop) {
    (void)loop;
    return NULL;
}

int shared_enter(struct loop *loop, struct coroutine *next) {
    (void)loop;
    (void)next;
    return -ENOTSUP;
}

#endif

void shared_release(struct loop *loop) {
    slab_release(&loop->shared.slab);
}
