/* SPDX-License-Identifier: MIT */
#include "fixture_tasks.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

/* TCP connections that an event loop remembers; both ends are in tasks of one loop. */

static int registrations;

/* Replaces the function of libc, which has other names for its parameters. Counts its calls. */
int epoll_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event) {
    registrations++;
    return (int)syscall(SYS_epoll_ctl, epoll_fd, operation, fd, event);
}

struct ends {
    int client, server;
    struct task *task; /* of the job */
};

static int listen_anywhere(struct sockaddr_in *ret_address) {
    socklen_t size = sizeof(*ret_address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    *ret_address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    cr_assert_eq(bind(fd, (struct sockaddr *)ret_address, size), 0);
    cr_assert_eq(listen(fd, 8), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)ret_address, &size), 0);
    return fd;
}

static struct ends connect_ends(struct task *task) {
    struct sockaddr_in address;
    int listen_fd = listen_anywhere(&address);
    struct ends ends = {.task = task};
    ends.client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    cr_assert_eq(task_connect(task, ends.client, (struct sockaddr *)&address, sizeof(address)), 0);
    ends.server = task_accept(task, listen_fd);
    cr_assert_geq(ends.server, 0);
    cr_assert_eq(task_close(task, listen_fd), 0);
    return ends;
}

static void close_ends(const struct ends *ends) {
    cr_assert_eq(task_close(ends->task, ends->client), 0);
    cr_assert_eq(task_close(ends->task, ends->server), 0);
}

static void run_in_loop(int (*job)(void *, int64_t, struct task *, void *)) {
    run_jobs_well("coroutines", NULL, &(struct work_options){.jobs = 1, .workers = 1, .job = job});
}

#define TRIPS 1000

/* Answers byte by byte. */
static int answer(struct task *task, void *arg) {
    const struct ends *ends = arg;
    char byte[2];
    for (int i = 0; i < TRIPS; i++) {
        cr_assert_eq(task_read(task, ends->server, byte, sizeof(byte)), 1);
        byte[0]++;
        cr_assert_eq(task_write(task, ends->server, byte, 1), 1);
    }
    return 0;
}

static int ask(void *context, int64_t i, struct task *task, void *result) {
    struct ends ends = connect_ends(task);
    struct task *other = NULL;
    (void)context, (void)i, (void)result;
    cr_assert_eq(task_spawn(task, answer, &ends, &other), 0);
    registrations = 0;
    for (int trip = 0; trip < TRIPS; trip++) {
        char byte[2] = {(char)(trip % 100)};
        cr_assert_eq(task_write(task, ends.client, byte, 1), 1);
        cr_assert_eq(task_read(task, ends.client, byte, sizeof(byte)), 1);
        cr_assert_eq(byte[0], (char)(trip % 100 + 1));
    }
    cr_assert_eq(task_await(task, other), 0);
    close_ends(&ends);
    return 0;
}

/* Two waits in each round trip; a delayed loop sometimes registers again. */
Test(connections, are_not_registered_for_each_wait, .timeout = 60) {
    run_in_loop(ask);
    cr_expect_lt(registrations, TRIPS / 2);
}

static int read_to_the_end(void *context, int64_t i, struct task *task, void *result) {
    struct ends ends = connect_ends(task);
    char text[16];
    (void)context, (void)i, (void)result;
    /* The first read registers the connection. Then its last bytes and its end arrive together. */
    cr_assert_eq(task_wait_fd(task, ends.client, TASK_WRITABLE, TASK_FOREVER), TASK_WRITABLE);
    cr_assert_eq(task_write(task, ends.server, "abc", 3), 3);
    cr_assert_eq(task_close(task, ends.server), 0);
    cr_assert_eq(task_sleep(task, 1000000), 0); /* meanwhile the loop takes the event */
    cr_assert_eq(task_read(task, ends.client, text, sizeof(text)), 3);
    cr_assert_eq(task_read(task, ends.client, text, sizeof(text)), 0);
    cr_assert_eq(task_read(task, ends.client, text, sizeof(text)), 0);
    cr_assert_eq(task_close(task, ends.client), 0);
    return 0;
}

Test(connections, end_is_read_behind_the_last_bytes, .timeout = 60) {
    run_in_loop(read_to_the_end);
}

static int read_what_came_unasked(void *context, int64_t i, struct task *task, void *result) {
    struct ends ends = connect_ends(task);
    char text[16];
    (void)context, (void)i, (void)result;
    for (int round = 0; round < 3; round++) {
        cr_assert_eq(task_write(task, ends.server, "ab", 2), 2);
        cr_assert_eq(task_wait_fd(task, ends.client, TASK_READABLE, TASK_FOREVER), TASK_READABLE);
        /* Half of the data, all of them, and data that arrive after it was empty. */
        cr_assert_eq(task_read(task, ends.client, text, 1), 1);
        cr_assert_eq(task_wait_fd(task, ends.client, TASK_READABLE, TASK_FOREVER), TASK_READABLE);
        cr_assert_eq(task_read(task, ends.client, text, sizeof(text)), 1);
        cr_assert_eq(task_write(task, ends.server, "cd", 2), 2);
        cr_assert_eq(task_sleep(task, 1000000), 0); /* meanwhile the loop takes the event */
        cr_assert_eq(task_read(task, ends.client, text, sizeof(text)), 2);
    }
    close_ends(&ends);
    return 0;
}

Test(connections, data_without_a_waiter_are_read_later, .timeout = 60) {
    run_in_loop(read_what_came_unasked);
}

static int write_byte(struct task *task, void *arg) {
    return task_write(task, *(const int *)arg, "x", 1) == 1 ? 0 : -EIO;
}

/* A drained connection is closed without the knowledge of the loop, and a pipe gets its number. */
static int reuse_number(void *context, int64_t i, struct task *task, void *result) {
    struct ends ends = connect_ends(task);
    struct task *other = NULL;
    int pipes[2];
    char text[16];
    (void)context, (void)i, (void)result;
    cr_assert_eq(task_write(task, ends.server, "ab", 2), 2);
    cr_assert_eq(task_wait_fd(task, ends.client, TASK_READABLE, TASK_FOREVER), TASK_READABLE);
    cr_assert_eq(task_read(task, ends.client, text, sizeof(text)), 2);
    cr_assert_eq(pipe2(pipes, O_NONBLOCK | O_CLOEXEC), 0);
    cr_assert_eq(dup2(pipes[0], ends.client), ends.client);
    close(pipes[0]);
    cr_assert_eq(task_spawn(task, write_byte, &pipes[1], &other), 0);
    cr_assert_eq(task_read(task, ends.client, text, sizeof(text)), 1);
    cr_assert_eq(task_await(task, other), 0);
    cr_assert_eq(task_close(task, pipes[1]), 0);
    close_ends(&ends);
    return 0;
}

Test(connections, number_of_a_closed_one_serves_another_file, .timeout = 60) {
    run_in_loop(reuse_number);
}

static int wait_in_vain(struct task *task, void *arg) {
    char byte;
    return task_read(task, *(const int *)arg, &byte, 1) == -EBADF ? 0 : -EIO;
}

static int close_under_a_waiter(void *context, int64_t i, struct task *task, void *result) {
    struct ends ends = connect_ends(task);
    struct task *other = NULL;
    (void)context, (void)i, (void)result;
    cr_assert_eq(task_spawn(task, wait_in_vain, &ends.client, &other), 0);
    cr_assert_eq(task_yield(task), 0);
    close_ends(&ends);
    cr_assert_eq(task_await(task, other), 0);
    cr_assert_eq(task_close(task, -1), -EBADF);
    return 0;
}

Test(connections, waiting_for_a_closed_one_fails, .timeout = 60) {
    run_in_loop(close_under_a_waiter);
}
