/* SPDX-License-Identifier: MIT */
#include "stack.h"

#include "sanitizers.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef WITH_ASAN
#include <sanitizer/asan_interface.h>
#endif
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#define VALGRIND_STACK_REGISTER(low, high) 0u
#define VALGRIND_STACK_DEREGISTER(id) ((void)(id))
#endif

/* Linux 6.13: a guard without a mapping; a process has 65530 mappings by default. */
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

#define SLAB_STACKS_MAX 256 /* slabs grow from one stack to this many */

/* A function with a larger frame may step over the guard, unless it was compiled to touch every
 * page
 * (-fstack-clash-protection). The guard takes address space, no memory. */
#define GUARD_SIZE_MIN ((size_t)64 << 10)

struct stack_slab {
    struct stack_slab *next;
    char *base;
    size_t bytes;
    size_t count;
    size_t first;            /* number of its first stack */
    unsigned valgrind_ids[]; /* one per stack */
};

void stacks_init(struct stack_allocator *stacks, size_t size) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    *stacks = (struct stack_allocator){
        .stack_size = (size + page - 1) / page * page,
        /* An odd number of pages. Else the distance between stacks is often a power of two, and
         * their tops compete for a few sets of the TLB. */
        .guard_size = (GUARD_SIZE_MIN / page | 1) * page,
        .slab_stacks = 1,
    };
}

void stacks_release(struct stack_allocator *stacks) {
    while (stacks->slabs) {
        struct stack_slab *slab = stacks->slabs;
        stacks->slabs = slab->next;
        for (size_t i = 0; i < slab->count; i++)
            VALGRIND_STACK_DEREGISTER(slab->valgrind_ids[i]);
#ifdef WITH_ASAN
        /* Frames that never returned have left red zones; the next mapping must not have them. */
        ASAN_UNPOISON_MEMORY_REGION(slab->base, slab->bytes);
#endif
        munmap(slab->base, slab->bytes);
        free(slab);
    }
}

/* Valgrind (3.19) does not know MADV_GUARD_INSTALL, reads such a guard, and crashes. */
static int install_guard(void *guard, size_t size) {
    if (!RUNNING_ON_VALGRIND && madvise(guard, size, MADV_GUARD_INSTALL) == 0)
        return 0;
    return mprotect(guard, size, PROT_NONE);
}

/* Maps the next slab: GUARD STACK GUARD STACK ... */
static int add_slab(struct stack_allocator *stacks) {
    size_t step = stacks->guard_size + stacks->stack_size;
    size_t count = stacks->slab_stacks;
    struct stack_slab *slab = malloc(sizeof(*slab) + count * sizeof(*slab->valgrind_ids));
    if (!slab)
        return -1;
    slab->bytes = count * step;
    slab->count = count;
    slab->base = mmap(NULL, slab->bytes, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (slab->base == MAP_FAILED) {
        free(slab);
        return -1;
    }
    /* In huge pages a stack would take memory that it does not use. */
    madvise(slab->base, slab->bytes, MADV_NOHUGEPAGE);
    for (size_t i = 0; i < count; i++) {
        char *guard = slab->base + i * step;
        if (install_guard(guard, stacks->guard_size) != 0) {
            int error = errno;
            munmap(slab->base, slab->bytes);
            free(slab);
            errno = error;
            return -1;
        }
        slab->valgrind_ids[i] = VALGRIND_STACK_REGISTER(guard + stacks->guard_size, guard + step);
    }
    slab->first = stacks->taken; /* the other slabs have no unused stacks */
    slab->next = stacks->slabs;
    stacks->slabs = slab;
    stacks->fresh = slab->base + stacks->guard_size;
    stacks->fresh_count = count;
    if (stacks->slab_stacks < SLAB_STACKS_MAX)
        stacks->slab_stacks *= 2;
    return 0;
}

void *stacks_take(struct stack_allocator *stacks, size_t *ret_number) {
    if (stacks->fresh_count == 0 && add_slab(stacks) != 0)
        return NULL;
    char *stack = stacks->fresh;
    stacks->fresh = stack + stacks->stack_size + stacks->guard_size;
    stacks->fresh_count--;
    *ret_number = stacks->taken++;
    return stack;
}

void *stacks_find_guard(
    const struct stack_allocator *stacks, const void *address, size_t *ret_number) {
    size_t step = stacks->guard_size + stacks->stack_size;
    for (const struct stack_slab *slab = stacks->slabs; slab; slab = slab->next) {
        size_t offset = (size_t)((uintptr_t)address - (uintptr_t)slab->base);
        if (offset >= slab->bytes || offset % step >= stacks->guard_size)
            continue;
        *ret_number = slab->first + offset / step;
        return slab->base + offset / step * step + stacks->guard_size;
    }
    return NULL;
}
