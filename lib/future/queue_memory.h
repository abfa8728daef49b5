/* SPDX-License-Identifier: MIT */
#ifndef FUTURE_QUEUE_MEMORY_H
#define FUTURE_QUEUE_MEMORY_H

#include "cpus.h"
#include "queue.h"
#include "wake_word.h"

/*
 * The inside of struct queue, for the files that implement it.
 *
 * A record's name is the number of cache lines from the start of the mapping to it, never 0.
 * Submitters take free records, write them and put their names into the ring `queued`; workers
 * claim from there by moving `head`. Ended records go into the ring `returned`, where submitters
 * take them and leave 0. Both rings have room for all records, and positions in them only grow.
 * future_free puts a record on the stack `spare` instead, under the lock of the submitters.
 */

/* Free records that a worker collects before it returns them. Returning them one by one takes 8%
 * more time per empty call (33 instead of 31 ns, 2 threads). */
#define RECORDS_HELD_BACK 16
#define TEXTS 64 /* messages of failed calls that are kept at a time */
#define TEXT_SIZE sizeof((struct tally *)0)->failed_text
#define TEXT_LOST UINT32_MAX /* as `text`: the call was lost; queue->lost is its message */

/* In the state word, above the flags: counts how often the record was used. */
#define STATE_GENERATION ((uint32_t)1 << 8)

/* Fields with different writers are on different cache lines. */
struct queue_memory { /* NOLINT(clang-analyzer-optin.performance.Padding) */
    /* Seldom written: */
    struct queue *queue;        /* first: future_queue() reads it */
    _Atomic uint32_t starved;   /* a submitter waits for a free record */
    _Atomic uint32_t wakes;     /* futex word of such submitters */
    _Atomic uint32_t listeners; /* in use: worker processes write to event_fd */
    _Atomic uintptr_t ended;    /* list of calls with hooks that ended in worker processes: the last
                                   one, whose `target` is the one before */
    _Alignas(CACHE_LINE) _Atomic uint64_t tail;     /* queued[] is filled up to here */
    _Alignas(CACHE_LINE) _Atomic uint64_t head;     /* and claimed up to here */
    _Alignas(CACHE_LINE) _Atomic uint64_t returned; /* places of returned[] given out */
    /* Of the submitters: */
    _Alignas(CACHE_LINE) _Atomic uint32_t lock; /* of all below */
    uint32_t fresh;                             /* records used at least once */
    uint32_t spares;                            /* in spare[] */
    uint64_t reused;                            /* returned[] is taken up to here */
    int64_t handles;                            /* not given back */
    int64_t lent;                               /* those of queue_submit_lent */
    bool closed;                                /* takes no more calls */
    bool freed;                                 /* queue_free was called */
    _Atomic uint64_t texts_used;                /* one bit per slot; any failing call's */
    char texts[][TEXT_SIZE];                    /* TEXTS; 1 for future_alone */
};

static inline struct future *queue_record(const struct queue *queue, uint32_t lines) {
    return (struct future *)((char *)queue->memory + (size_t)lines * CACHE_LINE);
}

/* The word that a worker process wakes when a call with a hook has ended. */
static inline _Atomic(struct wake_word *) *queue_wake_word(
    const struct queue *queue, const struct future *future) {
    size_t at = (size_t)((const unsigned char *)future - queue->records);
    return &queue->wake_words[at / queue->stride];
}

static inline bool state_is_unfinished(uint32_t state) {
    return future_phase(state) == STATE_PENDING || future_phase(state) == STATE_RUNNING;
}

/* Whether a submitter waits for a free record. Sequentially consistent. */
static inline bool queue_is_starved(struct queue *queue) {
    return atomic_load_explicit(&queue->memory->starved, memory_order_seq_cst) != 0;
}

/* Like future_end, but if it returns true the caller returns the record (queue_return). */
bool future_finish(struct future *future, int code);

/* Returns free records, by their names. */
void queue_return(struct queue *queue, const uint32_t *lines, uint32_t count);

/* Wakes submitters that wait for a free record. */
void queue_wake_starved(struct queue *queue);

/* A spin lock, held for some tens of instructions. */
void queue_lock(struct queue *queue);
void queue_unlock(struct queue *queue);

/* Wakes threads and calls hooks, by the flags in `old`, the state before the end. Without hooks the
 * record may already be free. */
void future_tell(struct future *future, uint32_t old, bool shared);

/* In a worker process: makes a waiting thread call the hooks (queue_take_ended). */
void future_push_ended(struct future *future);

/* Calls the hooks that were not called yet. */
void future_run_hooks(struct future *future);

/* Removes the hooks of a future that is being freed, and calls their `dropped`. */
void future_drop_hooks(struct future *future);

/* Frees the slot of its message. */
void future_forget_text(struct future *future);

/* Frees a queue of future_alone. */
void queue_free_alone(struct queue *queue);

/* Gives back a handle, and `record` unless it is NULL. The last handle after queue_free frees the
 * queue. */
void queue_drop_handle(struct queue *queue, struct future *record, bool lent);

/* Sleeps while *word, in the mapping, is `seen`. If workers are processes, wakes now and then to
 * check whether one has died. -ETIMEDOUT at the deadline; otherwise 0, possibly too early. */
int queue_sleep(
    struct queue *queue, _Atomic uint32_t *word, uint32_t seen, int64_t deadline_ns) PCONC_CHECKED;

/* Takes a reference to the queue, like a handle, and gives it back. */
void queue_hold(struct queue *queue);
void queue_let_go(struct queue *queue);

/* If queue->runs: runs calls in the calling thread until over(arg). Codes of queue_host.run and
 * queue_await_room. */
int queue_run(struct queue *queue, bool (*over)(void *arg), void *arg, int64_t deadline_ns);

/* The same; -EDEADLK if over(arg) can never hold, or not in this thread. */
int queue_run_until(struct queue *queue, bool (*over)(void *arg), void *arg, int64_t deadline_ns);

/* How soon a waiting thread notices that a worker process has died. */
#define LOOK_NS (20 * NS_PER_MS)

/* How often a waiter yields the CPU and looks again before it sleeps. */
#define LOOKS_BEFORE_SLEEP 16

/* Yields the CPU a few times until over(arg). Returns over(arg). */
bool look_a_little(bool (*over)(void *arg), void *arg);

#endif
