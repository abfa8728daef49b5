/* SPDX-License-Identifier: MIT */
#ifndef WORKLOADS_TCP_H
#define WORKLOADS_TCP_H

#include <pconc/partner.h>
#include <pconc/task.h>

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * What the workloads that talk over loopback TCP share: an epoll server that runs as a partner, and
 * the client's end for jobs.
 */

/* What a server does for its clients. Each connection has a session, zeroed when it begins. */
struct tcp_service {
    size_t session_size;
    size_t input_size;  /* the most that a client sends before it has read the answers to it */
    size_t output_size; /* and the most that they amount to */

    /* Takes whole requests from in[0..size) and writes the answers to out[0..room). Returns how
     * many bytes it took, and adds those it wrote to *ret_written; where there is not room enough
     * it is asked again later. Negative: not a request; the connection is closed. */
    ssize_t (*answer)(const struct tcp_service *service, void *session, const char *in, size_t size,
        char *out, size_t room, size_t *ret_written);

    /* Called for every session each `tick_ns`, while there is one. NULL: never. */
    void (*tick)(const struct tcp_service *service, void *session);
    int64_t tick_ns;

    void (*end)(void *session); /* the connection is gone; NULL: nothing to do */
    void *context;              /* the service's own */
};

/* Starts a server for `service` at a port of 127.0.0.1 that the kernel chooses. Both it and this
 * process may have as many open files as the hard limit says. */
int tcp_server_start(const struct tcp_service *service, struct partner **ret_partner,
    int64_t *ret_port, struct diag *diag) PCONC_CHECKED;

/* A connection to that server, for one job; negative after task_fail(). The caller closes it
 * with task_close, which ends it at once: see tcp.c. */
int tcp_dial(struct task *task, int64_t port) PCONC_CHECKED;

/* Sends all of `size` bytes; receives an answer of that many, into a buffer of one byte more: that
 * one is never to come, and a read that might have brought it has taken all there was. Negative
 * after task_fail(). */
int tcp_send(struct task *task, int fd, const void *data, size_t size) PCONC_CHECKED;
int tcp_receive(struct task *task, int fd, void *data, size_t size) PCONC_CHECKED;

/* Receives a line that is all the server has to say now, without its newline, as a string. Negative
 * after task_fail(). */
int tcp_receive_line(struct task *task, int fd, char *line, size_t size) PCONC_CHECKED;

#endif
