/* SPDX-License-Identifier: MIT */
#include "arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each allocation is one of the heap's own, so that sanitizers see where it ends. */
struct block {
    struct block *next;
    alignas(max_align_t) char data[];
};

struct arena {
    struct block *blocks;
};

/* 3: "a run failed", as the program's exit codes have it. No exit handlers: they may need memory.
 */
_Noreturn static void out_of_memory(void) {
    struct diag diag;
    (void)diag_no_memory(&diag, "the cases and their results");
    (void)fprintf(stderr, "pconc: %s\n", diag.text);
    _Exit(3);
}

struct arena *arena_new(void) {
    struct arena *arena = calloc(1, sizeof(*arena));
    if (!arena)
        out_of_memory();
    return arena;
}

void arena_free(struct arena *arena) {
    if (!arena)
        return;
    while (arena->blocks) {
        struct block *block = arena->blocks;
        arena->blocks = block->next;
        free(block);
    }
    free(arena);
}

void *arena_alloc(struct arena *arena, size_t size) {
    struct block *block = NULL;
    if (size <= PTRDIFF_MAX - sizeof(*block))
        block = calloc(1, sizeof(*block) + size);
    if (!block)
        out_of_memory();
    block->next = arena->blocks;
    arena->blocks = block;
    return block->data;
}

void *arena_grown(struct arena *arena, void *items, size_t count, size_t *room, size_t size) {
    if (count < *room)
        return items;
    *room = count < 4 ? 8 : 2 * count;
    void *more = arena_alloc(arena, *room * size);
    if (count > 0)
        memcpy(more, items, count * size);
    return more;
}

char *arena_strdup(struct arena *arena, const char *text) {
    return arena_strndup(arena, text, strlen(text));
}

char *arena_strndup(struct arena *arena, const char *text, size_t length) {
    length = strnlen(text, length);
    char *copy = arena_alloc(arena, length + 1);
    memcpy(copy, text, length);
    return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...) {
    va_list args;
    va_start(args, format);
    char *text = NULL;
    if (vasprintf(&text, format, args) < 0)
        out_of_memory();
    va_end(args);
    char *copy = arena_strdup(arena, text);
    free(text);
    return copy;
}
