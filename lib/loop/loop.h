/* SPDX-License-Identifier: MIT */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include <pconc/diag.h>
#include <pconc/loop.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "context.h"
#include "slab.h"
#include "stack.h"
#include "task_ops.h"
#include "timers.h"

/*
 * An event loop: coroutines on stacks of their own, or all on one shared stack, those that can go
 * on in one queue, the others waiting for a deadline or a descriptor. Everything here belongs to
 * the thread that runs the loop, which alone may call these functions; loop_post is for all
 * threads.
 *
 * A coroutine that suspends switches straight to the next ready one; the loop's own context runs
 * only when none is ready, or every POLL_INTERVAL switches, to look for events. Where something is
 * to be done between any two (`via_loop`: stacks are shared, slow tasks are told, a sanitizer
 * follows) each suspends to the loop's own context.
 */

struct loop;

/* Something that a loop does for another thread. It belongs to the poster up to loop_post, from
 * then on to the loop until `run` is called. It must not lie on the stack of a suspended coroutine.
 */
struct loop_post {
    void (*run)(struct loop_post *self); /* in the loop's own context; may free or reuse `self` */
    struct loop_post *next;
};

/* What its owner must know when the loop breaks: the loop will not run again, and its tasks stay
 * suspended. Other threads may still post for one of them; the owner ends that before it frees what
 * the post points to. */
struct break_hook {
    void (*broke)(struct break_hook *self, const struct diag *why); /* `self` is out of the list */
    struct break_hook *next, *previous;
};

/* A task's wait for the end of others (task_tree.c). */
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
};

/* What coroutines of one kind do; `task.ops` points to the first field. A coroutine calls run(self)
 * on its stack and end(self, what that returned). It starts again where end returns true; else it
 * is free for reuse, unless end has set `kept`.
 *
 * With shared stacks a task is given fresh frames by each: `run` best ends in a tail call, as every
 * byte of its frame is copied with the task. */
struct coroutine_kind {
    struct task_ops ops; /* LOOP_TASK_OPS */
    int (*run)(struct coroutine *self);
    bool (*end)(struct coroutine *self, int code);
};

struct coroutine {
    union {
        struct task task; /* first, so that a task of a loop is its coroutine */
        struct {
            const struct coroutine_kind *kind; /* task.ops */
            struct loop *loop;                 /* task.loop */
        };
    };
    struct context context; /* where `parked`, its sp is that of the copy */
    struct timer timer;     /* of its wait's deadline */
    int woken_with;         /* what loop_wait returns; once ended, what the task's function did */
    uint32_t parked;    /* how its frames were copied out (loop_shared_stack.c); 0: they were not */
    bool waits : 1;     /* in loop_wait, and nobody has woken it yet */
    bool sleeps : 1;    /* its deadline is what it waits for */
    bool waits_fd : 1;  /* wait.fd has it as its waiter */
    bool cancelled : 1; /* its next wait ends at once */
    bool queued : 1;    /* `waiter` is in a list */
    bool kept : 1;      /* its body has returned, and it is not free before loop_recycle */
    bool detached : 1;  /* nobody will ask what became of it */
    bool awaited : 1;   /* its owner is in task_join for it, among others */
    bool over : 1;      /* nobody needs its record but the children that it has left */
    uint32_t children;  /* that it owns and that have not ended */
    struct coroutine *owner; /* who awaits it, or else who started it (task_tree.c); NULL: nobody */
    struct coroutine *ended; /* children that it owns and that have ended, without an order */
    char *error;             /* task_error's, on the heap; NULL: none */
    union {                  /* what it does now: one at a time */
        struct task_start {
            task_function *fn;
            void *arg;
        } start; /* of a task that has not run yet */
        struct {
            int fd, events;
        } wait; /* for a descriptor */
        struct task_join join;
        struct task_waiter waiter;
        struct {
            struct coroutine *next, *previous; /* NULL: the last, the first */
        };                                     /* free, or among its owner's ended ones */
    };
};

/* Coroutines that can go on, first come first served: a ring with room for every coroutine there
 * is, so that nobody is ever refused. Its slots hold stack pointers where that is enough to go on
 * (loop->via_loop is false): a switch then touches nothing but the ring and two stacks. (With
 * coroutines in all slots the rows `switch-2` and `switch-100` take 1.15 times as long.) */
struct ready_ring {
    void **slots;
    size_t first; /* counts up for ever; its slot is first & mask */
    size_t count;
    size_t mask; /* capacity - 1, a power of two less one; without slots 0 */
};

/* What a loop knows of a descriptor. It is given to epoll for each wait anew, for one event. (With
 * connections that are registered once, edge-triggered, the row `echo` took 1.03 to 1.06 times less
 * CPU time; but the kernel forgets a closed descriptor, and the loop had to find out.) */
struct fd_wait {
    struct coroutine *waiter; /* NULL: nobody waits */
    bool registered;          /* was given to epoll once */
};

#define SHARED_COMMON_MAX 63

/* The stack that all coroutines of a loop run on, one at a time (loop_shared_stack.c). */
struct shared_stack {
    char *low, *top; /* NULL: each has a stack of its own */
    struct context_root root;
    struct coroutine *resident;      /* whose frames lie there; NULL: nobody's */
    void *common[SHARED_COMMON_MAX]; /* the topmost words of the first that was copied, the topmost
                                        first */
    unsigned common_count;
    struct slab slab; /* of copies, and of the coroutines' records */
};

struct loop {
    struct ready_ring ready;
    size_t limit;  /* ready.first from which on one asks what else there is to do */
    int cancels;   /* coroutines with `cancelled` set: then limit is 0 */
    bool recall;   /* its own context has something to do before what is ready */
    bool via_loop; /* the ring holds coroutines, not stack pointers: each suspends to the
                   loop's own context */
    struct coroutine *running; /* where `via_loop` */
    struct worker *worker;     /* that its jobs count for; NULL: it runs none. Opaque here */
    struct shared_stack shared;
    struct loop_options options;
    int64_t idle_ns;        /* waited because none was ready */
    struct context context; /* its own: of loop_step's caller */
    struct coroutine *free; /* finished coroutines with their stacks */
    size_t spawned;         /* tasks started by tasks, or from outside, that have not ended */
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
    /* task_fail of its tasks; NULL: only task_error has the message. Set likewise. */
    void (*fail)(struct task *task, const char *text);
    struct break_hook hooks; /* head of a circular list, in the order in which they were added */
    const void *serves;      /* whose calls this loop claims; NULL: it claims none. With some it
                                looks for new ones every POLL_INTERVAL switches */
    int wake_fd;             /* eventfd that ends a wait for posted calls; in epoll */
    _Atomic bool sleeps; /* waits, or is about to, and may start a call: set by who serves them */
    _Atomic(struct loop_post *) inbox; /* posted and not taken, the newest first; any thread's */
    size_t expected; /* posts known to come, and one more where anybody may post at any time: with
                        none, tasks that wait for nothing else wait for each other */
    _Atomic int posters; /* threads that are in loop_post: the loop outlives them */
};

/* How every kind of coroutine blocks. */
#define LOOP_TASK_OPS                                                                              \
    {                                                                                              \
        .in_loop = true, .sleep_until = loop_sleep_until, .yield = loop_yield,                     \
        .wait_fd = loop_wait_fd, .block = loop_block, .fail = loop_fail,                           \
    }

/* The loop whose coroutine runs in this thread. Reading it costs one load that waits for nothing,
 * where a coroutine's pointer to its loop has to come off the stack that was just switched to. */
extern _Thread_local struct loop *loop_here __attribute__((visibility("hidden")));

/* The parts of a loop: its descriptors and what it waits for (loop_poll.c), and what other
 * threads post to it (loop_inbox.c). */
int loop_poll_init(struct loop *loop);
void loop_poll_release(struct loop *loop);

/* Waits for events until `deadline_ns` (0: not at all, INT64_MAX: for ever) and wakes who waited
 * for them. */
int loop_poll(struct loop *loop, int64_t deadline_ns, struct diag *diag) PCONC_CHECKED;

/* `fd` is about to be closed: who waits for it is told -EBADF. */
void loop_drop_fd(struct loop *loop, int fd);

/* Its coroutine waits for its descriptor no more. */
void loop_forget_fd(struct coroutine *waiter);

/* Runs what was posted, the oldest first. */
void loop_run_posts(struct loop *loop);

/* The same, until one of the posts has set *came. It is in the inbox, or will be in a moment. */
void loop_run_posts_until(struct loop *loop, const bool *came);

/* Waits until nobody is in loop_post any more. */
void loop_await_posters(struct loop *loop);

/* What task_wait_fd and its like call for its tasks. */
int loop_wait_fd(struct task *task, int fd, int events, int64_t deadline_ns);
int loop_sleep_until(struct task *task, int64_t deadline_ns);
int loop_yield(struct task *task);
int loop_block(struct task *task, int (*fn)(void *arg), void *arg);
void loop_fail(struct task *task, const char *text);

/* Who runs next (loop_ready.c): room in the ring for `count` coroutines, or -ENOMEM; the turns of a
 * loop that has just looked for events; and, from the loop's own context, whoever is ready, or
 * -ENOMEM where there is none for the frames of the one before. */
int loop_reserve(struct loop *loop, size_t count) PCONC_CHECKED;
void loop_begin_turns(struct loop *loop);
int loop_run_ready(struct loop *loop) PCONC_CHECKED;

/* The shared stack (loop_shared_stack.c): makes it; makes a record for it, NULL: no memory; has
 * `next` in place on it, and whoever was there copied out: 0, or -ENOMEM; frees all. */
int shared_init(struct loop *loop);
struct coroutine *shared_coroutine(struct loop *loop);
int shared_enter(struct loop *loop, struct coroutine *next);
void shared_release(struct loop *loop);

/* Runs of the coroutine `arg` on a stack of its own, one after the other for ever: the loop never
 * switches to a free one without having given it something to do. */
void coroutine_main(void *arg);

/* The end of a coroutine's run, from itself. False: it suspends, to begin anew when resumed. */
bool coroutine_ended(struct coroutine *self, int code);

/* Whether nothing is ready, so that loop_step waits. */
static inline bool loop_is_idle(const struct loop *loop) {
    return loop->ready.count == 0;
}

/* Nothing when there is no inbox: it stays empty. */
static inline bool loop_has_posts(struct loop *loop) {
    return atomic_load_explicit(&loop->inbox, memory_order_relaxed) != NULL;
}

/* An empty loop by the options of pconc/loop.h, where stack_size is set. */
int loop_init(
    struct loop *loop, const struct loop_options *options, struct diag *diag) PCONC_CHECKED;

/* Frees everything. No coroutine may be suspended in it. */
void loop_release(struct loop *loop);

/* A coroutine of `kind` that will run when first switched to, with task.job -1. NULL with errno: no
 * memory. */
struct coroutine *loop_coroutine(struct loop *loop, const struct coroutine_kind *kind);

/* The coroutine whose stack has `address` in the guard below it, or NULL. In a signal handler
 * of the loop's thread. */
const struct coroutine *loop_find_overflow(const struct loop *loop, const void *address);

/* Keeps a coroutine for reuse whose body has returned with `kept` set. */
void loop_recycle(struct coroutine *coroutine);

/* Whether `pointer` points into a stack that tasks of this loop share: what lies there is moved
 * away while its task is suspended, so nobody else may be given it. */
static inline bool loop_shares(const struct loop *loop, const void *pointer) {
    return (const char *)pointer >= loop->shared.low && (const char *)pointer < loop->shared.top;
}

/* Sets whether the loop's own context runs before the next ready coroutine does. */
void loop_recall(struct loop *loop, bool recall);

/* From the loop's own context: runs `coroutine`, and whatever is ready after it, until the loop has
 * something to do itself. -ENOMEM: as loop_run_ready, and it was not run. */
int loop_resume(struct loop *loop, struct coroutine *coroutine) PCONC_CHECKED;

/* From the loop's own context: resumes what is ready; where nothing is, waits for an event first.
 * 0, or a negative errno with `diag`: the system refused to wait, or nothing can ever come. The
 * loop is broken then (loop_break), and must not be stepped again. */
int loop_step(struct loop *loop, struct diag *diag) PCONC_CHECKED;

/* Calls the hooks of a loop that cannot go on, and takes them out. */
void loop_break(struct loop *loop, const struct diag *why);

void loop_add_hook(struct loop *loop, struct break_hook *hook);
static inline void loop_remove_hook(struct break_hook *hook) {
    hook->previous->next = hook->next;
    hook->next->previous = hook->previous;
}

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
 * the order in which they were posted. The loop may be released once `call` has run: that waits for
 * this to return. */
void loop_post(struct loop *loop, struct loop_post *call);

#endif
