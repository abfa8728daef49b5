/* SPDX-License-Identifier: MIT */
#ifndef FUTURE_QUEUE_H
#define FUTURE_QUEUE_H

#include <pconc/future.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * The calls of a pool: a queue, and a record of each call, the future. Both lie in one mapping that
 * worker processes share. Workers take no lock in it, so that one can die anywhere and the others
 * go on.
 *
 * Life of a call: queue_submit writes a record and queues it; a worker claims it (queue_claim),
 * runs it (future_run) and ends it (future_end). The record is free again when the call has ended,
 * its place in the queue was passed, and its handle, if there is one, was given back.
 *
 * An executor that takes calls
 *   - has `post` in its driver, which makes one of its threads claim the call; or has `run` in its
 *     queue_host, which lets the waiting thread claim and run calls;
 *   - runs each call with a struct task whose job is future_task_job(future) (pool_task.h) and
 * whose worker is the one that runs it: task_fail and task_is_cancelled find the call there;
 *   - may have `cancel` in its queue_host, to end what a running call waits for.
 */

/* The state of a call: a phase and flags. */
enum {
    STATE_FREE,      /* the record is not in use */
    STATE_PENDING,   /* queued, not claimed */
    STATE_RUNNING,   /* claimed */
    STATE_DONE,      /* ended; `code` and the result are final */
    STATE_CANCELLED, /* before it was claimed */
    STATE_PHASE = 7, /* mask of the phases */

    STATE_WAITED = 8,   /* a thread sleeps on the state word: wake it at the end */
    STATE_HOOKED = 16,  /* there are hooks to call at the end; the record stays until then */
    STATE_DROPPED = 32, /* there is no handle, or it was given back */
    STATE_PASSED = 64,  /* cancelled, and its place in the queue was passed */
    STATE_STOP = 128,   /* running, and asked to stop */
};

/* Called once when a call has ended. A call can have many. A hook belongs to its call from
 * future_add_hook to future_remove_hook; it must not lie on the stack of a suspended coroutine. */
struct future_hook {
    /* Under the lock of the queue: short, and never waits (loop_post may be called). By the thread
     * that ended the call; if workers are processes, by any thread that waits for the pool. */
    void (*ended)(struct future_hook *self);
    /* The future was freed and the hook removed. NULL: nothing to do. */
    void (*dropped)(struct future_hook *self);
    struct future_hook *next; /* of the same call */
    _Atomic bool called;      /* `ended` was called */
};

/* The record of a call. Behind it lie the argument, the result, and the executor's own part
 * (future_extra), each aligned to 16. */
struct future {
    _Atomic uint32_t state;
    int32_t code;     /* what the function returned, once the call has ended */
    uint32_t lines;   /* cache lines from the start of the mapping to here: the record's name */
    uint32_t text;    /* its message: 1 + the index of a slot; 0: none. The worker's while the call
                         runs, then the handle's */
    uintptr_t target; /* address of the function; its index if workers are processes */
    struct future_hook *hooks; /* under queue_lock */
};

struct queue_memory; /* the mapping; in queue_memory.h */
struct listener;
struct wake_word;

/* How the queue reaches the pool or loop that runs its calls. `run` is called by the opener; the
 * others by any thread, under queue->mutex. NULL: there is nothing to do. */
struct queue_host {
    /* Claims and runs calls until over(arg), which it asks before each. 0; -ETIMEDOUT at the
     * deadline, which it checks between calls; -EAGAIN: no call is left to run; -EDEADLK: called
     * from a job or call of the pool. NULL: workers run the calls. */
    int (*run)(void *context, bool (*over)(void *arg), void *arg, int64_t deadline_ns);

    /* Makes a sleeping `run` ask `over` again. */
    void (*wake)(void *context);

    /* A running call was asked to stop; its task may wait in a loop. NULL: the call only sees it
     * with task_is_cancelled. */
    void (*cancel)(void *context, struct future *future);

    /* The pool is broken from now on. */
    void (*break_down)(void *context);

    /* Only where workers are processes. `watch` adds descriptors to an epoll instance,
     * edge-triggered, that become readable when a worker dies. `look` reports a dead worker in
     * *diag. `kill` kills all workers and returns when none runs any more. */
    int (*watch)(void *context, int epoll_fd);
    int (*look)(void *context, struct diag *diag);
    void (*kill)(void *context);
};

/* The part of this process. Forked workers have a copy at the same address, which the mapping
 * names.
 */
struct queue {
    struct queue_memory *memory;
    call_function *const *functions; /* a copy, ended by NULL; NULL: any function */
    size_t function_count;
    size_t argument_size, result_size; /* as in struct call_options */
    uint32_t argument_at, result_at, extra_at;
    uint32_t stride;   /* bytes from record to record */
    uint32_t capacity; /* records */
    bool shared;       /* workers are processes */
    bool runs;         /* calls run in the waiting thread: host->run */
    bool alone;        /* of future_alone */
    int event_fd;      /* eventfd that worker processes write to for listeners; -1: none */
    size_t size;       /* bytes of the mapping */
    uint32_t ring_mask;
    _Atomic uint32_t *queued, *returned; /* see queue_memory.h */
    uint32_t *spare;
    _Atomic(struct wake_word *) *wake_words; /* by record, if `shared`: for calls with hooks */
    unsigned char *records;

    pthread_t opener;    /* if `runs`, the only thread that may run calls */
    _Atomic bool broken; /* `lost` is set, and calls that have not ended fail */

    pthread_mutex_t mutex;         /* of all below; worker processes never take it */
    const struct queue_host *host; /* NULL: none, or it is being closed */
    void *context;                 /* the host's: a pool or a loop */
    struct listener *listeners;
    struct diag lost; /* why the pool is broken; code 0 if it is not */
};

struct queue_options {
    struct call_options calls;
    size_t extra_size;             /* bytes of the executor's part of each record */
    const struct queue_host *host; /* borrowed until queue_forget_host; NULL: none */
    void *context;
    bool shared; /* as in struct queue */
    bool alone;  /* set by future_alone */
    int workers; /* that each may keep a few free records */
};

/* Called before any worker exists. After queue_free the mapping lives until the last future is
 * freed. */
int queue_new(
    const struct queue_options *options, struct queue **ret_queue, struct diag *diag) PCONC_CHECKED;
void queue_free(struct queue *queue);

/* No thread calls the host after this. */
void queue_forget_host(struct queue *queue);

/* A call without a pool, for loop_submit: it is not queued, and future_start claims it. Of
 * `options` only the sizes and the host's `cancel` are used. */
int future_alone(call_function *fn, const void *argument, const struct queue_options *options,
    struct future **ret_future, struct diag *diag) PCONC_CHECKED;

/* Claims a call that is not in a queue. False: it was cancelled, and has ended. */
bool future_start(struct future *future);

/* Queues a call; the caller then calls the driver's `post`. *ret_future is the handle; NULL:
 * without one. -EAGAIN: no record is free; -EINVAL: the function is not listed, or the argument too
 * large. From any thread. */
int queue_submit(struct queue *queue, call_function *fn, const void *argument, size_t argument_size,
    struct future **ret_future, struct diag *diag) PCONC_CHECKED;

/* Whether queue_submit would take such a call: 0, or -EINVAL. */
int queue_check(
    struct queue *queue, call_function *fn, size_t argument_size, struct diag *diag) PCONC_CHECKED;

/* Queues fn(&pointer), listed or not. Not where workers are processes. Codes of queue_submit. */
int queue_submit_pointer(struct queue *queue, call_function *fn, void *pointer,
    struct future **ret_future) PCONC_CHECKED;

/* Like queue_submit, for a caller that gives the handle back (future_give_back) as soon as the call
 * has ended: queue_await_room may wait for that. */
int queue_submit_lent(struct queue *queue, call_function *fn, const void *argument,
    size_t argument_size, struct future **ret_future, struct diag *diag) PCONC_CHECKED;

/* If `runs`: makes the opener look again after a queued call was cancelled. */
void queue_wake_opener(struct queue *queue);

/* Takes no more calls. */
void queue_close(struct queue *queue);

/* Cancels all queued calls. */
void queue_cancel_all(struct queue *queue);

/* Waits until all calls submitted so far have ended: pool_drain. -EPERM, -EDEADLK: as
 * queue_await_room. */
int queue_drain(struct queue *queue, int64_t deadline_ns) PCONC_CHECKED;

/* Waits until a record may be free. -EAGAIN: all calls have ended and none will be free. If `runs`,
 * -EPERM in another thread than the opener, -EDEADLK in a call or job of the pool. */
int queue_await_room(struct queue *queue) PCONC_CHECKED;

/* Whether all records are held by handles of calls that have ended: only future_free makes room. */
bool queue_is_stuck(struct queue *queue);

/* The pool cannot go on because of `why`; the first reason stays. It takes no more calls. Queued
 * calls fail with -EOWNERDEAD. Running calls are asked to stop, or fail if workers are processes,
 * which are killed. From any thread. */
void queue_break(struct queue *queue, const struct diag *why);

/* Breaks the pool if a worker process has died. */
void queue_check_workers(struct queue *queue);

/* What a worker knows of the queue; zeroed at first, and used by no other worker. */
struct queue_view {
    uint64_t tail;  /* the queue is filled up to here; to look moves a cache line between CPUs */
    bool streaming; /* there were calls at the last look */
    bool yields;    /* set by workers that have nothing else to do: yield to a fast submitter */
};

/* For workers, any number of threads or processes. Returns the next call, in the order of
 * submission, now running; NULL: none is queued. */
struct future *queue_claim(struct queue *queue, struct queue_view *view);

/* Whether a call is queued. Sequentially consistent with queue_submit: a worker that announces its
 * sleep, fences, and then finds no call here is woken by the `post` of the next call. */
bool queue_has_calls(struct queue *queue);

/* Runs the function of a claimed call. Its result is for future_end. */
int future_run(struct future *future, struct task *task);

/* Ends a claimed call: wakes waiting threads and calls the hooks. Frees the record if there is no
 * handle. If the executor has posted something for the call (`cancel`), it must have arrived. */
void future_end(struct future *future, int code);

/* The mapping begins with the address of its struct queue. */
static inline struct queue *future_queue(const struct future *future) {
    return *(struct queue *const *)((const char *)future - (size_t)future->lines * 64);
}

/* The executor's part of the record: extra_size bytes, aligned to 16, not initialised. */
static inline void *future_extra(struct future *future) {
    return (char *)future + future_queue(future)->extra_at;
}

/* Whether a running call was asked to stop. */
static inline bool future_should_stop(const struct future *future) {
    return atomic_load_explicit(&future->state, memory_order_acquire) & STATE_STOP;
}

/* task_fail and task_error of a task that runs a call. */
void future_note_failure(struct future *future, const char *text);
const char *future_failure(const struct future *future);

/* Fails a running call because what ran it is lost; by the thread that ran it. `why` is used for a
 * call without a pool; other calls have queue->lost. */
void future_lose(struct future *future, const struct diag *why);

/* future_free. `lent`: the handle is from queue_submit_lent. */
void future_give_back(struct future *future, bool lent);

static inline uint32_t future_phase(uint32_t state) {
    return state & STATE_PHASE;
}
static inline bool future_has_ended(struct future *future) {
    uint32_t phase = future_phase(atomic_load_explicit(&future->state, memory_order_acquire));
    return phase == STATE_DONE || phase == STATE_CANCELLED;
}

/* Sets a flag of the state. False: the call has ended already. */
bool future_mark(struct future *future, uint32_t flag);

/* Has hook->ended called at the end. False: the call has ended already, and the hook is not added.
 * If the call runs in a worker process, its end wakes `word`, and the woken thread calls
 * queue_take_ended; NULL: a listener does. */
bool future_add_hook(struct future *future, struct future_hook *hook, struct wake_word *word);

/* Returns whether hook->ended was not called, and never will be. */
bool future_remove_hook(struct future *future, struct future_hook *hook);

/* If workers are processes: calls the hooks of calls that have ended, for all threads that wait. */
void queue_take_ended(struct queue *queue);

#endif
