/* SPDX-License-Identifier: MIT */
#include "slab.h"

#include <stdlib.h>
#include <sys/mman.h>

#define UNIT 8
#define CHUNK_MIN ((size_t)64 << 10)
#define CHUNK_MAX ((size_t)8 << 20)
#define CHUNK_HUGE                                                                                 \
    ((size_t)4 << 20) /* from this size on, use huge pages: fewer faults and misses */

struct slab_chunk {
    struct slab_chunk *next;
    size_t size;
};

/* Doubles the memory, within bounds. */
static int add_chunk(struct slab *slab) {
    size_t size = slab->mapped < CHUNK_MIN ? CHUNK_MIN : slab->mapped;
    if (size > CHUNK_MAX)
        size = CHUNK_MAX;
    struct slab_chunk *chunk = mmap(
        NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (chunk == MAP_FAILED)
        return -1;
    if (size >= CHUNK_HUGE)
        madvise(chunk, size, MADV_HUGEPAGE);
    *chunk = (struct slab_chunk){.next = slab->chunks, .size = size};
    slab->chunks = chunk;
    slab->mapped += size;
    slab->fresh = (char *)(chunk + 1);
    slab->fresh_size = size - sizeof(*chunk);
    return 0;
}

void *slab_take(struct slab *slab, size_t size) {
    size = size ? size : UNIT;
    if (size / UNIT >= SLAB_SIZES)
        return malloc(size);
    void **free_piece = slab->free[size / UNIT];
    if (free_piece) {
        slab->free[size / UNIT] = *free_piece;
        return free_piece;
    }
    if (slab->fresh_size < size && add_chunk(slab) != 0)
        return NULL;
    void *piece = slab->fresh;
    slab->fresh += size;
    slab->fresh_size -= size;
    return piece;
}

void slab_give(struct slab *slab, void *piece, size_t size) {
    size = size ? size : UNIT;
    if (size / UNIT >= SLAB_SIZES) {
        free(piece);
        return;
    }
    *(void **)piece = slab->free[size / UNIT];
    slab->free[size / UNIT] = piece;
}

void slab_release(struct slab *slab) {
    while (slab->chunks) {
        struct slab_chunk *chunk = slab->chunks;
        slab->chunks = chunk->next;
        munmap(chunk, chunk->size);
    }
    *slab = (struct slab){.mapped = 0};
}
