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

static void (*no_memory)(const struct diag *error);

void arena_on_no_memory(void (*handler)(const struct diag *error)) {
    no_memory = handler;
}

_Noreturn static void out_of_memory(void) {
    struct diag diag;
    (void)diag_no_memory(&diag, "the cases and their results");
    if (no_memory)
        no_memory(&diag);
    abort();
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

/* NULL: there is no memory. */
static void *try_alloc(struct arena *arena, size_t size) {
    struct block *block = NULL;
    if (size <= PTRDIFF_MAX - sizeof(*block))
        block = calloc(1, sizeof(*block) + size);
    if (!block)
        return NULL;
    block->next = arena->blocks;
    arena->blocks = block;
    return block->data;
}

void *arena_alloc(struct arena *arena, size_t size) {
    void *data = try_alloc(arena, size);
    if (!data)
        out_of_memory();
    return data;
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

/* NULL: there is no memory. */
PCONC_PRINTF(2, 0)
static char *try_printf(struct arena *arena, const char *format, va_list args) {
    char *text = NULL;
    int length = vasprintf(&text, format, args);
    if (length < 0)
        return NULL;
    char *copy = try_alloc(arena, (size_t)length + 1);
    if (copy)
        memcpy(copy, text, (size_t)length);
    free(text);
    return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...) {
    va_list args;
    va_start(args, format);
    char *text = try_printf(arena, format, args);
    va_end(args);
    if (!text)
        out_of_memory();
    return text;
}

const char *arena_message(struct arena *arena, const char *format, ...) {
    va_list args;
    va_start(args, format);
    const char *text = try_printf(arena, format, args);
    va_end(args);
    return text ? text : ARENA_NO_TEXT;
}
