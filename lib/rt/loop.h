/* SPDX-License-Identifier: MIT */
#ifndef RT_LOOP_H
#define RT_LOOP_H

#include <pconc/diag.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "context.h"
#include "stack.h"
#include "task_ops.h"
#include "timers.h"

/*
 * An event loop: coroutines on stacks of their own, those that can go on in one queue, the others
 * waiting for a deadline or a descriptor. Everything here belongs to the thread that runs the loop,
 * which alone may call these functions; loop_post is for all threads.
 *
 * A coroutine that suspends switches straight to the next ready one; the loop's own context runs
 * only when none is ready, or every POLL_INTERVAL switches, to look for events.
 */

struct loop;

/* Something that a loop does for another thread. It belongs to the poster up to loop_post, from
 * then on to the loop until `run` is called. It must not lie on the stack of a suspended coroutine.
 */
struct loop_call {
    void (*run)(struct loop_call *self); /* in the loop's own context; may free or reuse `self` */
    struct loop_call *next;
};

/* A call that blocks and that another thread runs for a coroutine. */
struct blocking_call {
    struct loop_call done; /* posted to the loop when it has returned */
    int (*fn)(void *arg);
    void *arg;
    int result;
};

/* A task's wait for the end of others (tasks.c). */
struct task_join {
    struct coroutine *failed; /* the first of them that did; NULL: none */
    uint32_t pending;         /* of them have not ended */
    bool fail_fast;           /* the first that fails ends the wait */
    bool drains;              /* suspended until none is pending, whatever comes */
};

/* A task's place among those that wait for a permit or for a queue (sync.c). */
struct task_waiter {
    struct task_waiter *next, *previous;
    void *item; /* that it puts, or that it was handed */
    bool queued;
};

struct coroutine {
    struct task task; /* first, so that a task of a loop is its coroutine */
    struct loop *loop;
    struct context context;
    struct coroutine *next; /* in the free list or the loop's list of ended tasks */
    struct timer timer;     /* of its wait's deadline */
    int wait_fd;            /* that it waits for; -1: none */
    int wait_events;        /* asked for */
    int woken_with;         /* what loop_wait returns; once ended, what the task's function did */
    bool waits;             /* in loop_wait, and nobody has woken it yet */
    bool cancelled;         /* its next wait ends at once */
    bool kept;              /* its body has returned, and it is not free before loop_recycle */
    bool detached;          /* nobody will ask what became of it */
    void (*body)(struct coroutine *self);
    struct coroutine *awaiter; /* in task_join for this one, among others; NULL: nobody is */
    char *error;               /* task_error's, on the heap; NULL: none */
    union {                    /* what it does now: one at a time */
        struct task_start {
            task_function *fn;
            void *arg;
        } start; /* of a task that has not run yet */
        struct blocking_call blocking;
        struct task_join join;
        struct task_waiter waiter;
        struct coroutine *previous; /* in the list of ended tasks; NULL: the first there */
    };
};

/* Coroutines that can go on, first come first served: a ring with room for every coroutine there
 * is, so that nobody is ever refused. Its slots hold stack pointers where that is enough to go on
 * (loop->named is false): a switch then touches nothing but the ring and two stacks. */
struct ready_ring {
    void **slots;
    size_t first; /* counts up for ever; its slot is first & mask */
    size_t count;
    size_t mask; /* capacity - 1, a power of two less one; without slots 0 */
};

struct fd_wait {
    struct coroutine *waiter; /* NULL: nobody waits */
    bool registered;          /* was given to epoll once */
};

struct loop {
    struct ready_ring ready;
    size_t limit; /* the value of ready.first from which on one asks what else there is to do */
    int patience; /* where one asks at each switch: switches left before a look for events */
    int cancels;  /* coroutines with `cancelled` set: one asks at each switch */
    bool named;   /* the ring holds coroutines, not stack pointers: one asks at each switch */
    bool recall;  /* its own context has something to do before what is ready */
    struct coroutine *running; /* where `named` */
    struct context context;    /* its own: of loop_step's caller */
    struct coroutine *free;    /* finished coroutines with their stacks */
    struct coroutine *ended;   /* kept ones that nobody has asked for yet */
    size_t spawned;            /* tasks started by tasks, or from outside, that have not ended */
    struct timers timers;
    struct stack_allocator stacks;
    size_t coroutines;   /* made so far */
    struct fd_wait *fds; /* by descriptor */
    int fds_capacity;
    int fd_waits; /* waiters in all of fds */
    int epoll_fd;
    int timer_fd;     /* ends a wait at its deadline; in epoll */
    int64_t armed_ns; /* the deadline that timer_fd is set to; 0: none */
    /* task_block of its tasks; NULL: they run the call in place. Set by whoever made the loop. */
    int (*block)(struct coroutine *self, int (*fn)(void *arg), void *arg);
    int wake_fd;                       /* eventfd that ends a wait for posted calls; in epoll */
    _Atomic(struct loop_call *) inbox; /* posted and not taken, the newest first; any thread's */
};

extern const struct task_ops loop_task_ops;

/* The loop whose coroutine runs in this thread. Reading it costs one load that waits for nothing,
 * where a coroutine's pointer to its loop has to come off the stack that was just switched to. */
extern _Thread_local struct loop *loop_here __attribute__((visibility("hidden")));

/* The parts of a loop: its descriptors and what it waits for (loop_events.c), and what other
 * threads post to it (loop_inbox.c). */
int loop_events_init(struct loop *loop);
void loop_events_release(struct loop *loop);

/* Waits for events until `deadline_ns` (0: not at all, INT64_MAX: for ever) and wakes who waited
 * for them. */
int loop_take_events(struct loop *loop, int64_t deadline_ns, struct diag *diag) PCONC_CHECKED;

/* Its coroutine waits for its descriptor no more. */
void loop_forget_fd(struct coroutine *waiter);

/* Runs what was posted, the oldest first. */
void loop_take_posts(struct loop *loop);

/* task_wait_fd of its tasks. */
int loop_wait_fd(struct task *task, int fd, int events, int64_t deadline_ns);

/* Who runs next (loop_turns.c): room in the ring for `count` coroutines, or -ENOMEM; the turns of a
 * loop that has just looked for events; and, from the loop's own context, whoever is ready. */
int loop_reserve(struct loop *loop, size_t count) PCONC_CHECKED;
void loop_refill(struct loop *loop);
void loop_go(struct loop *loop);

/* Nothing when there is no inbox: it stays empty. */
static inline bool loop_has_posts(struct loop *loop) {
    return atomic_load_explicit(&loop->inbox, memory_order_relaxed) != NULL;
}

/* An empty loop whose coroutines have stacks of `stack_size` bytes. */
int loop_init(struct loop *loop, size_t stack_size, struct diag *diag) PCONC_CHECKED;

/* Frees everything. No coroutine may be suspended in it. */
void loop_release(struct loop *loop);

/* A coroutine that will run body(self) on its stack when first switched to; body returns when there
 * is nothing left to do, and the coroutine is then free for reuse unless it set `kept`. NULL with
 * errno: no memory. */
struct coroutine *loop_coroutine(struct loop *loop, void (*body)(struct coroutine *self));

/* Keeps a coroutine for reuse whose body has returned with `kept` set. */
void loop_recycle(struct coroutine *coroutine);

/* Whether `pointer` points into a stack that tasks of this loop share: what lies there is moved
 * away while its task is suspended, so nobody else may be given it. */
static inline bool loop_shares(const struct loop *loop, const void *pointer) {
    (void)loop;
    (void)pointer;
    return false;
}

/* Sets whether the loop's own context runs before the next ready coroutine does. */
void loop_recall(struct loop *loop, bool recall);

/* From the loop's own context: runs `coroutine`, and whatever is ready after it, until the loop has
 * something to do itself. */
void loop_resume(struct loop *loop, struct coroutine *coroutine);

/* From the loop's own context: resumes what is ready; where nothing is, waits for an event first.
 * 0, or a negative errno with `diag`: the system refused to wait, or nothing can ever come. */
int loop_step(struct loop *loop, struct diag *diag) PCONC_CHECKED;

/* From a coroutine: suspends it until somebody calls loop_ready for it. Cannot be cancelled. */
void loop_suspend(struct coroutine *self);

/* Puts a suspended coroutine, never the running one, behind those that are ready. */
void loop_ready(struct coroutine *coroutine);

/* What everything that may wait and be cancelled waits in: suspends a coroutine until loop_wake,
 * and returns the code passed there; -ETIMEDOUT at the deadline; -ECANCELED, at once, where it was
 * cancelled before; -ENOMEM. */
int loop_wait(struct coroutine *self, int64_t deadline_ns);

/* Ends the wait of a coroutine of this loop. False: it was in none, or somebody was faster. */
bool loop_wake(struct coroutine *coroutine, int code);

/* Ends its wait with -ECANCELED, the one that it is in or else its next one. */
void loop_cancel(struct coroutine *coroutine);

/* Allows loop_post from now on, which takes a descriptor. */
int loop_open_inbox(struct loop *loop, struct diag *diag) PCONC_CHECKED;

/* From any thread: has the loop run `call`, and wakes it if it waits. Calls of one thread run in
 * the order in which they were posted. The loop must not be released before this returns. */
void loop_post(struct loop *loop, struct loop_call *call);

/* task_yield of a loop's task where it takes more than a switch. */
int loop_yield_slowly(struct task *task);

/* task_yield of a loop's task. With nobody else ready it switches to itself. */
static inline int loop_yield(struct task *task) {
#if CONTEXT_IS_SP
    struct loop *loop = loop_here;
    struct ready_ring *ready = &loop->ready;
    size_t first = ready->first;
    if (__builtin_expect(first >= loop->limit, 0))
        return loop_yield_slowly(task);
    ready->first = first + 1;
    void **slots = ready->slots;
    size_t mask = ready->mask;
    __builtin_prefetch(slots[(first + 3) & mask]);
    return context_jump(&slots[(first + ready->count) & mask], &slots[first & mask]);
#else
    return loop_yield_slowly(task);
#endif
}

#endif
