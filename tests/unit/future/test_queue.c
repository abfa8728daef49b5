/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "call_server.h"
#include "pool_task.h"
#include "queue_memory.h"
#include "work.h"

/* The queue of queue; submitters and workers are the same thread. */

static int count_up(struct task *task, const void *argument, void *result) {
    (void)task;
    *(int *)result += *(const int *)argument;
    return 0;
}

static int fail(struct task *task, const void *argument, void *result) {
    (void)result;
    return task_fail(task, -EIO, "call %d", *(const int *)argument);
}

static struct queue *open_calls(int64_t pending, int workers) {
    struct queue *queue = NULL;
    struct queue_options options = {
        .calls = {.argument_size = sizeof(int), .result_size = sizeof(int), .pending = pending},
        .workers = workers};
    cr_assert_eq(queue_new(&options, &queue, NULL), 0);
    return queue;
}

static struct future *put(struct queue *queue, call_function *fn, int argument) {
    struct future *call = NULL;
    cr_assert_eq(queue_submit(queue, fn, &argument, sizeof(argument), &call, NULL), 0);
    return call;
}

static void put_dropped(struct queue *queue, int argument) {
    cr_assert_eq(queue_submit(queue, count_up, &argument, sizeof(argument), NULL, NULL), 0);
}

static struct future *claim(struct queue *queue) {
    struct queue_view view = {0};
    return queue_claim(queue, &view);
}

static int run(struct future *call) {
    struct task task = {.ops = &pool_task_ops, .job = future_task_job(call)};
    cr_assert_eq(task_future(&task), call);
    return future_run(call, &task);
}

static _Thread_local int clock_reads;

/* Replaces the function of the C library. Counts its calls. */
int clock_gettime(clockid_t clock, struct timespec *time) {
    clock_reads++;
    return (int)syscall(SYS_clock_gettime, clock, time);
}

/* A worker that reads the clock while it waits would spin, even with spin=0. */
Test(calls, are_claimed_without_reading_the_clock) {
    struct queue *queue = open_calls(4, 2);
    struct queue_view view = {0};
    clock_reads = 0;
    for (int i = 0; i < 100; i++) {
        put_dropped(queue, i);
        struct future *call = queue_claim(queue, &view);
        cr_assert(call);
        future_end(call, 0);
    }
    cr_assert_null(queue_claim(queue, &view));
    cr_assert_eq(clock_reads, 0);
    queue_free(queue);
}

Test(calls, are_claimed_in_order_through_many_turns_of_the_rings) {
    struct queue *queue = open_calls(3, 0);
    for (int i = 0; i < 1000; i++) {
        struct future *first = put(queue, count_up, i), *second = put(queue, count_up, -i);
        cr_assert(queue_has_calls(queue));
        cr_assert_eq(claim(queue), first);
        cr_assert_eq(claim(queue), second);
        cr_assert_null(claim(queue));
        cr_assert(!queue_has_calls(queue));
        future_end(second, run(second));
        future_end(first, run(first));
        int result = 0;
        cr_assert_eq(future_result(first, &result, NULL), 0);
        cr_assert_eq(result, i); /* zeroed before */
        future_free(second);
        future_free(first);
    }
    queue_free(queue);
}

Test(calls, have_no_more_records_than_asked_for) {
    struct queue *queue = open_calls(2, 0);
    struct future *call = put(queue, count_up, 1), *other = put(queue, count_up, 2);
    int argument = 3;
    cr_assert_eq(queue_submit(queue, count_up, &argument, sizeof(argument), NULL, NULL), -EAGAIN);
    cr_assert_eq(claim(queue), call);
    future_free(call); /* while it runs: then its worker frees the record */
    cr_assert_eq(queue_submit(queue, count_up, &argument, sizeof(argument), NULL, NULL), -EAGAIN);
    future_end(call, 0);
    put_dropped(queue, 3);
    cr_assert_eq(claim(queue), other);
    future_end(other, 0);
    future_free(other);
    put_dropped(queue, 4);
    queue_free(queue);
}

Test(calls, cancelled_ones_are_passed_over_and_their_records_come_back) {
    struct queue *queue = open_calls(2, 0);
    for (int i = 0; i < 10; i++) {
        struct future *cancelled = put(queue, count_up, 1), *kept = put(queue, count_up, 2);
        cr_assert_eq(future_cancel(cancelled), 0);
        if (i % 2)
            future_free(cancelled); /* before or after its place in the queue is passed */
        cr_assert_eq(claim(queue), kept);
        if (i % 2 == 0)
            future_free(cancelled);
        cr_assert_eq(future_cancel(kept), -EALREADY);
        cr_assert(future_should_stop(kept));
        future_end(kept, 0);
        future_free(kept);
    }
    queue_free(queue);
}

Test(calls, keep_as_many_sentences_as_there_are_slots_and_use_them_again) {
    struct queue *queue = open_calls(TEXTS + 1, false);
    for (int round = 0; round < 3; round++) {
        struct future *all[TEXTS + 1];
        for (int i = 0; i <= TEXTS; i++)
            all[i] = put(queue, fail, i);
        for (int i = 0; i <= TEXTS; i++)
            future_end(all[i], run(claim(queue)));
        for (int i = 0; i <= TEXTS; i++) {
            struct diag diag = {0};
            char text[32];
            snprintf(text, sizeof(text), "call %d", i);
            cr_assert_eq(future_result(all[i], NULL, &diag), -EIO);
            cr_assert_str_eq(diag.text, i < TEXTS ? text : "the call failed: Input/output error");
            future_free(all[i]);
        }
    }
    queue_free(queue);
}

static int hooks_called;

static void count_hook(struct future_hook *self) {
    (void)self;
    hooks_called++;
}

Test(calls, call_their_hook_once_unless_it_was_removed) {
    struct queue *queue = open_calls(1, 0);
    struct future_hook hook = {.ended = count_hook};
    hooks_called = 0;
    for (int taken_off = 0; taken_off < 2; taken_off++) {
        struct future *call = put(queue, count_up, 1);
        cr_assert(future_add_hook(call, &hook, NULL));
        if (taken_off)
            cr_assert(future_remove_hook(call, &hook));
        cr_assert_eq(claim(queue), call);
        future_end(call, 0);
        cr_assert_eq(hooks_called, 1);
        cr_assert(!future_remove_hook(call, &hook));
        cr_assert(!future_add_hook(call, &hook, NULL)); /* too late */
        future_free(call);
    }
    queue_free(queue);
}

Test(calls, call_the_hooks_of_all_waiters) {
    struct queue *queue = open_calls(1, 0);
    struct future_hook hooks[4] = {
        {.ended = count_hook}, {.ended = count_hook}, {.ended = count_hook}, {.ended = count_hook}};
    hooks_called = 0;
    struct future *call = put(queue, count_up, 1);
    for (int i = 0; i < 4; i++)
        cr_assert(future_add_hook(call, &hooks[i], NULL));
    cr_assert(future_remove_hook(call, &hooks[0]));
    cr_assert(future_remove_hook(call, &hooks[2]));
    cr_assert(!future_remove_hook(call, &hooks[2]));
    cr_assert_eq(claim(queue), call);
    future_end(call, 0);
    cr_assert_eq(hooks_called, 2);
    cr_assert(!future_remove_hook(call, &hooks[1]));
    future_free(call);

    /* After all were removed, the next one is the only one again. */
    call = put(queue, count_up, 1);
    for (int i = 0; i < 2; i++)
        cr_assert(future_add_hook(call, &hooks[i], NULL));
    for (int i = 0; i < 2; i++)
        cr_assert(future_remove_hook(call, &hooks[i]));
    cr_assert(future_add_hook(call, &hooks[3], NULL));
    cr_assert_eq(future_cancel(call), 0);
    cr_assert_eq(hooks_called, 3);
    future_free(call);
    queue_free(queue);
}

static int sleep_long(struct task *task, const void *argument, void *result) {
    (void)argument;
    (void)result;
    return task_sleep(task, INT64_C(3600000000000));
}

Test(calls, of_a_loop_that_cannot_go_on_are_lost_with_their_pool) {
    struct queue *queue = NULL;
    struct queue_options options = {
        .calls = {.pending = 4}, .extra_size = sizeof(struct call_task)};
    struct loop loop;
    struct call_server server;
    struct diag diag = {0};
    cr_assert_eq(queue_new(&options, &queue, NULL), 0);
    cr_assert_eq(loop_init(&loop, &(struct loop_options){.stack_size = 64 << 10}, NULL), 0);
    cr_assert_eq(call_server_init(&server, &loop, queue, NULL, 2, NULL), 0);
    struct future *all[3];
    for (int i = 0; i < 3; i++)
        cr_assert_eq(queue_submit(queue, sleep_long, NULL, 0, &all[i], NULL), 0);
    cr_assert_eq(call_server_step(&server, NULL), 0); /* two start, the third is queued */
    cr_assert_eq(call_server_step(&server, NULL), 0);
    cr_assert_eq(future_state(all[1]), FUTURE_RUNNING);
    cr_assert_eq(future_state(all[2]), FUTURE_PENDING);
    int epoll_fd = dup(loop.epoll_fd);
    close(loop.epoll_fd);
    cr_assert_eq(call_server_step(&server, &diag), -EBADF);
    for (int i = 0; i < 3; i++) {
        struct diag why = {0};
        cr_assert_eq(future_result(all[i], NULL, &why), -EOWNERDEAD);
        cr_assert_str_eq(why.text, diag.text);
        future_cancel(all[i]);
        future_free(all[i]);
    }
    cr_assert_eq(queue_submit(queue, sleep_long, NULL, 0, &all[0], NULL), -ESHUTDOWN);
    cr_assert_eq(call_server_finish(&server, NULL), 0);
    loop.epoll_fd = epoll_fd;
    loop_release(&loop);
    queue_free(queue);
}

Test(calls, without_a_handle_are_passed_over_once_cancelled) {
    struct queue *queue = open_calls(4, 2);
    put_dropped(queue, 1);
    queue_cancel_all(queue);
    put_dropped(queue, 2);
    struct future *second = claim(queue);
    cr_assert(second);
    cr_assert_null(claim(queue));
    future_end(second, 0);
    queue_free(queue);
}

Test(calls, alone_live_until_both_their_ends_are_through) {
    static const struct queue_options sizes = {
        .calls = {.argument_size = sizeof(int), .result_size = sizeof(int)}};
    for (int freed_first = 0; freed_first < 2; freed_first++) {
        struct future *call = NULL;
        int argument = 7, result = 0;
        cr_assert_eq(future_alone(count_up, &argument, &sizes, &call, NULL), 0);
        cr_assert(future_start(call));
        if (freed_first)
            future_free(call);
        future_end(call, run(call));
        if (!freed_first) {
            cr_assert_eq(future_result(call, &result, NULL), 0);
            cr_assert_eq(result, 7);
            future_free(call);
        }
    }
    struct future *cancelled = NULL;
    int argument = 7;
    cr_assert_eq(future_alone(count_up, &argument, &sizes, &cancelled, NULL), 0);
    cr_assert_eq(future_cancel(cancelled), 0);
    future_free(cancelled);
    cr_assert(!future_start(cancelled));
}

static _Thread_local int mappings;

/* Replaces the function of the C library. Counts its calls. */
void *mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset) {
    mappings++;
    return (void *)syscall(SYS_mmap, address, size, protection, flags, fd, offset);
}

Test(calls, alone_take_no_mapping_of_their_own) {
    static const struct queue_options sizes = {
        .calls = {.argument_size = sizeof(int), .result_size = sizeof(int)}};
    mappings = 0;
    for (int i = 0; i < 100; i++) {
        struct future *call = NULL;
        cr_assert_eq(future_alone(count_up, &i, &sizes, &call, NULL), 0);
        cr_assert(future_start(call));
        future_end(call, run(call));
        future_free(call);
    }
    cr_assert_eq(mappings, 0);
}

Test(calls, refuse_what_is_too_large) {
    struct queue *queue = NULL;
    struct diag diag = {0};
    struct queue_options options = {.calls = {.argument_size = CALL_SIZE_MAX + 1, .pending = 1}};
    cr_assert_eq(queue_new(&options, &queue, &diag), -E2BIG);
    cr_assert(strstr(diag.text, "4096"));
}
