/* SPDX-License-Identifier: MIT */
#ifndef LOOP_COROUTINE_H
#define LOOP_COROUTINE_H

#include <stdbool.h>
#include <stdint.h>

#include "context.h"
#include "task_ops.h"
#include "timers.h"

/* The record of a task in an event loop. Only for the thread of its loop. */

struct coroutine;
struct loop;

/* What coroutines of one kind do. A coroutine calls run(self) on its stack, then end(self, code of
 * run). If `end` returns true, it starts again; else it can be reused, unless `end` has set `kept`.
 *
 * On a shared stack every byte of the frame of `run` is copied with the task, so a tail call is the
 * best end for `run`. */
struct coroutine_kind {
    struct task_ops ops; /* LOOP_TASK_OPS; task.ops points to it */
    int (*run)(struct coroutine *self);
    bool (*end)(struct coroutine *self, int code);
};

/* A task's wait for the end of other tasks (task_tree.c). */
struct task_join {
    struct coroutine *failed; /* the first that failed; NULL: none */
    uint32_t pending;         /* tasks that have not ended */
    bool fail_fast;           /* the first that fails ends the wait */
    bool drains;              /* suspended until all have ended; nothing else ends the wait */
};

/* A task's place in the list of waiters for a permit or an item (sync.c). */
struct task_waiter {
    struct task_waiter *next, *previous;
    void *item; /* it puts, or it got */
};

/* How the words of its frames were copied out (loop_shared_stack.c). */
struct parked {
    uint32_t words : 24; /* in the copy */
    uint32_t unused : 2; /* below them, not copied */
    uint32_t common : 6; /* above them, not copied */
};
#define PARKED_WORDS_MAX ((1u << 24) - 1)

struct coroutine {
    union {
        struct task task; /* first: a pointer to the task is one to the coroutine */
        struct {
            const struct coroutine_kind *kind; /* task.ops */
            struct loop *loop;                 /* task.loop */
        };
    };
    struct context context; /* its sp points to the copy of the frames, if there is one */
    int woken_with;         /* the result of loop_wait; after the end, of the task's function */
    /* Those that it owns and that have not ended. Not in one word with `over`: the compiler would
     * load both at once after a store to one, and the processor would wait for that. */
    uint32_t children;
    struct parked parked;    /* all 0: its frames were not copied out */
    bool waits : 1;          /* in loop_wait, and not woken yet */
    bool sleeps : 1;         /* it waits for its deadline only */
    bool waits_fd : 1;       /* it is the waiter of the descriptor wait.fd */
    bool cancelled : 1;      /* its next wait ends at once */
    bool queued : 1;         /* `waiter` is in a list */
    bool kept : 1;           /* it has ended, and is not free before loop_recycle */
    bool detached : 1;       /* no task will ask for its result */
    bool awaited : 1;        /* its owner waits for it in a task_join */
    bool over : 1;           /* only children that have not ended still need its record */
    struct timer timer;      /* for the deadline of its wait */
    struct coroutine *owner; /* the one that awaits it, or that started it; NULL: none */
    struct coroutine *ended; /* list of the children that it owns and that have ended */
    char *error;             /* for task_error, on the heap; NULL: none */
    union {                  /* for what it does now, one at a time */
        struct task_start {
            task_function *fn;
            void *arg;
        } start; /* it has not run yet */
        struct {
            int fd, events;
        } wait; /* for a descriptor */
        struct task_join join;
        struct task_waiter waiter;
        struct {
            struct coroutine *next, *previous;
        }; /* it is free, or in the list `ended` of its owner */
    };
};

/* Runs the coroutine `arg` on a stack of its own, again and again. Never returns. */
void coroutine_main(void *arg);

/* Ends a run of the coroutine, called by itself. True: it starts again at once. False: it must
 * suspend. */
bool coroutine_ended(struct coroutine *self, int code);

#endif
