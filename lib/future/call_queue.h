/* SPDX-License-Identifier: MIT */
#ifndef FUTURE_CALL_QUEUE_H
#define FUTURE_CALL_QUEUE_H

#include "calls.h"
#include "cpus.h"
#include "wake_word.h"

/*
 * The inside of struct calls, for the files that make it up.
 *
 * A record is named by the cache lines from the start of the mapping to it, never 0. Submitters
 * take free ones, write them and put their names into the ring `queued`; workers claim from there
 * by moving `head`. Whoever is through with a record puts its name into the ring `returned`, from
 * where submitters take it, leaving 0. Both rings have room for all records, so that they never
 * overflow. Positions in them only grow. Who gives back a handle puts the record on a stack of the
 * submitters instead, `spare`, under their lock.
 *
 * Workers with an index (calls_claim_as) say at which position they are, before they claim it: all
 * calls up to a position have ended when `head` has passed it and no worker is before it. So a call
 * that nobody has a handle of needs no state (CALL_LIGHT).
 */

#define CALLS_HELD_BACK 16 /* free records that a worker collects before it returns them */
#define CALL_TEXTS 64      /* sentences of failed calls that are kept at a time */
#define CALL_TEXT_SIZE sizeof((struct tally *)0)->failed_text
#define CALL_LOST UINT32_MAX /* as `text`: it was lost with its worker; calls->lost says why */

/* In the state word, above the flags: counts how often the record was used. */
#define CALL_GENERATION ((uint32_t)1 << 8)

#define NOWHERE UINT64_MAX /* a position that is never reached */

struct call_worker {
    _Alignas(CACHE_LINE) _Atomic uint64_t at; /* the call that it tries to claim, or runs */
    uint64_t tail; /* as it last saw it: to look costs a transfer between two CPUs' caches */
};

/* Who writes at different times writes to lines of his own. */
struct call_queue { /* NOLINT(clang-analyzer-optin.performance.Padding) */
    /* Seldom written: */
    struct calls *calls;        /* first: call_calls() reads it */
    _Atomic uint32_t starved;   /* a submitter sleeps for want of records */
    _Atomic uint32_t bell;      /* that it and who drains sleep on */
    _Atomic uint32_t listeners; /* in use: event_fd is to be written to */
    _Atomic uintptr_t ended; /* calls with hooks that ended in other processes: the last one, which
                                has the one before it as its `target` */
    _Atomic uint64_t drain_to;  /* ring when this position is claimed, or nothing is queued */
    _Atomic uint64_t cancel_to; /* light calls before this are not run */
    _Alignas(CACHE_LINE) _Atomic uint64_t tail;     /* queued[] is filled up to here */
    _Alignas(CACHE_LINE) _Atomic uint64_t head;     /* and claimed up to here */
    _Alignas(CACHE_LINE) _Atomic uint64_t returned; /* places in returned[] given out */
    /* The submitters' own: */
    _Alignas(CACHE_LINE) _Atomic uint32_t lock; /* of all below */
    uint32_t fresh;                             /* records used at least once */
    uint32_t spares;                            /* in spare[] */
    uint64_t reused;                            /* returned[] is taken up to here */
    int64_t handles;                            /* that are out */
    int64_t lent;                               /* of them, see calls_submit_lent */
    bool closed;                                /* takes no more */
    bool freed;                                 /* goes with the last handle */
    _Atomic uint64_t texts_used;                /* one bit per slot; any failing call's */
    char texts[][CALL_TEXT_SIZE];               /* CALL_TEXTS; of a call that stands alone one */
};

static inline struct future *calls_record(const struct calls *calls, uint32_t lines) {
    return (struct future *)((char *)calls->queue + (size_t)lines * CACHE_LINE);
}

/* What a worker process wakes at the end of a call that has a hook. */
static inline _Atomic(struct wake_word *) *calls_wake_word(
    const struct calls *calls, const struct future *call) {
    size_t at = (size_t)((const unsigned char *)call - calls->records);
    return &calls->wake_words[at / calls->stride];
}

static inline bool call_is_unfinished(uint32_t state) {
    return call_phase(state) == CALL_PENDING || call_phase(state) == CALL_RUNNING;
}

/* Whether a submitter sleeps for want of records. Sequentially consistent. */
static inline bool calls_starve(struct calls *calls) {
    return atomic_load_explicit(&calls->queue->starved, memory_order_seq_cst) != 0;
}

/* As calls_claim, for workers of a crew, by their index; *ret_light: its end is told by the next
 * claim, and the record is to be given back (calls_return) by the worker, who may collect some. */
struct future *calls_claim_as(struct calls *calls, uint32_t worker, bool *ret_light);

/* The worker claims no more for now. */
void calls_leave_queue(struct calls *calls, uint32_t worker);

/* For workers that collect records: as call_end, but where it returns true the record is to be
 * given back by the caller. */
bool call_finish(struct future *call, int code);

/* Gives records back, by their names. */
void calls_return(struct calls *calls, const uint32_t *lines, uint32_t count);

/* Whether all calls before `position` have ended. Only where calls->light. */
bool calls_passed(struct calls *calls, uint64_t position);

/* Wakes submitters who starve and those who drain. */
void calls_ring(struct calls *calls);

/* Submitters' lock: held for some tens of instructions. */
void calls_lock(struct calls *calls);
void calls_unlock(struct calls *calls);

/* Wakes and calls the hooks, as the flags in `old` ask for. `call` may be free already unless it
 * has a hook. */
void call_tell(struct future *call, uint32_t old, bool shared);

/* Where the call runs in another process than those who wait: has one of them call its hooks. */
void call_push_ended(struct future *call);

/* Calls the hooks that were not. */
void call_run_hooks(struct future *call);

/* Takes off the hooks of a future that is about to be freed, and tells their owners. */
void call_drop_hooks(struct future *call);

/* Its sentence is wanted no more. */
void call_forget_text(struct future *call);

/* Frees a call of call_alone, when both its ends are through with it. */
void calls_free_alone(struct calls *calls);

/* Gives one handle back, and the record where `record` is not NULL; with the last handle after
 * calls_free, everything. */
void calls_drop_handle(struct calls *calls, struct future *record, bool lent);

/* Sleeps while *word is `seen`, a word in the mapping; where workers are processes not for long,
 * and looks whether one has died. -ETIMEDOUT at the deadline; else 0, also for no reason. */
int calls_sleep(
    struct calls *calls, _Atomic uint32_t *word, uint32_t seen, int64_t deadline_ns) PCONC_CHECKED;

/* A reference to the pool, as a handle is. */
void calls_hold(struct calls *calls);
void calls_let_go(struct calls *calls);

/* Where calls->runs: runs them in the calling thread until over(arg); codes as of the driver's
 * `run` and of calls_await_room. */
int calls_run(struct calls *calls, bool (*over)(void *arg), void *arg, int64_t deadline_ns);

/* Runs calls in the calling thread, which must be the pool's opener, until over(arg). -EDEADLK:
 * that will never be, or a call of the pool asks. */
int calls_run_until(struct calls *calls, bool (*over)(void *arg), void *arg, int64_t deadline_ns);

/* A worker process that died is noticed in this time. */
#define LOOK_NS (20 * NS_PER_MS)

/* How often a waiter gives the CPU away and looks again before it sleeps. */
#define LOOKS_BEFORE_SLEEP 16

/* Gives the CPU away a few times until over(arg). Whether it is. */
bool look_a_little(bool (*over)(void *arg), void *arg);

#endif
