/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <errno.h>
#include <pconc/executor.h>
#include <semaphore.h>
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

static sem_t the_loop_broke;

static int await_the_break(struct task *task, const void *argument, void *result) {
    (void)task;
    (void)argument;
    (void)result;
    return sem_wait(&the_loop_broke);
}

static int return_at_once(struct task *task, const void *argument, void *result) {
    (void)task;
    (void)argument;
    (void)result;
    return 0;
}

static int run_in(struct task *task, void *pool) {
    return task_run_in(task, pool, await_the_break, NULL, 0, NULL);
}

/* Submits calls until all the room of the pool is taken by the handles of ended calls. */
static int take_all_room(struct pool *pool) {
    struct future *futures[100];
    struct diag diag = {0};
    int count = 0, code = 0;
    while ((code = pool_submit(pool, return_at_once, NULL, 0, &futures[count], &diag)) == 0) {
        cr_assert_eq(future_result(futures[count], NULL, &diag), 0, "%s", diag.text);
        cr_assert_lt(++count, 100);
    }
    cr_expect_eq(code, -EAGAIN);
    for (int i = 0; i < count; i++)
        future_free(futures[i]);
    return count;
}

/* A handle that is not given back would keep a submitter waiting for its room, and the memory of
 * the pool's calls. */
Test(broken_loops, give_back_the_handles_of_task_run_in, .timeout = 60) {
    struct loop *loop = new_loop();
    struct pool *pool = NULL;
    struct diag diag = {0};
    struct pool_options options = {.workers = 1, .calls.pending = 1};
    sem_init(&the_loop_broke, 0, 0);
    cr_assert_eq(pool_open(executor_find("threads"), &options, &pool, &diag), 0, "%s", diag.text);
    int room = take_all_room(pool);
    int epoll_fd = dup(loop->epoll_fd);
    close(loop->epoll_fd);
    cr_assert_eq(loop_run(loop, run_in, pool, &diag), -EBADF);
    sem_post(&the_loop_broke);
    loop->epoll_fd = epoll_fd;
    loop_free(loop);
    cr_expect_eq(take_all_room(pool), room);
    cr_expect_eq(pool_close(pool, &diag), 0, "%s", diag.text);
}
