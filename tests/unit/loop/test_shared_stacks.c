/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <errno.h>
#include <pconc/loop.h>
#include <pconc/sync.h>
#include <stdlib.h>
#include <string.h>

#include "loop.h"
#include "slab.h"

/* Tasks that share one stack: their data on it are unchanged whenever they run. Builds that cannot
 * share stacks run the same tests on separate stacks. */

#define TASKS 200

static const struct loop_options options = {.shared_stacks = true};

static int run(task_function *fn, void *arg) {
    struct loop *loop;
    struct diag diag = {0};
    cr_assert_eq(loop_new(&options, &loop, &diag), 0, "%s", diag.text);
    int code = loop_run(loop, fn, arg, &diag);
    loop_free(loop);
    return code;
}

static void fill(unsigned char *bytes, size_t size, unsigned seed) {
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(seed * 31 + i);
}

static bool is_filled(const unsigned char *bytes, size_t size, unsigned seed) {
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != (unsigned char)(seed * 31 + i))
            return false;
    return true;
}

/* Frames of many sizes, from a few words to much more than the largest size of the slab. */
static int hold(struct task *task, unsigned seed, int depth) {
    unsigned char bytes[104];
    double sum = seed * 0.25;
    fill(bytes, sizeof(bytes), seed + (unsigned)depth);
    int code = depth > 0 ? hold(task, seed, depth - 1) : task_sleep(task, seed % 3 * 100000);
    if (code == 0)
        code = seed % 2 ? task_yield(task) : task_sleep(task, 1000);
    bool kept = is_filled(bytes, sizeof(bytes), seed + (unsigned)depth) && sum == seed * 0.25;
    return code < 0 ? code : kept ? 0 : -EBADMSG;
}

static int hold_some(struct task *task, void *arg) {
    unsigned seed = *(unsigned *)arg;
    for (int round = 0; round < 3; round++) {
        int code = hold(task, seed, (int)(seed % 40));
        if (code < 0)
            return code;
    }
    return 0;
}

static int hold_all(struct task *task, void *arg) {
    (void)arg;
    static unsigned seeds[TASKS];
    static struct task *tasks[TASKS];
    for (unsigned i = 0; i < TASKS; i++) {
        seeds[i] = i;
        int code = task_spawn(task, hold_some, &seeds[i], &tasks[i]);
        if (code < 0)
            return code;
    }
    return task_gather(task, tasks, TASKS, NULL);
}

Test(shared_stacks, keep_what_each_task_holds, .timeout = 60) {
    cr_assert_eq(run(hold_all, NULL), 0);
}

static bool shares(struct task *task, const void *pointer) {
    return loop_shares(((struct coroutine *)task)->loop, pointer);
}

static int do_nothing(struct task *task, void *arg) {
    (void)task;
    (void)arg;
    return 0;
}

/* Pointers into the shared stack are refused if the build can detect them. */
static int offer_the_stack(struct task *task, void *arg) {
    (void)arg;
    int local = 0;
    struct task *child = NULL;
    struct task_semaphore semaphore = {.permits = 1};
    int expected = shares(task, &local) ? -EFAULT : 0;
    int code = task_spawn(task, do_nothing, &local, &child);
    if (code == 0)
        task_detach(child);
    if (code != expected)
        return -1;
    return task_semaphore_take(task, &semaphore, TASK_FOREVER) == expected ? 0 : -2;
}

Test(shared_stacks, refuse_pointers_into_themselves) {
    cr_assert_eq(run(offer_the_stack, NULL), 0);
}

static int note_address(struct task *task, void *arg) {
    char local;
    *(char **)arg = &local;
    return task_yield(task);
}

static int compare_addresses(struct task *task, void *arg) {
    (void)arg;
    static char *addresses[2];
    struct task *tasks[2];
    int code = task_spawn(task, note_address, &addresses[0], &tasks[0]);
    if (code == 0)
        code = task_spawn(task, note_address, &addresses[1], &tasks[1]);
    if (code == 0)
        code = task_await(task, tasks[0]);
    if (code == 0)
        code = task_await(task, tasks[1]);
    return code < 0 ? code : (addresses[0] == addresses[1]) == CONTEXT_IS_SP ? 0 : -1;
}

Test(shared_stacks, are_one_for_all) {
    cr_assert_eq(run(compare_addresses, NULL), 0);
}

static int never_ends(struct task *task, void *arg) {
    char bytes[500];
    memset(bytes, 7, sizeof(bytes));
    int code = task_sleep(task, INT64_C(3600) * 1000000000);
    *(int *)arg = code == -ECANCELED && bytes[499] == 7;
    return task_yield(task);
}

static int cancel_it(struct task *task, void *arg) {
    struct task *child;
    int code = task_spawn(task, never_ends, arg, &child);
    if (code == 0)
        code = task_sleep(task, 1000);
    task_cancel(child);
    return code < 0 ? code : task_await(task, child);
}

Test(shared_stacks, cancel_a_sleeping_task) {
    static int told;
    cr_assert_eq(run(cancel_it, &told), 0);
    cr_assert_eq(told, 1);
}

Test(slab, gives_pieces_back_by_their_size) {
    struct slab slab = {.mapped = 0};
    for (size_t size = 0; size < 2 * 8 * SLAB_SIZES; size += 8) {
        char *first = slab_take(&slab, size);
        char *second = slab_take(&slab, size);
        cr_assert_not_null(first);
        memset(first, 1, size);
        memset(second, 2, size);
        cr_assert(size == 0 || (first[size - 1] == 1 && second[0] == 2));
        slab_give(&slab, first, size);
        if (size / 8 < SLAB_SIZES)
            cr_assert_eq(slab_take(&slab, size), first, "size %zu", size);
        else
            slab_give(&slab, second, size);
    }
    slab_release(&slab);
}
