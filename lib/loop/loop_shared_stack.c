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
 * One stack for all coroutines of a loop. Each that is started has its frames at the top of that
 * stack while it runs, and goes on to have them there until another is to run; then they are copied
 * out, into a buffer of just their size, and later in again to the very same addresses.
 *
 * The loop's own context, on another stack, does all of it: every coroutine suspends to there.
 *
 * What most have in common is not copied: the topmost words that are the same as those of the first
 * coroutine that ever was copied, as tasks that wait in the same place of the same function have
 * the same return addresses and pointers to what they share; and at the other end those registers
 * that still hold what the root had put there, as few functions need all of them. A million tasks
 * that sleep need 32 bytes each instead of 104. (Without this the row `bytes` takes 1.39 times the
 * memory.)
 */

#ifdef CONTEXT_ASSEMBLY

#define COMMON_BITS 6
#define UNUSED_BITS 2
#define UNUSED_MAX 3 /* r15, r14, r13: the lowest words of a suspended context */

_Static_assert(SHARED_COMMON_MAX < 1 << COMMON_BITS && UNUSED_MAX < 1 << UNUSED_BITS, "must fit");

/* How the words of a suspended coroutine were taken apart. */
struct parts {
    unsigned common; /* at the top, not copied */
    unsigned unused; /* at the bottom, not copied */
    uint32_t words;  /* between, copied */
};

static uint32_t parts_pack(struct parts parts) {
    return parts.words << (COMMON_BITS + UNUSED_BITS) | parts.unused << COMMON_BITS | parts.common;
}

static struct parts parts_unpack(uint32_t packed) {
    return (struct parts){.common = packed & ((1u << COMMON_BITS) - 1),
        .unused = packed >> COMMON_BITS & ((1u << UNUSED_BITS) - 1),
        .words = packed >> (COMMON_BITS + UNUSED_BITS)};
}

static int run(void *arg) {
    struct coroutine *self = ((struct loop *)arg)->running;
    return self->kind->run(self);
}

static void end(void *arg, int code) {
    struct loop *loop = arg;
    if (coroutine_ended(loop->running, code))
        return;
    /* Nothing on this stack will be needed again. */
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

/* Valgrind takes what lies below the stack pointer of a stack for out of bounds, and so what is
 * copied in and out from another one; and some words of frames are never written. */
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

static struct parts take_apart(const struct shared_stack *shared, void *const *sp) {
    void *const *top = (void *const *)shared->top;
    void *const *root = (void *const *)&shared->root;
    struct parts parts = {.common = 0};
    while (parts.unused < UNUSED_MAX && sp[parts.unused] == root[parts.unused])
        parts.unused++;
    size_t rest = (size_t)(top - sp) - parts.unused;
    unsigned common_max = rest < shared->common_count ? (unsigned)rest : shared->common_count;
    while (parts.common < common_max
        && top[-1 - (ptrdiff_t)parts.common] == shared->common[parts.common])
        parts.common++;
    parts.words = (uint32_t)(rest - parts.common);
    return parts;
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
    struct parts parts = take_apart(shared, sp);
    void *copy = slab_take(&shared->slab, parts.words * sizeof(*sp));
    if (!copy)
        return -ENOMEM;
    memcpy(copy, sp + parts.unused, parts.words * sizeof(*sp));
    resident->context.sp = copy;
    resident->parked = parts_pack(parts);
    return 0;
}

static void unpark(struct shared_stack *shared, struct coroutine *next) {
    struct parts parts = parts_unpack(next->parked);
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
    next->parked = 0;
}

int shared_enter(struct loop *loop, struct coroutine *next) {
    struct shared_stack *shared = &loop->shared;
    if (shared->resident == next)
        return 0;
    if (park(shared) < 0)
        return -ENOMEM;
    shared->resident = next;
    if (next->parked) {
        unpark(shared, next);
        return 0;
    }
    next->context.sp = shared->top - sizeof(shared->root);
    tell_valgrind(next->context.sp, shared->top);
    memcpy(next->context.sp, &shared->root, sizeof(shared->root));
    return 0;
}

#else /* loop_init makes none */

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
