/* SPDX-License-Identifier: MIT */
#ifndef LOOP_SLAB_H
#define LOOP_SLAB_H

#include <stddef.h>

/* Memory in pieces of many sizes without a word of overhead: who gives a piece back says its size.
 * Belongs to one thread; one that is all zeroes is ready for use. */

#define SLAB_SIZES                                                                                 \
    128 /* multiples of 8 bytes that are kept apart; larger ones come from malloc                  \
         */

struct slab {
    void *free[SLAB_SIZES]; /* by size / 8; each begins with a pointer to the next */
    char *fresh;
    size_t fresh_size;
    struct slab_chunk *chunks;
    size_t mapped; /* bytes of all chunks */
};

/* `size` bytes, a multiple of 8 (0 is as 8), aligned to 8; NULL: no memory. */
void *slab_take(struct slab *slab, size_t size);
void slab_give(struct slab *slab, void *piece, size_t size);

/* Frees all pieces up to 8 * SLAB_SIZES - 8 bytes, given back or not. */
void slab_release(struct slab *slab);

#endif
