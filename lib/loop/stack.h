/* SPDX-License-Identifier: MIT */
#ifndef LOOP_STACK_H
#define LOOP_STACK_H

#include <stddef.h>

/*
 * Stacks for coroutines: mapped many at a time, each with a guard below its low end that turns an
 * overflow into a fault, and kept for reuse. One allocator belongs to one thread.
 */
struct stack_slab;

struct stack_allocator {
    size_t stack_size; /* usable bytes of each, a multiple of the page size */
    size_t guard_size; /* bytes below each that nothing can touch */
    struct stack_slab *slabs;
    void *fresh; /* never used stacks of the newest slab, lowest first */
    size_t fresh_count;
    size_t slab_stacks; /* in the next slab */
    size_t taken;
};

/* `size` is rounded up to whole pages. */
void stacks_init(struct stack_allocator *stacks, size_t size);

/* Unmaps all stacks, whoever has them. */
void stacks_release(struct stack_allocator *stacks);

/* Lowest usable address of a new stack of stack_size bytes, and its number, from 0 in the order in
 * which they were taken; NULL with errno set if the system has no more memory or mappings. Stacks
 * are not given back one by one: their users keep and reuse them. */
void *stacks_take(struct stack_allocator *stacks, size_t *ret_number);

/* The lowest usable address of the stack whose guard has `address` in it, and the stack's number;
 * NULL: it is in none. Safe in a signal handler. */
void *stacks_find_guard(
    const struct stack_allocator *stacks, const void *address, size_t *ret_number);

#endif
