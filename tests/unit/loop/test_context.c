/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#include "context.h"
#include "stack.h"

struct ping {
    struct context here, there;
    int64_t count;
    double sum;
};

static char *take(struct stack_allocator *stacks) {
    size_t number;
    return stacks_take(stacks, &number);
}

/* Keeps its values across switches, in registers if the compiler can. */
static void count_up(void *arg) {
    struct ping *ping = arg;
    double sum = 0;
    for (int64_t a = 1, b = 2, c = 3, d = 4, e = 5, f = 6;; a++, b++, c++, d++, e++, f++) {
        sum += 0.5;
        ping->count = a + b + c + d + e + f;
        ping->sum = sum;
        context_switch(&ping->there, &ping->here);
    }
}

Test(context, keeps_the_registers_of_both_sides) {
    struct stack_allocator stacks;
    struct ping ping = {0};
    stacks_init(&stacks, 64 * 1024);
    char *low = take(&stacks);
    cr_assert_not_null(low);
    cr_assert_eq(context_init_thread(&ping.here), 0);
    cr_assert_eq(context_init(&ping.there, low, stacks.stack_size, count_up, &ping), 0);
    for (int64_t a = 0, b = 1, c = 2, d = 3, e = 4; a < 1000; a++, b++, c++, d++, e++) {
        context_switch(&ping.here, &ping.there);
        cr_assert_eq(ping.count, 21 + 6 * a);
        cr_assert_eq(ping.sum, 0.5 * (double)(a + 1));
        cr_assert_eq(b + c + d + e, 10 + 4 * a);
    }
    context_release(&ping.there);
    context_release_thread(&ping.here);
    stacks_release(&stacks);
}

static void triple(void *arg) {
    struct ping *ping = arg;
    long double value = 1;
    for (;;) {
        context_switch(&ping->there, &ping->here);
        ping->sum = (double)value;
        value = value * 3 + 1;
    }
}

/* Nothing but the switch between two uses of the sum, which the compiler may leave in the x87 unit.
 */
__attribute__((noinline)) static long double sum_across(struct ping *ping, int switches) {
    long double sum = 0;
    for (int i = 0; i < switches; i++) {
        sum = sum * 0.5L + i;
        context_switch(&ping->here, &ping->there);
    }
    return sum;
}

Test(context, keeps_floating_point_values_of_both_sides) {
    struct stack_allocator stacks;
    struct ping ping = {0};
    stacks_init(&stacks, 64 * 1024);
    char *low = take(&stacks);
    cr_assert_eq(context_init_thread(&ping.here), 0);
    cr_assert_eq(context_init(&ping.there, low, stacks.stack_size, triple, &ping), 0);
    cr_assert(sum_across(&ping, 4) == 4.25L);
    cr_assert_eq(ping.sum, 13);
    context_release(&ping.there);
    context_release_thread(&ping.here);
    stacks_release(&stacks);
}

static void touch_alignment(void *arg) {
    struct ping *ping = arg;
    _Alignas(16) char aligned[16];
    ping->count = (int64_t)((uintptr_t)aligned % 16);
    context_switch(&ping->there, &ping->here);
}

Test(context, starts_on_an_aligned_stack) {
    struct stack_allocator stacks;
    struct ping ping = {.count = -1};
    stacks_init(&stacks, 64 * 1024);
    char *low = take(&stacks);
    cr_assert_eq(context_init_thread(&ping.here), 0);
    cr_assert_eq(context_init(&ping.there, low, stacks.stack_size, touch_alignment, &ping), 0);
    context_switch(&ping.here, &ping.there);
    cr_assert_eq(ping.count, 0);
    context_release(&ping.there);
    context_release_thread(&ping.here);
    stacks_release(&stacks);
}

Test(stack, every_stack_is_writable_and_apart_from_the_others) {
    struct stack_allocator stacks;
    static char *low[1000];
    stacks_init(&stacks, 16 * 1024 + 1);
    cr_assert_eq(stacks.stack_size % (size_t)sysconf(_SC_PAGESIZE), 0);
    for (int i = 0; i < 1000; i++) {
        low[i] = take(&stacks);
        cr_assert_not_null(low[i]);
        low[i][0] = low[i][stacks.stack_size - 1] = (char)i;
    }
    for (int i = 0; i < 1000; i++)
        cr_assert(low[i][0] == (char)i && low[i][stacks.stack_size - 1] == (char)i);
    stacks_release(&stacks);
}

/* The guard below a stack can neither be read nor written, so that an overflow does not reach the
 * neighbour. The kernel tells whether it can be read, without a crash. */
Test(stack, has_nothing_below_its_low_end) {
    struct stack_allocator stacks;
    int fds[2];
    cr_assert_eq(pipe(fds), 0);
    stacks_init(&stacks, 16 * 1024);
    take(&stacks);
    const char *second = take(&stacks);
    cr_assert_eq(write(fds[1], second, 1), 1);
    /* Frames of up to 64 KiB do not step over it. */
    for (ptrdiff_t below = 1; below <= 64 * 1024; below *= 2) {
        cr_assert_eq(write(fds[1], second - below, 1), -1, "%td", below);
        cr_assert_eq(errno, EFAULT);
    }
    stacks_release(&stacks);
    close(fds[0]);
    close(fds[1]);
}

Test(stack, finds_the_stack_above_a_guard) {
    struct stack_allocator stacks;
    stacks_init(&stacks, 16 * 1024);
    for (size_t i = 0; i < 100; i++) {
        size_t number, found;
        char *low = stacks_take(&stacks, &number);
        cr_assert_eq(number, i);
        cr_assert_eq(stacks_find_guard(&stacks, low - 1, &found), low);
        cr_assert_eq(found, i);
        cr_assert_eq(stacks_find_guard(&stacks, low - stacks.guard_size, &found), low);
        cr_assert_null(stacks_find_guard(&stacks, low, &found));
        cr_assert_null(stacks_find_guard(&stacks, low + stacks.stack_size - 1, &found));
    }
    size_t found;
    cr_assert_null(stacks_find_guard(&stacks, &stacks, &found));
    cr_assert_null(stacks_find_guard(&stacks, NULL, &found));
    stacks_release(&stacks);
}
