/* SPDX-License-Identifier: MIT */
#ifndef FUTURE_QUEUE_H
#define FUTURE_QUEUE_H

#include <pconc/future.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * The calls that a pool takes one by one: a queue of them, and a record of each, which is the
 * future. They lie in one mapping, which worker processes share. Nothing that a worker does to it
 * takes a lock, so that one can die anywhere and the others and the pool go on.
 *
 * Life of a call: queue_submit writes its record and queues it; a worker claims it (queue_claim),
 * runs it (future_run) and ends it (future_end). The record is free again once the call has ended,
 * its place in the queue was passed, and the handle, where there is one, was given back.
 *
 * An executor that takes calls
 *   - has an entry `post` in its driver: some thread of its own, told by it, claims the call. Or
 *   - has an entry `run` in its queue_host: calls are claimed and run by the thread that waits for
 * them;
 *   - gives each call that it claims a struct task with `future_task_job(call)` (pool_task.h) as
 * its job, by which task_fail and task_is_cancelled find it. task->worker is the worker that runs
 * it;
 *   - may learn that a running call was cancelled (entry `cancel` of its queue_host).
 */

/* The state of a call: one phase, and what was asked about it. */
enum {
    STATE_FREE,      /* its record waits to be used */
    STATE_PENDING,   /* queued, not claimed */
    STATE_RUNNING,   /* claimed */
    STATE_DONE,      /* ended: `code` and the result stand */
    STATE_CANCELLED, /* before it was claimed */
    STATE_PHASE = 7, /* mask of these */

    STATE_WAITED = 8,   /* a thread sleeps on the state word: wake it at the end */
    STATE_HOOKED = 16,  /* call the hooks at the end: until then the record is not free */
    STATE_DROPPED = 32, /* there is no handle, or it was given back */
    STATE_PASSED = 64,  /* cancelled, and its place in the queue was passed */
    STATE_TOLD = 128,   /* running, and told that it is cancelled */
};

/* What is called, once, when a call has ended. It is linked to its call from future_add_hook to
 * future_remove_hook, and must not lie on the stack of a suspended coroutine. A call may have many.
 */
struct future_hook {
    /* Under the lock of the call's pool: must be short and may not wait, as loop_post. By the
     * thread that ended the call, or where workers are processes by any thread that waits for the
     * pool. */
    void (*ended)(struct future_hook *self);
    /* The future was freed first, and the hook taken off. NULL: nobody wants to know. */
    void (*dropped)(struct future_hook *self);
    struct future_hook *next; /* of the same call */
    _Atomic bool called;      /* `ended` was */
};

/* A call's record. The argument follows behind it, then the result, then what the executor keeps
 * with the call (future_extra), each aligned to 16. */
struct future {
    _Atomic uint32_t state;
    int32_t code;     /* what it returned; stands once it has ended */
    uint32_t lines;   /* cache lines from the start of the mapping to here: names the record */
    uint32_t text;    /* its sentence, 1 + the index of a slot; 0: none. While it runs the worker's,
                         then the handle's */
    uintptr_t target; /* address of its function; where workers are processes its index */
    struct future_hook *hooks; /* under queue_lock */
};

struct queue_memory; /* the mapping; in queue_memory.h */
struct listener;
struct wake_word;

/*
 * How calls reach the pool, or the loop, that runs them: functions of `context`. All but `run` may
 * be called from any thread, under queue->mutex; NULL: there is nothing to do.
 */
struct queue_host {
    /* By the opener: claims and runs calls until over(arg), which is asked before each. 0;
     * -ETIMEDOUT at the deadline, looked for between calls; -EAGAIN: nothing is left that can be
     * run; -EDEADLK: one of the pool's own jobs or calls asks. NULL: workers run the calls. */
    int (*run)(void *context, bool (*over)(void *arg), void *arg, int64_t deadline_ns);

    /* `over` of a sleeping `run` may hold now. */
    void (*wake)(void *context);

    /* A running call was cancelled; its task may wait in a loop. NULL: it finds out by
     * task_is_cancelled. */
    void (*cancel)(void *context, struct future *future);

    /* The pool is broken from now on. */
    void (*break_down)(void *context);

    /* Where workers are processes. `watch` adds to an epoll instance, edge-triggered, what becomes
     * readable when workers die; `look` says with *diag whether a worker has died; `kill` kills all
     * of them and returns when none runs any more. */
    int (*watch)(void *context, int epoll_fd);
    int (*look)(void *context, struct diag *diag);
    void (*kill)(void *context);
};

/* The process's own part. Its address stands in the mapping and is the same in forked workers. */
struct queue {
    struct queue_memory *memory;
    call_function *const *functions; /* a copy, ended by NULL; NULL: any */
    size_t function_count;
    size_t argument_size, result_size; /* as in struct call_options */
    uint32_t argument_at, result_at, extra_at;
    uint32_t stride;   /* bytes from record to record */
    uint32_t capacity; /* records */
    bool shared;       /* workers are processes */
    bool runs;         /* calls run in the thread that waits: host->run */
    bool alone;        /* of future_alone */
    int event_fd;      /* eventfd that tells of the ends of calls in worker processes; else -1 */
    size_t size;       /* bytes of the queue, its rings and its records */
    uint32_t ring_mask;
    _Atomic uint32_t *queued, *returned; /* see queue_memory.h */
    uint32_t *spare;
    _Atomic(struct wake_word *) *wake_words; /* by record, where `shared`: for calls with hooks */
    unsigned char *records;

    pthread_t opener;    /* where `runs`, the one thread that may run calls */
    _Atomic bool broken; /* `lost` stands: no call ends well any more that waits or is queued */

    pthread_mutex_t mutex;         /* of all below; no worker process takes it */
    const struct queue_host *host; /* NULL: being closed, or none */
    void *context;                 /* its pool, or the loop of a call that belongs to no pool */
    struct listener *listeners;
    struct diag lost; /* why the pool is broken; code 0 while it is not */
};

struct queue_options {
    struct call_options calls;
    size_t extra_size;             /* bytes that the executor keeps with each call */
    const struct queue_host *host; /* borrowed until queue_forget_host; NULL: none */
    void *context;
    bool shared; /* as in struct queue */
    bool alone;  /* set by future_alone */
    int workers; /* each may hold back a few free records */
};

/* Before any worker exists. queue_free gives up the pool's reference: the mapping goes with the
 * last future. */
int queue_new(
    const struct queue_options *options, struct queue **ret_calls, struct diag *diag) PCONC_CHECKED;
void queue_free(struct queue *queue);

/* Forgets the host: no thread calls into it after this. */
void queue_forget_host(struct queue *queue);

/* A call that belongs to no pool, for who runs calls that somebody hands him (loop_submit): it is
 * not queued, and counts as claimed by whoever calls future_start. Of `options` it takes the sizes
 * and the host, of which it uses `cancel`. */
int future_alone(call_function *fn, const void *argument, const struct queue_options *options,
    struct future **ret_call, struct diag *diag) PCONC_CHECKED;

/* Claims a call that is not in a queue. False: it was cancelled before, and is over. */
bool future_start(struct future *future);

/* Queues a call; the caller then has a worker claim it. *ret_call is its handle; NULL: nobody
 * wants one. -EAGAIN: no record is free; -EINVAL: not listed, or too large. From any thread. */
int queue_submit(struct queue *queue, call_function *fn, const void *argument, size_t argument_size,
    struct future **ret_call, struct diag *diag) PCONC_CHECKED;

/* Whether queue_submit would take such a call: 0, or -EINVAL. */
int queue_check(
    struct queue *queue, call_function *fn, size_t argument_size, struct diag *diag) PCONC_CHECKED;

/* Queues fn(&pointer), whether or not `fn` is listed. Not where workers are processes. Codes of
 * queue_submit. */
int queue_submit_pointer(
    struct queue *queue, call_function *fn, void *pointer, struct future **ret_call) PCONC_CHECKED;

/* Where `runs`, after a queued call was cancelled: the opener may sleep in the wait for it. */
void queue_wake_opener(struct queue *queue);

/* Takes no more. */
void queue_close(struct queue *queue);

/* Cancels what is queued. */
void queue_cancel_all(struct queue *queue);

/* Waits until all calls submitted before have ended; as pool_drain, and the codes of
 * queue_await_room. */
int queue_drain(struct queue *queue, int64_t deadline_ns) PCONC_CHECKED;

/* Waits until a record may be free. -EAGAIN: none will be, all calls have ended. Where `runs`,
 * -EPERM: by another thread than the opener; -EDEADLK: from a call or job of the pool. */
int queue_await_room(struct queue *queue) PCONC_CHECKED;

/* Whether no record will ever be free unless somebody gives a future back: every one is held by the
 * handle of a call that has ended. */
bool queue_is_stuck(struct queue *queue);

/* As queue_submit; the handle is lent to somebody who gives it back (future_give_back) as soon as
 * the call has ended, without being told to. */
int queue_submit_lent(struct queue *queue, call_function *fn, const void *argument,
    size_t argument_size, struct future **ret_call, struct diag *diag) PCONC_CHECKED;

/* The pool cannot go on, for the reason in `why` (the first one stays): it takes no more calls,
 * those that are queued fail with -EOWNERDEAD, and those that run are cancelled, or where workers
 * are processes lost with them. From any thread. */
void queue_break(struct queue *queue, const struct diag *why);

/* Notices dead workers, and breaks the pool then. */
void queue_check_workers(struct queue *queue);

/* For workers. The next call, in the order of their submission, which is running then; NULL: there
 * is none (calls that were cancelled are passed over). Any number of threads and processes. `*tail`
 * is the worker's own, 0 at first: how far it knows the queue to be filled, as to look costs a
 * transfer between two CPUs' caches. */
struct future *queue_claim(struct queue *queue, uint64_t *tail);

/* Whether one is queued that nobody has claimed. Sequentially consistent with queue_submit: who
 * says that he sleeps, fences, and then finds nothing, will be told by `post`. */
bool queue_has_calls(struct queue *queue);

/* Runs a claimed call's function. What it returned, for future_end. */
int future_run(struct future *future, struct task *task);

/* The end of a claimed call: wakes who waits, and calls the hooks. The record is gone where nobody
 * holds a handle. An executor with `cancel` that posts something for a call that was
 * told (future_was_told) ends it only when that has arrived. */
void future_end(struct future *future, int code);

/* The mapping begins with the address of its struct queue. */
static inline struct queue *future_queue(const struct future *future) {
    return *(struct queue *const *)((const char *)future - (size_t)future->lines * 64);
}

/* What the executor keeps with the call: extra_size bytes, aligned to 16, not initialised. */
static inline void *future_extra(struct future *future) {
    return (char *)future + future_queue(future)->extra_at;
}

static inline bool future_was_told(const struct future *future) {
    return atomic_load_explicit(&future->state, memory_order_acquire) & STATE_TOLD;
}

/* task_fail and task_error of a task that runs a call. */
void future_note_failure(struct future *future, const char *text);
const char *future_failure(const struct future *future);

/* Ends a running call that is lost with what ran it; queue->lost says why, which for a call that
 * stands alone is noted here. By the thread that ran it. */
void future_lose(struct future *future, const struct diag *why);

/* future_free. `lent`: the handle is one of queue_submit_lent. */
void future_give_back(struct future *future, bool lent);

/*
 * For who waits.
 */

static inline uint32_t future_phase(uint32_t state) {
    return state & STATE_PHASE;
}
static inline bool future_has_ended(struct future *future) {
    uint32_t phase = future_phase(atomic_load_explicit(&future->state, memory_order_acquire));
    return phase == STATE_DONE || phase == STATE_CANCELLED;
}

/* Sets a flag of the state (STATE_WAITED). False: it has ended already. */
bool future_mark(struct future *future, uint32_t mark);

/* Has hook->ended called at the end. `word` is woken at the end of calls that run in other
 * processes, so that somebody calls queue_take_ended; NULL: a listener does. False: it has ended
 * already, and the hook is not called. */
bool future_add_hook(struct future *future, struct future_hook *hook, struct wake_word *word);

/* Takes the hook off. Whether it was never called, and never will be. */
bool future_remove_hook(struct future *future, struct future_hook *hook);

/* Where workers are processes: calls the hooks of the calls that have ended since the last time.
 * Any thread that waits for some of them does it for all. */
void queue_take_ended(struct queue *queue);

/*
 * For a loop that waits for calls of worker processes: a descriptor that is readable (poll, epoll)
 * when one of them whose call has a hook may have ended, or a worker has died. One of the tasks
 * that wait reads it, for all.
 */
struct listener {
    int fd;            /* an epoll instance; -1: no descriptor was left, look now and then */
    const void *owner; /* the loop; NULL: it is not in use */
    size_t users;      /* tasks that wait */
    bool read;         /* one of them waits for `fd` */
    void *waiting;     /* the others, a list of their own kind */
    struct listener *next;
};

/* That of `owner`, in whose thread it stays; listener_leave once for each time. NULL: no memory. */
#define LISTENER_DEATH 1 /* epoll data of what tells that a worker has died (host->watch) */

struct listener *listener_join(struct queue *queue, const void *owner);
void listener_leave(struct queue *queue, struct listener *listener);

/* Without waiting: takes the news, and ends the calls of a pool that broke. */
void listener_read(struct queue *queue, const struct listener *listener);

#endif
