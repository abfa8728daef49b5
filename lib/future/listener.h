/* SPDX-License-Identifier: MIT */
#ifndef FUTURE_LISTENER_H
#define FUTURE_LISTENER_H

#include "queue.h"

/* A descriptor for the tasks of one loop that wait for calls in worker processes. It is readable
 * when such a call may have ended or a worker has died. One of the tasks reads it, for all. */
struct listener {
    int fd;            /* an epoll instance; -1: no descriptor was free, call listener_read often */
    const void *owner; /* the loop; NULL: not in use */
    size_t users;      /* tasks that wait */
    bool read;         /* one of them waits for `fd` */
    void *waiting;     /* the owner's list of the others */
    struct listener *next;
};

#define LISTENER_DEATH 1 /* epoll data of the descriptors that host->watch adds */

/* The listener of `owner`, which uses it in its own thread. Each task that joins leaves. NULL: no
 * memory. */
struct listener *listener_join(struct queue *queue, const void *owner);
void listener_leave(struct queue *queue, struct listener *listener);

/* Does not wait: calls the hooks of calls that have ended, and breaks the pool if a worker died. */
void listener_read(struct queue *queue, const struct listener *listener);

#endif
