/* SPDX-License-Identifier: MIT */
#ifndef LOOP_SLAB_H
#define LOOP_SLAB_H

#include <stddef.h>

/* Memory in small pieces, without a header for each: slab_give is passed the size. Belongs to one
 * thread. All zeroes: ready for use. */

/* One list for each multiple of 8 bytes; larger pieces come from malloc. */
#define SLAB_SIZES 128

struct slab {
    void *free[SLAB_SIZES]; /* lists, by size / 8; a free piece begins with its next */
    char *fresh;
    size_t fresh_size;
    struct slab_chunk *chunks;
    size_t mapped; /* bytes of all chunks */
};

/* `size` bytes, a multiple of 8, aligned to 8. 0 is like 8. NULL: no memory. */
void *slab_take(struct slab *slab, size_t size);
void slab_give(struct slab *slab, void *piece, size_t size);

/* Frees all pieces below 8 * SLAB_SIZES bytes, also those in use. */
void slab_release(struct slab *slab);

#endif
