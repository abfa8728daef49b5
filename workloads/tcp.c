/* SPDX-License-Identifier: MIT */
#include "tcp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* The soft limit on open files. */
static uintmax_t open_files(void) {
    struct rlimit limit = {0};
    getrlimit(RLIMIT_NOFILE, &limit);
    return (uintmax_t)limit.rlim_cur;
}

static int fail(struct task *task, int code, const char *what) {
    if (code == -EMFILE)
        return task_fail(task, code,
            "cannot %s: all descriptors are in use; raise the limit on open files (RLIMIT_NOFILE, "
            "'ulimit -n', now %ju) or run fewer jobs at a time",
            what, open_files());
    if (code == -EADDRNOTAVAIL)
        return task_fail(task, code,
            "cannot %s: no free local port; widen net.ipv4.ip_local_port_range or run fewer jobs",
            what);
    return task_fail(task, code, "cannot %s: %s; check whether something kills its processes", what,
        strerrordesc_np(-code));
}

/* The server closes a connection only when it cannot go on. */
static int fail_closed(struct task *task) {
    return task_fail(task, -ECONNRESET,
        "the server closed the connection: it has died, or has no descriptor left; raise the limit "
        "on open files (RLIMIT_NOFILE, 'ulimit -n', now %ju) or run fewer jobs at a time",
        open_files());
}

/* Small messages are sent at once. A close resets the connection: after an ordinary close the port
 * stays in TIME_WAIT for a minute, and many passes would run out of ports. No data is lost, because
 * a job closes after it has received all answers. */
static int set_up(int fd) {
    const int on = 1;
    const struct linger reset = {.l_onoff = 1, .l_linger = 0};
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0
        || setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) != 0)
        return -errno;
    return 0;
}

int tcp_dial(struct task *task, int64_t port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail(task, -errno, "make a socket");
    struct sockaddr_in address = {.sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int code = set_up(fd);
    if (code == 0)
        code = task_connect(task, fd, (const struct sockaddr *)&address, sizeof(address));
    if (code == 0)
        return fd;
    task_close(task, fd);
    return fail(task, code, "connect to the server");
}

int tcp_send(struct task *task, int fd, const void *data, size_t size) {
    const char *at = data;
    while (size > 0) {
        /* write(2) would raise SIGPIPE where the server is gone. */
        ssize_t put = send(fd, at, size, MSG_NOSIGNAL);
        if (put >= 0) {
            at += put;
            size -= (size_t)put;
        } else if (errno == EAGAIN) {
            int ready = task_wait_fd(task, fd, TASK_WRITABLE, TASK_FOREVER);
            if (ready < 0)
                return fail(task, ready, "wait for the server");
        } else if (errno == EPIPE || errno == ECONNRESET) {
            return fail_closed(task);
        } else if (errno != EINTR) {
            return fail(task, -errno, "write to the server");
        }
    }
    return 0;
}

/* Returns the number of bytes, at least one. */
static ssize_t receive_some(struct task *task, int fd, char *data, size_t size) {
    ssize_t got = task_read(task, fd, data, size);
    if (got == 0 || got == -ECONNRESET)
        return fail_closed(task);
    if (got < 0)
        return fail(task, (int)got, "read from the server");
    return got;
}

int tcp_receive(struct task *task, int fd, void *data, size_t size) {
    char *at = data;
    size_t left = size;
    while (left > 0) {
        ssize_t got = receive_some(task, fd, at, left + 1);
        if (got < 0)
            return (int)got;
        if ((size_t)got > left)
            return task_fail(task, -EBADMSG, "the server answered with more than %zu bytes", size);
        at += got;
        left -= (size_t)got;
    }
    return 0;
}

int tcp_receive_line(struct task *task, int fd, char *line, size_t size) {
    size_t length = 0;
    while (length < size) {
        ssize_t got = receive_some(task, fd, line + length, size - length);
        if (got < 0)
            return (int)got;
        length += (size_t)got;
        char *newline = memchr(line, '\n', length);
        if (newline && newline + 1 == line + length) {
            *newline = '\0';
            return 0;
        }
        if (newline)
            break;
    }
    return task_fail(task, -EBADMSG, "the server's answer is not one short line");
}
