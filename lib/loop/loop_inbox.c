/* SPDX-License-Identifier: MIT */
#include "loop_internal.h"

#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "refusal.h"

void loop_run_posts(struct loop *loop) {
    if (!loop_has_posts(loop))
        return;
    struct loop_post *posted = atomic_exchange_explicit(&loop->inbox, NULL, memory_order_acquire);
    struct loop_post *oldest = NULL;
    while (posted) {
        struct loop_post *next = posted->next;
        posted->next = oldest;
        oldest = posted;
        posted = next;
    }
    while (oldest) {
        struct loop_post *post = oldest;
        oldest = post->next;
        post->run(post);
    }
}

void loop_run_posts_until(struct loop *loop, const bool *came) {
    while (!*came) {
        loop_run_posts(loop);
        if (!*came)
            sched_yield();
    }
}

int loop_open_inbox(struct loop *loop, struct diag *diag) {
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    /* Edge-triggered: each write gives one event, and the count need not be read. */
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.fd = fd};
    if (fd >= 0 && epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0) {
        loop->wake_fd = fd;
        return 0;
    }
    int error = errno;
    if (fd >= 0)
        close(fd);
    return refused_descriptor(diag, error, "the inbox of an event loop");
}

void loop_await_posters(struct loop *loop) {
    while (atomic_load_explicit(&loop->posters, memory_order_acquire) > 0)
        sched_yield();
}

/* A thread that finds the inbox empty wakes the loop. The loop looks into the inbox before it
 * waits; a post after that look ends the wait. */
void loop_post(struct loop *loop, struct loop_post *post) {
    atomic_fetch_add_explicit(&loop->posters, 1, memory_order_relaxed);
    struct loop_post *newest = atomic_load_explicit(&loop->inbox, memory_order_relaxed);
    do
        post->next = newest;
    while (!atomic_compare_exchange_weak_explicit(
        &loop->inbox, &newest, post, memory_order_release, memory_order_relaxed));
    if (!newest)
        eventfd_write(loop->wake_fd, 1);
    atomic_fetch_sub_explicit(&loop->posters, 1, memory_order_release);
}
