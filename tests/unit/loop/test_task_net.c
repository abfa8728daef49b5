/* SPDX-License-Identifier: MIT */
#include "fixture_tasks.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

/* task_connect and task_accept; both ends are jobs of one executor. */

#define PAIRS 3 /* with the accepting job, at most as many jobs as workers */

struct meeting {
    int listen_fd;
    struct sockaddr_in address;
};

static int accept_one(const struct meeting *meeting, struct task *task) {
    int fd = task_accept(task, meeting->listen_fd);
    if (fd < 0)
        return fd;
    ssize_t put = task_write(task, fd, "x", 1);
    close(fd);
    return put == 1 ? 0 : -EIO;
}

static int connect_one(const struct meeting *meeting, struct task *task) {
    char byte = 0;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int code = task_connect(
        task, fd, (const struct sockaddr *)&meeting->address, sizeof(meeting->address));
    if (code == 0 && (task_read(task, fd, &byte, 1) != 1 || byte != 'x'))
        code = -EIO;
    close(fd);
    return code;
}

/* In a loop a descriptor has one waiter, so one job accepts them all. */
static int meet(void *context, int64_t i, struct task *task, void *result) {
    int code = 0;
    (void)result;
    if (i > 0)
        return connect_one(context, task);
    for (int k = 0; k < PAIRS && code == 0; k++)
        code = accept_one(context, task);
    return code;
}

static int connect_in_vain(void *context, int64_t i, struct task *task, void *result) {
    (void)i;
    (void)result;
    return connect_one(context, task) == -ECONNREFUSED ? 0 : -EIO;
}

Test(task_net, jobs_connect_to_each_other, .timeout = 30) {
    static const struct {
        const char *executor;
        int workers;
    } places[] = {{"threads", 8}, {"gil", 8}, {"coroutines", 1}};
    for (size_t p = 0; p < sizeof(places) / sizeof(*places); p++) {
        struct meeting meeting = {
            .address.sin_family = AF_INET, .address.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t size = sizeof(meeting.address);
        meeting.listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        cr_assert_eq(bind(meeting.listen_fd, (struct sockaddr *)&meeting.address, size), 0);
        cr_assert_eq(listen(meeting.listen_fd, PAIRS), 0);
        cr_assert_eq(getsockname(meeting.listen_fd, (struct sockaddr *)&meeting.address, &size), 0);
        struct work_options jobs = {
            .jobs = PAIRS + 1, .workers = places[p].workers, .job = meet, .context = &meeting};
        run_jobs_well(places[p].executor, NULL, &jobs);
        close(meeting.listen_fd);
        jobs.job = connect_in_vain;
        run_jobs_well(places[p].executor, NULL, &jobs);
    }
}
