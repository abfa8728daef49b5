/* SPDX-License-Identifier: MIT */
#ifndef FUTURE_QUEUE_MEMORY_H
#define FUTURE_QUEUE_MEMORY_H

#include "cpus.h"
#include "queue.h"
#include "wake_word.h"

/*
 * The inside of struct queue, for the files that make it up.
 *
 * A record is named by the cache lines from the start of the mapping to it, never 0. Submitters
 * take free ones, write them and put their names into the ring `queued`; workers claim from there
 * by moving `head`. Whoever is through with a record puts its name into the ring `returned`, from
 * where submitters take it, leaving 0. Both rings have room for all records, so that they never
 * overflow. Positions in them only grow. Who gives back a handle puts the record on a stack of the
 * submitters instead, `spare`, under their lock.
 */

/* Free records that a worker collects before it returns them. One by one costs 8% more time per
 * empty call (33 instead of 31 ns, 2 threads). */
#define RECORDS_HELD_BACK 16
#define TEXTS 64 /* sentences of failed calls that are kept at a time */
#define TEXT_SIZE sizeof((struct tally *)0)->failed_text
#define TEXT_LOST UINT32_MAX /* as `text`: it was lost with its worker; queue->lost says why */

/* In the state word, above the flags: counts how often the record was used. */
#define STATE_GENERATION ((uint32_t)1 << 8)

/* Who writes at different times writes to lines of his own. */
struct queue_memory { /* NOLINT(clang-analyzer-optin.performance.Padding) */
    /* Seldom written: */
    struct queue *queue;        /* first: future_queue() reads it */
    _Atomic uint32_t starved;   /* a submitter sleeps for want of records */
    _Atomic uint32_t wakes;     /* that it sleeps on */
    _Atomic uint32_t listeners; /* in use: event_fd is to be written to */
    _Atomic uintptr_t ended; /* calls with hooks that ended in other processes: the last one, which
                                has the one before it as its `target` */
    _Alignas(CACHE_LINE) _Atomic uint64_t tail;     /* queued[] is filled up to here */
    _Alignas(CACHE_LINE) _Atomic uint64_t head;     /* and claimed up to here */
    _Alignas(CACHE_LINE) _Atomic uint64_t returned; /* places in returned[] given out */
    /* The submitters' own: */
    _Alignas(CACHE_LINE) _Atomic uint32_t lock; /* of all below */
    uint32_t fresh;                             /* records used at least once */
    uint32_t spares;                            /* in spare[] */
    uint64_t reused;                            /* returned[] is taken up to here */
    int64_t handles;                            /* that are out */
    int64_t lent;                               /* of them, see queue_submit_lent */
    bool closed;                                /* takes no more */
    bool freed;                                 /* goes with the last handle */
    _Atomic uint64_t texts_used;                /* one bit per slot; any failing call's */
    char texts[][TEXT_SIZE];                    /* TEXTS; of a call that stands alone one */
};

static inline struct future *queue_record(const struct queue *queue, uint32_t lines) {
    return (struct future *)((char *)queue->memory + (size_t)lines * CACHE_LINE);
}

/* What a worker process wakes at the end of a call that has a hook. */
static inline _Atomic(struct wake_word *) *queue_wake_word(
    const struct queue *queue, const struct future *future) {
    size_t at = (size_t)((const unsigned char *)future - queue->records);
    return &queue->wake_words[at / queue->stride];
}

static inline bool state_is_unfinished(uint32_t state) {
    return future_phase(state) == STATE_PENDING || future_phase(state) == STATE_RUNNING;
}

/* Whether a submitter sleeps for want of records. Sequentially consistent. */
static inline bool queue_is_starved(struct queue *queue) {
    return atomic_load_explicit(&queue->memory->starved, memory_order_seq_cst) != 0;
}

/* For workers that collect records: as future_end, but where it returns true the record is to be
 * given back by the caller. */
bool future_finish(struct future *future, int code);

/* Gives records back, by their names. */
void queue_return(struct queue *queue, const uint32_t *lines, uint32_t count);

/* Wakes submitters who starve. */
void queue_wake_starved(struct queue *queue);

/* Submitters' lock: held for some tens of instructions. */
void queue_lock(struct queue *queue);
void queue_unlock(struct queue *queue);

/* Wakes and calls the hooks, as the flags in `old` ask for. `call` may be free already unless it
 * has a hook. */
void future_tell(struct future *future, uint32_t old, bool shared);

/* Where the call runs in another process than those who wait: has one of them call its hooks. */
void future_push_ended(struct future *future);

/* Calls the hooks that were not. */
void future_run_hooks(struct future *future);

/* Takes off the hooks of a future that is about to be freed, and tells their owners. */
void future_drop_hooks(struct future *future);

/* Its sentence is wanted no more. */
void future_forget_text(struct future *future);

/* Frees a call of future_alone, when both its ends are through with it. */
void queue_free_alone(struct queue *queue);

/* Gives one handle back, and the record where `record` is not NULL; with the last handle after
 * queue_free, everything. */
void queue_drop_handle(struct queue *queue, struct future *record, bool lent);

/* Sleeps while *word is `seen`, a word in the mapping; where workers are processes not for long,
 * and looks whether one has died. -ETIMEDOUT at the deadline; else 0, also for no reason. */
int queue_sleep(
    struct queue *queue, _Atomic uint32_t *word, uint32_t seen, int64_t deadline_ns) PCONC_CHECKED;

/* A reference to the pool, as a handle is. */
void queue_hold(struct queue *queue);
void queue_let_go(struct queue *queue);

/* Where queue->runs: runs them in the calling thread until over(arg); codes as of the driver's
 * `run` and of queue_await_room. */
int queue_run(struct queue *queue, bool (*over)(void *arg), void *arg, int64_t deadline_ns);

/* Runs calls in the calling thread, which must be the pool's opener, until over(arg). -EDEADLK:
 * that will never be, or a call of the pool asks. */
int queue_run_until(struct queue *queue, bool (*over)(void *arg), void *arg, int64_t deadline_ns);

/* A worker process that died is noticed in this time. */
#define LOOK_NS (20 * NS_PER_MS)

/* How often a waiter gives the CPU away and looks again before it sleeps. */
#define LOOKS_BEFORE_SLEEP 16

/* Gives the CPU away a few times until over(arg). Whether it is. */
bool look_a_little(bool (*over)(void *arg), void *arg);

#endif
