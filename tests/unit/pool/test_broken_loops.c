/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "loop.h"
#include "queue.h"

/* A loop that breaks leaves its tasks suspended. Posts of other threads, also later ones, must not
 * run or write after the memory that they point to was freed: AddressSanitizer and valgrind check
 * it. */

static struct loop *new_loop(void) {
    struct loop *loop = NULL;
    struct diag diag = {0};
    cr_assert_eq(loop_new(NULL, &loop, &diag), 0, "%s", diag.text);
    return loop;
}

static int cancel_itself(struct task *task, const void *argument, void *result) {
    (void)task;
    (void)result;
    struct future *self = **(struct future * *const *)argument;
    return future_cancel(self) == -EALREADY ? 0 : -EIO;
}

/* The call's task waits only for the end of its cancellation, which is in the loop's inbox. */
Test(broken_loops, drain_the_end_of_a_cancellation, .timeout = 60) {
    struct loop *loop = new_loop();
    struct diag diag = {0};
    struct future *call = NULL, **handle = &call;
    cr_assert_eq(loop_submit(loop, cancel_itself, &handle, sizeof(handle), 0, &call, &diag), 0);
    cr_assert_eq(loop_step(loop, &diag), 0);
    cr_assert_eq(future_state(call), FUTURE_RUNNING);
    loop_break(loop, &(struct diag){.text = "the test says so"});
    cr_assert_eq(future_result(call, NULL, &diag), -EOWNERDEAD);
    cr_assert_str_eq(diag.text, "the test says so");
    future_free(call);
    loop_free(loop);
}

static int await(struct task *task, void *future) {
    return task_await_future(task, future, NULL);
}

static int never_called(struct task *task, const void *argument, void *result) {
    (void)task;
    (void)argument;
    (void)result;
    return -EIO;
}

/* The end of a call must not touch a freed loop whose task waited for it. */
Test(broken_loops, ignore_the_ends_of_calls, .timeout = 60) {
    static const struct queue_options sizes = {.extra_size = 0};
    struct loop *loop = new_loop();
    struct diag diag = {0};
    struct future *call = NULL;
    cr_assert_eq(future_alone(never_called, NULL, &sizes, &call, &diag), 0);
    cr_assert(future_start(call));
    int epoll_fd = dup(loop->epoll_fd);
    close(loop->epoll_fd);
    cr_assert_eq(loop_run(loop, await, call, &diag), -EBADF);
    loop->epoll_fd = epoll_fd;
    loop_free(loop);
    future_end(call, 0);
    cr_assert_eq(future_result(call, NULL, &diag), 0);
    future_free(call);
}
