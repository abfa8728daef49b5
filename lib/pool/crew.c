/* SPDX-License-Identifier: MIT */
#include "crew.h"

#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include "call_queue.h"
#include "futex.h"
#include "pool_task.h"

#define SPINS_PER_CLOCK 32 /* looks at the word between two looks at the clock */

const struct param crew_params[] = {
    [CREW_CHUNK] = CREW_PARAM_CHUNK,
    [CREW_SPIN] = CREW_PARAM_SPIN,
    [CREW_SUBMIT] = CREW_PARAM_SUBMIT,
    {0},
};

struct crew *crew_new(const struct work *work, const union param_value *params) {
    struct crew *crew =
        mmap(NULL, sizeof *crew, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (crew == MAP_FAILED)
        return NULL;
    crew->workers = work->options.workers;
    crew->done_fd = -1;
    crew->chunk = params[CREW_CHUNK].number;
    crew->spin_ns = work->may_spin ? params[CREW_SPIN].number : 0;
    atomic_store(&crew->running, (uint32_t)crew->workers);
    return crew;
}

void crew_free(struct crew *crew) {
    if (crew)
        munmap(crew, sizeof *crew);
}

/* Spins while *word is `value`, at most spin_ns. Whether it changed. */
static bool spin_while(const struct crew *crew, _Atomic uint32_t *word, uint32_t value) {
    if (crew->spin_ns == 0)
        return atomic_load_explicit(word, memory_order_acquire) != value;
    int64_t deadline_ns = clock_now_ns() + crew->spin_ns;
    do {
        for (int i = 0; i < SPINS_PER_CLOCK; i++) {
            if (atomic_load_explicit(word, memory_order_acquire) != value)
                return true;
            cpu_relax();
        }
    } while (clock_now_ns() < deadline_ns);
    return false;
}

static void wait_while(const struct crew *crew, _Atomic uint32_t *word, uint32_t value) {
    if (spin_while(crew, word, value))
        return;
    while (atomic_load_explicit(word, memory_order_acquire) == value)
        futex_wait(word, value, INT64_MAX, crew->shared);
}

static void report(struct crew *crew) {
    if (atomic_fetch_sub_explicit(&crew->running, 1, memory_order_acq_rel) != 1)
        return;
    uint64_t one = 1;
    if (crew->done_fd < 0)
        futex_wake(&crew->running, 1, crew->shared);
    else if (write(crew->done_fd, &one, sizeof one) != sizeof one)
        _exit(1); /* cannot happen to an open eventfd; the parent then sees this worker die */
}

/* One worker's view. */
struct member {
    struct crew *crew;
    const struct crew_duty *duty;
    void *arg;
    uint32_t index;
    struct task task; /* of the calls it runs */
    uint32_t seen;    /* the last round that it took part in */
    bool looking;     /* counted as such in crew->idle */
    uint32_t kept;    /* records of calls that nobody holds, not yet returned */
    uint32_t records[CALLS_HELD_BACK];
};

static bool round_is_due(const struct member *self) {
    return atomic_load_explicit(&self->crew->round, memory_order_seq_cst) != self->seen;
}

static bool has_news(const struct member *self) {
    return round_is_due(self) || (self->crew->calls && calls_queued(self->crew->calls));
}

static void ring(struct crew *crew, int count) {
    atomic_fetch_add_explicit(&crew->bell, 1, memory_order_seq_cst);
    futex_wake(&crew->bell, count, crew->shared);
}

/* Takes up to `most` sleepers off, as many as there are, and wakes them to look; with
 * `unless_looking` only where nobody does. */
static void wake(struct crew *crew, uint32_t most, bool unless_looking) {
    uint32_t idle = atomic_load_explicit(&crew->idle, memory_order_seq_cst);
    uint32_t count;
    do {
        uint32_t sleepers = idle % CREW_LOOKER;
        count = sleepers < most ? sleepers : most;
        if (count == 0 || (unless_looking && idle >= CREW_LOOKER))
            return;
    } while (!atomic_compare_exchange_weak_explicit(&crew->idle, &idle,
        idle - count * CREW_SLEEPER + count * CREW_LOOKER, memory_order_seq_cst,
        memory_order_seq_cst));
    atomic_fetch_add_explicit(&crew->tokens, count, memory_order_seq_cst);
    ring(crew, unless_looking ? (int)count : INT32_MAX);
}

void crew_wake_one(struct crew *crew) {
    wake(crew, 1, true);
}

/* It has found something to do. If nobody else looks, somebody must for what is left: submitters
 * have relied on this worker. */
static void stop_looking(struct member *self) {
    if (!self->looking)
        return;
    self->looking = false;
    struct crew *crew = self->crew;
    atomic_fetch_sub_explicit(&crew->idle, CREW_LOOKER, memory_order_seq_cst);
    if (crew->calls && calls_queued(crew->calls))
        crew_post(crew);
}

static bool take_token(struct crew *crew) {
    uint32_t tokens = atomic_load_explicit(&crew->tokens, memory_order_seq_cst);
    while (tokens > 0)
        if (atomic_compare_exchange_weak_explicit(
                &crew->tokens, &tokens, tokens - 1, memory_order_seq_cst, memory_order_seq_cst))
            return true;
    return false;
}

/* Awake without a token: one sleeper fewer. False: all were taken off, so there is a token. */
static bool leave_sleepers(struct crew *crew) {
    uint32_t idle = atomic_load_explicit(&crew->idle, memory_order_seq_cst);
    while (idle % CREW_LOOKER > 0)
        if (atomic_compare_exchange_weak_explicit(&crew->idle, &idle,
                idle - CREW_SLEEPER + CREW_LOOKER, memory_order_seq_cst, memory_order_seq_cst))
            return true;
    return false;
}

/* From looking to sleeping and back. */
static void sleep_on(struct member *self) {
    struct crew *crew = self->crew;
    atomic_fetch_add_explicit(&crew->idle, CREW_SLEEPER - CREW_LOOKER, memory_order_seq_cst);
    for (;;) {
        uint32_t seen = atomic_load_explicit(&crew->bell, memory_order_seq_cst);
        if (take_token(crew) || (has_news(self) && leave_sleepers(crew)))
            return;
        futex_wait(&crew->bell, seen, INT64_MAX, crew->shared);
    }
}

/* Spins, where that is allowed; then gives the CPU away a few times if calls may come, which a fast
 * submitter brings sooner than waking takes. Whether there is news. */
static bool look_for_news(const struct member *self) {
    const struct crew *crew = self->crew;
    if (crew->spin_ns > 0) {
        int64_t deadline_ns = clock_now_ns() + crew->spin_ns;
        do
            for (int i = 0; i < SPINS_PER_CLOCK; i++) {
                if (has_news(self))
                    return true;
                cpu_relax();
            }
        while (clock_now_ns() < deadline_ns);
    }
    for (int look = 0; crew->calls && look < LOOKS_BEFORE_SLEEP; look++) {
        if (has_news(self))
            return true;
        sched_yield();
    }
    return has_news(self);
}

/* Comes back looking. */
static void await_news(struct member *self) {
    if (!self->looking)
        atomic_fetch_add_explicit(&self->crew->idle, CREW_LOOKER, memory_order_seq_cst);
    self->looking = true;
    while (!look_for_news(self))
        sleep_on(self);
}

static void return_kept(struct member *self) {
    calls_return(self->crew->calls, self->records, self->kept);
    self->kept = 0;
}

static int run_call(struct member *self, struct future *call) {
    if (self->duty->call)
        return self->duty->call(self->arg, call);
    self->task.job = call_task_job(call);
    return call_run(call, &self->task);
}

/* Runs calls until none is queued or a round is due. */
static void serve_calls(struct member *self) {
    struct calls *calls = self->crew->calls;
    struct future *call;
    bool light;
    while ((call = calls_claim_as(calls, self->index, &light))) {
        stop_looking(self);
        uint32_t lines = call->lines;
        int code = run_call(self, call);
        if (light)
            call_forget_text(call);
        if (light || call_finish(call, code))
            self->records[self->kept++] = lines;
        if (self->kept == CALLS_HELD_BACK || (self->kept > 0 && calls_starve(calls)))
            return_kept(self);
        if (round_is_due(self)) {
            calls_leave_queue(calls, self->index);
            break;
        }
    }
    return_kept(self);
}

void crew_serve(struct crew *crew, const struct crew_duty *duty, struct worker *worker, void *arg) {
    struct member self = {.crew = crew,
        .duty = duty,
        .arg = arg,
        .index = (uint32_t)worker->index,
        .task = {.ops = &pool_task_ops, .worker = worker}};
    report(crew);
    for (;;) {
        if (round_is_due(&self)) {
            stop_looking(&self);
            self.seen = atomic_load_explicit(&crew->round, memory_order_acquire);
            if (atomic_load_explicit(&crew->stop, memory_order_relaxed))
                return;
            duty->round(arg);
            report(crew);
        } else if (crew->calls) {
            serve_calls(&self);
        }
        if (!round_is_due(&self))
            await_news(&self);
    }
}

void crew_run_jobs(const struct crew *crew, struct worker *worker, struct work *work) {
    struct task task = {.ops = &pool_task_ops, .worker = worker};
    int64_t first, last;
    if (crew->chunk == 1 && work_has_ranges(work)) {
        worker_run_singly(worker, &task);
        return;
    }
    while (work_claim(work, crew->chunk, &first, &last))
        worker_run(worker, &task, first, last);
}

static void bump_round(struct crew *crew) {
    atomic_fetch_add_explicit(&crew->round, 1, memory_order_seq_cst);
    wake(crew, UINT32_MAX, false);
}

void crew_start(struct crew *crew) {
    atomic_store_explicit(&crew->running, (uint32_t)crew->workers, memory_order_relaxed);
    bump_round(crew);
}

void crew_stop(struct crew *crew) {
    atomic_store_explicit(&crew->stop, true, memory_order_relaxed);
    bump_round(crew);
}

bool crew_spin_done(struct crew *crew) {
    uint32_t running;
    while ((running = atomic_load_explicit(&crew->running, memory_order_acquire)) != 0)
        if (!spin_while(crew, &crew->running, running))
            return false;
    return true;
}

void crew_await(struct crew *crew) {
    uint32_t running;
    while ((running = atomic_load_explicit(&crew->running, memory_order_acquire)) != 0)
        wait_while(crew, &crew->running, running);
}
