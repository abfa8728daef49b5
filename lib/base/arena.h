/* SPDX-License-Identifier: MIT */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <pconc/diag.h>

#include <stdarg.h>
#include <stddef.h>

/*
 * An arena: many allocations with one owner, freed together. What a plan or a result points to
 * lives in its arena. Memory is zeroed and aligned for any type. These are small structures that
 * describe work, never the work's own memory.
 */
struct arena;

/* What happens when there is no memory: `handler` gets the error and must not return. It is called
 * by the thread that asked for the memory. Set it before threads start; until then the process is
 * aborted. */
void arena_on_no_memory(void (*handler)(const struct diag *error));

struct arena *arena_new(void);
void arena_free(struct arena *arena); /* NULL is fine */

void *arena_alloc(struct arena *arena, size_t size);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...) PCONC_PRINTF(2, 3);

/* A text for people. Where there is no memory it is ARENA_NO_TEXT, and no handler is called: what
 * was measured so far is not lost. */
#define ARENA_NO_TEXT "(no memory for this text)"
const char *arena_message(struct arena *arena, const char *format, ...) PCONC_PRINTF(2, 3);

/* Room for one more of `count` items of `size` bytes: `items` itself where *room is above `count`,
 * else a copy with room for twice as many. What it leaves behind stays in the arena. */
void *arena_grown(struct arena *arena, void *items, size_t count, size_t *room, size_t size);

/* A new zeroed array of `count` objects of `type`. */
#define arena_array(arena, type, count) ((type *)arena_alloc((arena), sizeof(type) * (count)))

#endif
