/* SPDX-License-Identifier: MIT */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stdint.h>

/* Bytes that malloc has given out and not got back, to all threads of this process together. What
 * freeing threads keep for themselves counts as given out: up to HEAP_CACHED a thread. 0 where the
 * C library does not tell, or a sanitizer's allocator stands in its place. From any thread. */
int64_t heap_in_use(void);

/* What glibc keeps for a thread: 7 pieces of each of the 64 sizes up to 1032 bytes
 * (malloc/malloc.c, tcache_perthread_struct), rounded up. */
#define HEAP_CACHED ((int64_t)256 << 10)

/* The least that any allocation takes away, with its header. */
#define HEAP_PIECE_MIN 16

#endif
