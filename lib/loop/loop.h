/* SPDX-License-Identifier: MIT */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include <pconc/diag.h>
#include <pconc/loop.h>

#include <stdatomic.h>

#include "coroutine.h"
#include "slab.h"
#include "stack.h"

/*
 * An event loop. Its coroutines have a stack each, or all run on one shared stack. Ready coroutines
 * stand in one queue; the others wait for a deadline, for a descriptor or for somebody to wake
 * them. Only the thread that runs the loop may call these functions, except loop_post.
 *
 * A coroutine that suspends switches directly to the next ready one. The loop's own context runs
 * when none is ready, and every POLL_INTERVAL switches, to look for events. If there is work
 * between any two coroutines, every switch goes through the loop's own context (`via_loop`): with
 * shared stacks, if slow tasks are reported, and with sanitizers.
 */

/* A function that the loop runs for another thread. The loop owns it from loop_post until it calls
 * `run`. It must not be on the stack of a coroutine. */
struct loop_post {
    void (*run)(struct loop_post *self); /* in the loop's own context; may free or reuse `self` */
    struct loop_post *next;
};

/* Called when the loop breaks: it will not run again, and its tasks stay suspended. Other threads
 * may still post for such a task. The hook waits for that post, or takes the request back, before
 * it frees the memory that the post points to. */
struct break_hook {
    void (*broke)(struct break_hook *self, const struct diag *why); /* `self` is out of the list */
    struct break_hook *next, *previous;
};

/* The ready coroutines in order: a ring with room for every coroutine, so that adding one never
 * fails. If `via_loop` is false, the slots hold stack pointers: a switch then touches only the ring
 * and two stacks. (With coroutines in all slots the rows `switch-2` and `switch-100` take 1.15
 * times as long.) */
struct ready_ring {
    void **slots;
    size_t first; /* only grows; its slot is first & mask */
    size_t count;
    size_t mask; /* the number of slots, a power of two, less one; 0 without slots */
};

/* What a loop knows of a descriptor. It gives a TCP connection of task_connect or task_accept to
 * epoll once, edge-triggered, and any other descriptor for each wait. (If connections too are given
 * for each wait, the row `echo` of make peers takes 1.1 to 1.2 times as long.) */
struct fd_wait {
    struct coroutine *waiter; /* NULL: no task waits */
    bool registered : 1;      /* was given to epoll before */
    bool connection : 1;      /* of TCP */
    bool drained : 1;         /* a read took all there was, and no event came since */
    bool ended : 1;           /* the connection's end was reported: a read of it does not wait */
    bool trusted : 1;         /* `waiter` relies on an earlier registration, */
    bool doubted : 1;         /* and has waited for long */
};

#define SHARED_COMMON_MAX 63

/* The stack on which all coroutines of a loop run (loop_shared_stack.c). */
struct shared_stack {
    char *low, *top; /* NULL: each coroutine has a stack of its own */
    struct context_root root;
    struct coroutine *resident;      /* its frames are on the stack; NULL: those of none */
    void *common[SHARED_COMMON_MAX]; /* the topmost words of the first copy, from the top down */
    unsigned common_count;
    struct slab slab; /* memory for copies and for the coroutines' records */
};

struct loop {
    struct ready_ring ready;
    size_t limit;  /* at this value of ready.first a switch looks for other work */
    int cancels;   /* coroutines with `cancelled` set; `limit` is 0 then */
    bool recall;   /* the loop's own context must run before the next ready coroutine */
    bool via_loop; /* the ring holds coroutines, and each suspends to the loop's own context */
    struct coroutine *running; /* only with `via_loop` */
    struct worker *worker;     /* its jobs count for this worker; NULL: it runs none. Opaque here */
    struct shared_stack shared;
    struct loop_options options;
    int64_t idle_ns;        /* time in which no coroutine was ready */
    struct context context; /* the loop's own: the caller of loop_step */
    struct coroutine *free; /* list of ended coroutines, with their stacks */
    size_t spawned;         /* tasks that have not ended, without jobs */
    struct timers timers;
    struct stack_allocator stacks;
    size_t coroutines;   /* made so far */
    struct fd_wait *fds; /* by descriptor */
    int fds_capacity;
    int fd_waits;     /* waiters in `fds` */
    bool trusts;      /* some may be `trusted` */
    int64_t doubt_ns; /* when to look at these; 0: not set yet */
    int epoll_fd;
    int timer_fd;     /* in epoll: ends a wait at its deadline */
    int wake_fd;      /* in epoll: an eventfd that ends a wait after a post; -1: no inbox */
    int64_t armed_ns; /* deadline of timer_fd; 0: none */
    /* task_block and task_fail of its tasks, set by the maker of the loop. NULL: calls run in
     * place; only task_error has the message. */
    int (*block)(struct coroutine *self, int (*fn)(void *arg), void *arg);
    void (*fail)(struct task *task, const char *text);
    struct break_hook hooks; /* head of a circular list, the oldest hook first */
    const void *serves;      /* the pool whose calls it claims, between switches too; NULL: none */
    _Atomic bool sleeps;     /* it waits or will wait, and may start a call. Set by its server */
    _Atomic(struct loop_post *) inbox; /* the newest first; for all threads */
    _Atomic int posters;               /* threads in loop_post */
    bool ends;                         /* in loop_free: submitted calls do not run any more */
    size_t expected; /* posts that will come; one more if they may come at any time. If 0, tasks
                        that wait for nothing else wait for each other */
};

/* How every kind of coroutine blocks. */
#define LOOP_TASK_OPS                                                                              \
    {                                                                                              \
        .in_loop = true, .sleep_until = loop_sleep_until, .yield = loop_yield,                     \
        .wait_fd = loop_wait_fd, .block = loop_block, .fail = loop_fail,                           \
    }
int loop_wait_fd(struct task *task, int fd, int events, int64_t deadline_ns);
int loop_sleep_until(struct task *task, int64_t deadline_ns);
int loop_yield(struct task *task);
int loop_block(struct task *task, int (*fn)(void *arg), void *arg);
void loop_fail(struct task *task, const char *text);

/* Makes an empty loop. The options are those of pconc/loop.h, with a stack size. */
int loop_init(
    struct loop *loop, const struct loop_options *options, struct diag *diag) PCONC_CHECKED;

/* Frees everything, also suspended coroutines of a broken loop, but not what they hold. */
void loop_release(struct loop *loop);

/* A coroutine of `kind` with task.job -1, which begins at the first switch to it. NULL with errno:
 * no memory. */
struct coroutine *loop_coroutine(struct loop *loop, const struct coroutine_kind *kind);

/* Makes an ended coroutine with `kept` set available for reuse. */
void loop_recycle(struct coroutine *coroutine);

/* The coroutine with `address` in the guard below its stack, or NULL. Safe in a signal handler of
 * the loop's thread. */
const struct coroutine *loop_find_overflow(const struct loop *loop, const void *address);

/* Whether `pointer` points into a shared stack. What lies there is moved away while its task is
 * suspended, so no other task or thread may use it. */
static inline bool loop_shares(const struct loop *loop, const void *pointer) {
    return (const char *)pointer >= loop->shared.low && (const char *)pointer < loop->shared.top;
}

/* Whether no coroutine is ready: loop_step would wait. */
static inline bool loop_is_idle(const struct loop *loop) {
    return loop->ready.count == 0;
}

/*
 * From the loop's own context.
 */

/* Sets `recall`: the loop's own context runs before the next ready coroutine. */
void loop_recall(struct loop *loop, bool recall);

/* Runs `coroutine`, and then ready ones until the loop has other work. -ENOMEM: `coroutine` did not
 * run, as there is no memory for the frames of the suspended one. */
int loop_resume(struct loop *loop, struct coroutine *coroutine) PCONC_CHECKED;

/* Runs what is ready; if nothing is, waits for an event first. 0, or a negative errno with `diag`:
 * the system refused to wait, or all tasks wait for each other. The loop is broken then, and its
 * hooks have been called; it must not be stepped again. */
int loop_step(struct loop *loop, struct diag *diag) PCONC_CHECKED;

/* Calls the hooks and removes them. loop_step does this. */
void loop_break(struct loop *loop, const struct diag *why);

void loop_add_hook(struct loop *loop, struct break_hook *hook);
static inline void loop_remove_hook(struct break_hook *hook) {
    hook->previous->next = hook->next;
    hook->next->previous = hook->previous;
}

/*
 * From coroutines.
 */

/* Suspends it until loop_ready is called for it. Nothing else ends that wait. */
void loop_suspend(struct coroutine *self);

/* Puts a suspended coroutine, never the running one, behind the ready ones. */
void loop_ready(struct coroutine *coroutine);

/* Suspends it until loop_wake, and returns the code passed there. Or: -ETIMEDOUT at the deadline;
 * -ECANCELED, at once if it was cancelled before; -ENOMEM. All waits that can be cancelled use
 * this. */
int loop_wait(struct coroutine *self, int64_t deadline_ns);

/* Ends the coroutine's wait. False: it does not wait, or was woken before. */
bool loop_wake(struct coroutine *coroutine, int code);

/* Ends its wait with -ECANCELED; if it does not wait, its next wait. */
void loop_cancel(struct coroutine *coroutine);

/* `fd` is a new file, whatever had its number before. No task waits for it. */
void loop_adopt_fd(struct loop *loop, int fd);

/* Whether a read of `fd` finds nothing until another event comes. */
static inline bool loop_has_drained(const struct loop *loop, int fd) {
    return fd >= 0 && fd < loop->fds_capacity && loop->fds[fd].drained;
}

/* A read of `size` bytes from `fd` got `got`. Fewer bytes of a connection are all there was
 * (epoll(7), questions and answers, 9). */
static inline void loop_note_read(struct loop *loop, int fd, size_t got, size_t size) {
    if (fd >= loop->fds_capacity)
        return;
    struct fd_wait *wait = &loop->fds[fd];
    wait->drained = wait->connection && wait->registered && !wait->ended && got > 0 && got < size;
}

/* `fd` is about to be closed: the wait for it ends with -EBADF. */
void loop_drop_fd(struct loop *loop, int fd);

/*
 * What other threads post (loop_inbox.c).
 */

/* Makes the inbox, which takes a descriptor. Before the first loop_post. */
int loop_open_inbox(struct loop *loop, struct diag *diag) PCONC_CHECKED;

/* From any thread: the loop runs `post` soon; if it waits, it wakes up. Posts of one thread run in
 * their order. The loop may be released as soon as `post` has run: loop_release waits for this
 * function to return. */
void loop_post(struct loop *loop, struct loop_post *post);

static inline bool loop_has_posts(struct loop *loop) {
    return atomic_load_explicit(&loop->inbox, memory_order_relaxed) != NULL;
}

/* Runs posts until one of them has set *came. It is in the inbox, or another thread is about to
 * post it. */
void loop_run_posts_until(struct loop *loop, const bool *came);

#endif
