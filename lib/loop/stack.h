/* SPDX-License-Identifier: MIT */
#ifndef LOOP_STACK_H
#define LOOP_STACK_H

#include <stddef.h>

/*
 * Stacks for coroutines. They are mapped many at a time. Below each is a guard, so that an overflow
 * is a fault. An allocator belongs to one thread.
 */
struct stack_slab;

struct stack_allocator {
    size_t stack_size; /* usable bytes of each, a multiple of the page size */
    size_t guard_size; /* bytes below each that fault */
    struct stack_slab *slabs;
    void *fresh; /* the first of the unused stacks of the newest slab */
    size_t fresh_count;
    size_t slab_stacks; /* stacks of the next slab */
    size_t taken;
};

/* `size` is rounded up to whole pages. */
void stacks_init(struct stack_allocator *stacks, size_t size);

/* Unmaps all stacks, also those in use. */
void stacks_release(struct stack_allocator *stacks);

/* A new stack: its lowest address, and its number, counted from 0. NULL with errno: the system has
 * no more memory or mappings. Stacks are not given back: their users keep and reuse them. */
void *stacks_take(struct stack_allocator *stacks, size_t *ret_number);

/* The lowest address and the number of the stack with `address` in its guard; NULL: there is none.
 * Safe in a signal handler. */
void *stacks_find_guard(
    const struct stack_allocator *stacks, const void *address, size_t *ret_number);

#endif
