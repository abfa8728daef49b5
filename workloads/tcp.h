/* SPDX-License-Identifier: MIT */
#ifndef WORKLOADS_TCP_H
#define WORKLOADS_TCP_H

#include <pconc/partner.h>
#include <pconc/task.h>

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* For workloads over loopback TCP: an epoll server that runs as a partner, and the client's end for
 * jobs. */

/* How a server answers. It has a state for each client, which starts as zeroes. */
struct tcp_service {
    size_t client_size;
    size_t input_size;  /* maximum that a client sends before it reads the answers */
    size_t output_size; /* maximum of these answers */

    /* Takes whole requests from in[0..size), writes the answers to out[0..room) and adds their
     * length to *ret_written. Returns the number of bytes it took; 0 where the request is not
     * complete or the room too small: it is called again. Negative: no request; the server closes
     * the connection. */
    ssize_t (*answer)(const struct tcp_service *service, void *client, const char *in, size_t size,
        char *out, size_t room, size_t *ret_written);

    /* Called every `tick_ns` for each client. NULL: never. */
    void (*tick)(const struct tcp_service *service, void *client);
    int64_t tick_ns;

    void (*end)(void *client); /* the connection is closed; NULL: nothing to do */
    void *context;             /* for these functions */
};

/* For `answer`: copies the first line of in[0..size) to `line`, without its newline, as a string.
 * Returns the number of bytes taken; 0: the line is not complete; negative: too long. */
ssize_t tcp_take_line(const char *in, size_t size, char *line, size_t line_size);

/* Starts a server for `service` on a port of 127.0.0.1 that the kernel chooses. Raises the limit on
 * open files to the hard limit, in the server and in this process. */
int tcp_server_start(const struct tcp_service *service, struct partner **ret_partner,
    int64_t *ret_port, struct diag *diag) PCONC_CHECKED;

/* Connects a job to that server. The descriptor, which the caller closes with task_close, or a
 * negative errno after task_fail(). */
int tcp_dial(struct task *task, int64_t port) PCONC_CHECKED;

/* Sends `size` bytes. 0, or a negative errno after task_fail(). */
int tcp_send(struct task *task, int fd, const void *data, size_t size) PCONC_CHECKED;

/* Receives `size` bytes. `data` has room for one byte more: asking for it finds an answer that is
 * too long, and drains the descriptor. 0, or a negative errno after task_fail(). */
int tcp_receive(struct task *task, int fd, void *data, size_t size) PCONC_CHECKED;

/* Receives one line, which must be all that the server sends, without its newline, as a string. 0,
 * or a negative errno after task_fail(). */
int tcp_receive_line(struct task *task, int fd, char *line, size_t size) PCONC_CHECKED;

#endif
