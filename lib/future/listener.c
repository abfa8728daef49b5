/* SPDX-License-Identifier: MIT */
#include "listener.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "queue_memory.h"

static bool watch(struct queue *queue, int epoll_fd) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, queue->event_fd, &event) == 0
        && (!queue->host || queue->host->watch(queue->context, epoll_fd) == 0);
}

static int open_listener(struct queue *queue) {
    int fd = epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0 || watch(queue, fd))
        return fd;
    close(fd);
    return -1;
}

static struct listener *find_listener(struct queue *queue, const void *owner) {
    struct listener *listener = queue->listeners;
    while (listener && listener->owner != owner)
        listener = listener->next;
    return listener;
}

/* An unused or a new one. NULL: no memory. */
static struct listener *spare_listener(struct queue *queue) {
    struct listener *listener = find_listener(queue, NULL);
    if (listener)
        return listener;
    listener = calloc(1, sizeof(*listener));
    if (!listener)
        return NULL;
    listener->fd = -1;
    listener->next = queue->listeners;
    queue->listeners = listener;
    return listener;
}

struct listener *listener_join(struct queue *queue, const void *owner) {
    pthread_mutex_lock(&queue->mutex);
    struct listener *listener = find_listener(queue, owner);
    if (!listener)
        listener = spare_listener(queue);
    if (listener && listener->users++ == 0) {
        listener->owner = owner;
        if (listener->fd < 0)
            listener->fd = open_listener(queue);
        atomic_fetch_add(&queue->memory->listeners, 1);
    }
    pthread_mutex_unlock(&queue->mutex);
    return listener;
}

void listener_leave(struct queue *queue, struct listener *listener) {
    pthread_mutex_lock(&queue->mutex);
    if (--listener->users == 0) {
        listener->owner = NULL;
        atomic_fetch_sub(&queue->memory->listeners, 1);
    }
    pthread_mutex_unlock(&queue->mutex);
}

void listener_read(struct queue *queue, const struct listener *listener) {
    struct epoll_event events[8];
    bool death = listener->fd < 0;
    int count = death ? 0 : epoll_wait(listener->fd, events, 8, 0);
    for (int i = 0; i < count; i++)
        death |= events[i].data.u32 == LISTENER_DEATH;
    if (death)
        queue_check_workers(queue);
    queue_take_ended(queue);
}
