/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <setjmp.h>
#include <signal.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "arena.h"

Test(arena, memory_is_zeroed_aligned_and_apart) {
    struct arena *arena = arena_new();
    char *last = NULL;
    for (size_t size = 0; size < 200; size++) {
        char *memory = arena_alloc(arena, size);
        cr_expect_eq((uintptr_t)memory % alignof(max_align_t), 0, "size %zu", size);
        cr_expect_neq(memory, last);
        for (size_t i = 0; i < size; i++)
            cr_expect_eq(memory[i], 0);
        memset(memory, 0xFF, size);
        last = memory;
    }
    arena_free(arena);
}

Test(arena, arrays_have_room_for_every_object) {
    struct arena *arena = arena_new();
    int64_t *numbers = arena_array(arena, int64_t, 100000);
    for (size_t i = 0; i < 100000; i++)
        numbers[i] += (int64_t)i;
    cr_expect_eq(numbers[99999], 99999);
    arena_free(arena);
}

Test(arena, an_array_that_grows_moves_seldom_and_keeps_its_items) {
    struct arena *arena = arena_new();
    int *items = NULL, *before;
    size_t room = 0, moves = 0;
    for (int i = 0; i < 100000; i++) {
        before = items;
        items = arena_grown(arena, items, (size_t)i, &room, sizeof(*items));
        moves += items != before;
        items[i] = i;
    }
    for (int i = 0; i < 100000; i++)
        cr_assert_eq(items[i], i);
    cr_expect_lt(moves, 20);
    arena_free(arena);
}

/* Strings without space behind them, like literals and copies. */
Test(arena, an_array_of_exact_size_can_grow) {
    struct arena *arena = arena_new();
    for (size_t count = 0; count < 40; count++) {
        size_t room = 0;
        int *items = arena_array(arena, int, count);
        items = arena_grown(arena, items, count, &room, sizeof(*items));
        cr_expect_gt(room, count);
        items[room - 1] = 1;
    }
    arena_free(arena);
}

Test(arena, texts_are_copied) {
    struct arena *arena = arena_new();
    char given[] = "threads";
    char *whole = arena_strdup(arena, given);
    char *part = arena_strndup(arena, given, 6);
    char *beyond = arena_strndup(arena, given, 100);
    memset(given, 'x', sizeof(given) - 1);
    cr_expect_str_eq(whole, "threads");
    cr_expect_str_eq(part, "thread");
    cr_expect_str_eq(beyond, "threads");
    arena_free(arena);
}

Test(arena, strndup_reads_no_further_than_told) {
    struct arena *arena = arena_new();
    const char open[3] = {'a', 'b', 'c'}; /* no end */
    cr_expect_str_eq(arena_strndup(arena, open, sizeof(open)), "abc");
    arena_free(arena);
}

Test(arena, printf_takes_texts_of_any_length) {
    struct arena *arena = arena_new();
    char *id = arena_printf(arena, "%s/%s/%d", "gcd", "threads", 2);
    char *wide = arena_printf(arena, "%10000d", 1);
    cr_expect_str_eq(id, "gcd/threads/2");
    cr_expect_eq(strlen(wide), 10000);
    arena_free(arena);
}

Test(arena, free_takes_null) {
    arena_free(NULL);
}

static jmp_buf no_memory_here;
static struct diag no_memory_error;

static void jump_back(const struct diag *error) {
    no_memory_error = *error;
    longjmp(no_memory_here, 1);
}

Test(arena, the_owner_decides_what_happens_without_memory) {
    struct arena *arena = arena_new();
    arena_on_no_memory(jump_back);
    if (setjmp(no_memory_here) == 0) {
        arena_alloc(arena, SIZE_MAX);
        cr_assert(false, "there was memory");
    }
    cr_expect_eq(
        strncmp(no_memory_error.text, "out of memory for ", 18), 0, "%s", no_memory_error.text);
    arena_free(arena);
}

Test(arena, without_a_handler_the_process_is_aborted, .signal = SIGABRT) {
    setrlimit(RLIMIT_CORE, &(struct rlimit){0});
    arena_alloc(arena_new(), SIZE_MAX);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LIMITED_MEMORY false
#else
#define LIMITED_MEMORY true
#endif

Test(arena, a_message_needs_no_memory) {
    if (!LIMITED_MEMORY)
        cr_skip_test("sanitizers end a program that has no memory");
    struct arena *arena = arena_new();
    struct rlimit old;
    arena_on_no_memory(jump_back);
    cr_assert_eq(getrlimit(RLIMIT_AS, &old), 0);
    setrlimit(RLIMIT_AS, &(struct rlimit){.rlim_cur = 1, .rlim_max = old.rlim_max});
    const char *volatile text = "the handler was called";
    if (setjmp(no_memory_here) == 0)
        text = arena_message(arena, "%*d", 64 << 20, 1);
    setrlimit(RLIMIT_AS, &old);
    cr_expect_str_eq(text, ARENA_NO_TEXT);
    cr_expect_str_eq(arena_message(arena, "job %d", 7), "job 7");
    arena_free(arena);
}
