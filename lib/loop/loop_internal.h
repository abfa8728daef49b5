/* SPDX-License-Identifier: MIT */
#ifndef LOOP_LOOP_INTERNAL_H
#define LOOP_LOOP_INTERNAL_H

#include "loop.h"

/* What the files of the loop tell each other. */

/* The loop whose coroutine runs in this thread. To read it is one load. The coroutine's own pointer
 * to its loop would have to come from the stack that was just switched to. */
extern _Thread_local struct loop *loop_here __attribute__((visibility("hidden")));

/*
 * loop_poll.c: descriptors and deadlines.
 */

int loop_poll_init(struct loop *loop);
void loop_poll_release(struct loop *loop);

/* Waits for events until `deadline_ns` and wakes their waiters. 0: does not wait; INT64_MAX: no
 * deadline. */
int loop_poll(struct loop *loop, int64_t deadline_ns, struct diag *diag) PCONC_CHECKED;

/* Ends the coroutine's wait for its descriptor. */
void loop_forget_fd(struct coroutine *waiter);

/*
 * loop_inbox.c
 */

/* Runs what was posted, the oldest first. */
void loop_run_posts(struct loop *loop);

/* Waits until no thread is in loop_post. */
void loop_await_posters(struct loop *loop);

/*
 * loop_ready.c: which coroutine runs next.
 */

/* Makes room in the ring for `count` coroutines. 0, or -ENOMEM. */
int loop_reserve(struct loop *loop, size_t count) PCONC_CHECKED;

/* The loop has just looked for events: its coroutines may take turns again. */
void loop_begin_turns(struct loop *loop);

/* From the loop's own context: runs ready coroutines, if there are any. -ENOMEM: there is no memory
 * for the frames of the suspended one. */
int loop_run_ready(struct loop *loop) PCONC_CHECKED;

/*
 * loop_shared_stack.c
 */

int shared_init(struct loop *loop);
void shared_release(struct loop *loop);

/* A new record for a coroutine; NULL: no memory. */
struct coroutine *shared_coroutine(struct loop *loop);

/* Copies the frames of the last coroutine out, and those of `next` in. 0, or -ENOMEM. */
int shared_enter(struct loop *loop, struct coroutine *next);

#endif
