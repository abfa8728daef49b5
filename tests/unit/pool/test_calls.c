/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "call_queue.h"
#include "call_server.h"
#include "pool_task.h"
#include "work.h"

/* The queue of calls; submitters and workers are the same thread. */

static int count_up(struct task *task, const void *argument, void *result) {
    (void)task;
    *(int *)result += *(const int *)argument;
    return 0;
}

static int fail(struct task *task, const void *argument, void *result) {
    (void)result;
    return task_fail(task, -EIO, "call %d", *(const int *)argument);
}

static struct calls *open_calls(int64_t pending, bool light) {
    struct calls *calls = NULL;
    struct calls_options options = {
        .calls = {.argument_size = sizeof(int), .result_size = sizeof(int), .pending = pending},
        .light = light,
        .workers = light ? 2 : 0};
    cr_assert_eq(calls_new(&options, &calls, NULL), 0);
    return calls;
}

static struct future *put(struct calls *calls, call_function *fn, int argument) {
    struct future *call = NULL;
    cr_assert_eq(calls_submit(calls, fn, &argument, sizeof argument, &call, NULL), 0);
    return call;
}

static void put_dropped(struct calls *calls, int argument) {
    cr_assert_eq(calls_submit(calls, count_up, &argument, sizeof argument, NULL, NULL), 0);
}

static int run(struct future *call) {
    struct task task = {.ops = &pool_task_ops, .job = call_task_job(call)};
    cr_assert_eq(task_call(&task), call);
    return call_run(call, &task);
}

static _Thread_local int clock_reads;

/* Replaces the function of the C library. Counts its calls. */
int clock_gettime(clockid_t clock, struct timespec *time) {
    clock_reads++;
    return (int)syscall(SYS_clock_gettime, clock, time);
}

/* A worker that reads the clock while it waits would spin, even with spin=0. */
Test(calls, are_claimed_without_a_look_at_the_clock) {
    struct calls *calls = open_calls(4, true);
    bool light = false;
    clock_reads = 0;
    for (int i = 0; i < 100; i++) {
        put_dropped(calls, i);
        struct future *call = calls_claim_as(calls, 0, &light);
        cr_assert(call);
        calls_return(calls, &call->lines, 1);
    }
    cr_assert_null(calls_claim_as(calls, 0, &light));
    cr_assert_eq(clock_reads, 0);
    calls_free(calls);
}

Test(calls, are_claimed_in_order_through_many_turns_of_the_rings) {
    struct calls *calls = open_calls(3, false);
    for (int i = 0; i < 1000; i++) {
        struct future *first = put(calls, count_up, i), *second = put(calls, count_up, -i);
        cr_assert(calls_queued(calls));
        cr_assert_eq(calls_claim(calls), first);
        cr_assert_eq(calls_claim(calls), second);
        cr_assert_null(calls_claim(calls));
        cr_assert(!calls_queued(calls));
        call_end(second, run(second));
        call_end(first, run(first));
        int result = 0;
        cr_assert_eq(future_result(first, &result, NULL), 0);
        cr_assert_eq(result, i); /* zeroed before */
        future_free(second);
        future_free(first);
    }
    calls_free(calls);
}

Test(calls, have_no_more_records_than_asked_for) {
    struct calls *calls = open_calls(2, false);
    struct future *call = put(calls, count_up, 1), *other = put(calls, count_up, 2);
    int argument = 3;
    cr_assert_eq(calls_submit(calls, count_up, &argument, sizeof argument, NULL, NULL), -EAGAIN);
    cr_assert_eq(calls_claim(calls), call);
    future_free(call); /* while it runs: then its worker frees the record */
    cr_assert_eq(calls_submit(calls, count_up, &argument, sizeof argument, NULL, NULL), -EAGAIN);
    call_end(call, 0);
    put_dropped(calls, 3);
    cr_assert_eq(calls_claim(calls), other);
    call_end(other, 0);
    future_free(other);
    put_dropped(calls, 4);
    calls_free(calls);
}

Test(calls, cancelled_ones_are_passed_over_and_their_records_come_back) {
    struct calls *calls = open_calls(2, false);
    for (int i = 0; i < 10; i++) {
        struct future *cancelled = put(calls, count_up, 1), *kept = put(calls, count_up, 2);
        cr_assert_eq(future_cancel(cancelled), 0);
        if (i % 2)
            future_free(cancelled); /* before or after its place in the queue is passed */
        cr_assert_eq(calls_claim(calls), kept);
        if (i % 2 == 0)
            future_free(cancelled);
        cr_assert_eq(future_cancel(kept), -EALREADY);
        cr_assert(call_was_told(kept));
        call_end(kept, 0);
        future_free(kept);
    }
    calls_free(calls);
}

Test(calls, keep_as_many_sentences_as_there_are_slots_and_use_them_again) {
    struct calls *calls = open_calls(CALL_TEXTS + 1, false);
    for (int round = 0; round < 3; round++) {
        struct future *all[CALL_TEXTS + 1];
        for (int i = 0; i <= CALL_TEXTS; i++)
            all[i] = put(calls, fail, i);
        for (int i = 0; i <= CALL_TEXTS; i++)
            call_end(all[i], run(calls_claim(calls)));
        for (int i = 0; i <= CALL_TEXTS; i++) {
            struct diag diag = {0};
            char text[32];
            snprintf(text, sizeof text, "call %d", i);
            cr_assert_eq(future_result(all[i], NULL, &diag), -EIO);
            cr_assert_str_eq(
                diag.text, i < CALL_TEXTS ? text : "the call failed: Input/output error");
            future_free(all[i]);
        }
    }
    calls_free(calls);
}

static int hooks_called;

static void count_hook(struct future_hook *self) {
    (void)self;
    hooks_called++;
}

Test(calls, call_their_hook_once_unless_it_was_taken_off) {
    struct calls *calls = open_calls(1, false);
    struct future_hook hook = {.ended = count_hook};
    hooks_called = 0;
    for (int taken_off = 0; taken_off < 2; taken_off++) {
        struct future *call = put(calls, count_up, 1);
        cr_assert(call_hook(call, &hook, NULL));
        if (taken_off)
            cr_assert(call_unhook(call, &hook));
        cr_assert_eq(calls_claim(calls), call);
        call_end(call, 0);
        cr_assert_eq(hooks_called, 1);
        cr_assert(!call_unhook(call, &hook));
        cr_assert(!call_hook(call, &hook, NULL)); /* too late */
        future_free(call);
    }
    calls_free(calls);
}

Test(calls, call_the_hooks_of_all_who_wait) {
    struct calls *calls = open_calls(1, false);
    struct future_hook hooks[4] = {
        {.ended = count_hook}, {.ended = count_hook}, {.ended = count_hook}, {.ended = count_hook}};
    hooks_called = 0;
    struct future *call = put(calls, count_up, 1);
    for (int i = 0; i < 4; i++)
        cr_assert(call_hook(call, &hooks[i], NULL));
    cr_assert(call_unhook(call, &hooks[0]));
    cr_assert(call_unhook(call, &hooks[2]));
    cr_assert(!call_unhook(call, &hooks[2]));
    cr_assert_eq(calls_claim(calls), call);
    call_end(call, 0);
    cr_assert_eq(hooks_called, 2);
    cr_assert(!call_unhook(call, &hooks[1]));
    future_free(call);

    /* After all were removed, the next one is the only one again. */
    call = put(calls, count_up, 1);
    for (int i = 0; i < 2; i++)
        cr_assert(call_hook(call, &hooks[i], NULL));
    for (int i = 0; i < 2; i++)
        cr_assert(call_unhook(call, &hooks[i]));
    cr_assert(call_hook(call, &hooks[3], NULL));
    cr_assert_eq(future_cancel(call), 0);
    cr_assert_eq(hooks_called, 3);
    future_free(call);
    calls_free(calls);
}

static int sleep_long(struct task *task, const void *argument, void *result) {
    (void)argument;
    (void)result;
    return task_sleep(task, INT64_C(3600000000000));
}

Test(calls, of_a_loop_that_cannot_go_on_are_lost_with_their_pool) {
    struct calls *calls = NULL;
    struct calls_options options = {
        .calls = {.pending = 4}, .extra_size = sizeof(struct call_task)};
    struct loop loop;
    struct call_server server;
    struct diag diag = {0};
    cr_assert_eq(calls_new(&options, &calls, NULL), 0);
    cr_assert_eq(loop_init(&loop, &(struct loop_options){.stack_size = 64 << 10}, NULL), 0);
    cr_assert_eq(call_server_init(&server, &loop, calls, NULL, 2, NULL), 0);
    struct future *all[3];
    for (int i = 0; i < 3; i++)
        cr_assert_eq(calls_submit(calls, sleep_long, NULL, 0, &all[i], NULL), 0);
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
    cr_assert_eq(calls_submit(calls, sleep_long, NULL, 0, &all[0], NULL), -ESHUTDOWN);
    cr_assert_eq(call_server_finish(&server, NULL), 0);
    loop.epoll_fd = epoll_fd;
    loop_release(&loop);
    calls_free(calls);
}

Test(calls, without_a_handle_end_when_their_worker_moves_on) {
    struct calls *calls = open_calls(4, true);
    bool light = false;
    put_dropped(calls, 1);
    put_dropped(calls, 2);
    cr_assert(!calls_passed(calls, 2));
    struct future *first = calls_claim_as(calls, 0, &light);
    cr_assert(first && light);
    struct future *second = calls_claim_as(calls, 1, &light);
    cr_assert(second && light);
    cr_assert(!calls_passed(calls, 1));
    cr_assert_null(calls_claim_as(calls, 0, &light));
    cr_assert(calls_passed(calls, 1));
    cr_assert(!calls_passed(calls, 2));
    cr_assert_null(calls_claim_as(calls, 1, &light));
    cr_assert(calls_passed(calls, 2));
    uint32_t lines[2] = {first->lines, second->lines};
    calls_return(calls, lines, 2);
    calls_free(calls);
}

Test(calls, without_a_handle_are_passed_over_once_cancelled) {
    struct calls *calls = open_calls(4, true);
    bool light = false;
    put_dropped(calls, 1);
    calls_cancel_queued(calls);
    put_dropped(calls, 2);
    struct future *second = calls_claim_as(calls, 0, &light);
    cr_assert(second);
    cr_assert_null(calls_claim_as(calls, 1, &light));
    calls_return(calls, &second->lines, 1);
    calls_free(calls);
}

Test(calls, alone_live_until_both_their_ends_are_through) {
    static const struct calls_options sizes = {
        .calls = {.argument_size = sizeof(int), .result_size = sizeof(int)}};
    for (int freed_first = 0; freed_first < 2; freed_first++) {
        struct future *call = NULL;
        int argument = 7, result = 0;
        cr_assert_eq(call_alone(count_up, &argument, &sizes, &call, NULL), 0);
        cr_assert(call_start(call));
        if (freed_first)
            future_free(call);
        call_end(call, run(call));
        if (!freed_first) {
            cr_assert_eq(future_result(call, &result, NULL), 0);
            cr_assert_eq(result, 7);
            future_free(call);
        }
    }
    struct future *cancelled = NULL;
    int argument = 7;
    cr_assert_eq(call_alone(count_up, &argument, &sizes, &cancelled, NULL), 0);
    cr_assert_eq(future_cancel(cancelled), 0);
    future_free(cancelled);
    cr_assert(!call_start(cancelled));
}

static _Thread_local int mappings;

/* Replaces the function of the C library. Counts its calls. */
void *mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset) {
    mappings++;
    return (void *)syscall(SYS_mmap, address, size, protection, flags, fd, offset);
}

Test(calls, alone_take_no_mapping_of_their_own) {
    static const struct calls_options sizes = {
        .calls = {.argument_size = sizeof(int), .result_size = sizeof(int)}};
    mappings = 0;
    for (int i = 0; i < 100; i++) {
        struct future *call = NULL;
        cr_assert_eq(call_alone(count_up, &i, &sizes, &call, NULL), 0);
        cr_assert(call_start(call));
        call_end(call, run(call));
        future_free(call);
    }
    cr_assert_eq(mappings, 0);
}

Test(calls, refuse_what_is_too_large) {
    struct calls *calls = NULL;
    struct diag diag = {0};
    struct calls_options options = {.calls = {.argument_size = CALL_SIZE_MAX + 1, .pending = 1}};
    cr_assert_eq(calls_new(&options, &calls, &diag), -E2BIG);
    cr_assert(strstr(diag.text, "4096"));
}
