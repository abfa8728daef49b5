/* SPDX-License-Identifier: MIT */
#include "workers.h"

#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include "futex.h"
#include "pool_task.h"
#include "queue_memory.h"

#define SPINS_PER_CLOCK 32 /* reads of the word per read of the clock */

const struct param workers_params[] = {
    [WORKERS_CHUNK] = WORKERS_PARAM_CHUNK,
    [WORKERS_SPIN] = WORKERS_PARAM_SPIN,
    [WORKERS_SUBMIT] = WORKERS_PARAM_SUBMIT,
    [WORKERS_PIN] = POOL_PARAM_PIN_ENTRY,
    {0},
};

/* 0 if the executor has no such parameter. */
static int64_t number_of(const struct pool *pool, const char *name) {
    int at = params_find(pool->executor->params, name);
    return at < 0 ? 0 : pool->params[at].number;
}

struct workers *workers_new(const struct pool *pool) {
    struct workers *workers =
        mmap(NULL, sizeof(*workers), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (workers == MAP_FAILED)
        return NULL;
    workers->count = pool->work->options.workers;
    workers->done_fd = -1;
    workers->chunk = number_of(pool, WORKERS_CHUNK_NAME);
    workers->spin_ns = pool->may_spin ? number_of(pool, WORKERS_SPIN_NAME) : 0;
    atomic_store(&workers->running, (uint32_t)workers->count);
    return workers;
}

void workers_free(struct workers *workers) {
    if (workers)
        munmap(workers, sizeof(*workers));
}

/* Spins while *word is `value`, at most spin_ns. Returns whether it changed. */
static bool spin_while(const struct workers *workers, _Atomic uint32_t *word, uint32_t value) {
    if (workers->spin_ns == 0)
        return atomic_load_explicit(word, memory_order_acquire) != value;
    int64_t deadline_ns = clock_now_ns() + workers->spin_ns;
    do {
        for (int i = 0; i < SPINS_PER_CLOCK; i++) {
            if (atomic_load_explicit(word, memory_order_acquire) != value)
                return true;
            cpu_relax();
        }
    } while (clock_now_ns() < deadline_ns);
    return false;
}

static void wait_while(const struct workers *workers, _Atomic uint32_t *word, uint32_t value) {
    if (spin_while(workers, word, value))
        return;
    while (atomic_load_explicit(word, memory_order_acquire) == value)
        futex_wait(word, value, INT64_MAX, workers->shared);
}

static void report(struct workers *workers) {
    if (atomic_fetch_sub_explicit(&workers->running, 1, memory_order_acq_rel) != 1)
        return;
    uint64_t one = 1;
    if (workers->done_fd < 0)
        futex_wake(&workers->running, 1, workers->shared);
    else if (write(workers->done_fd, &one, sizeof(one)) != sizeof(one))
        _exit(1); /* impossible for an open eventfd; the parent would see this worker die */
}

/* Used by the worker only. */
struct worker_state {
    struct workers *workers;
    const struct worker_ops *ops;
    void *arg;
    struct task task; /* of the calls it runs */
    uint32_t seen;    /* the last pass of this worker */
    bool looking;     /* counted in workers->idle */
    uint32_t kept;    /* free records, not yet returned */
    uint32_t records[RECORDS_HELD_BACK];
    struct queue_view view;
};

static bool pass_is_due(const struct worker_state *self) {
    return atomic_load_explicit(&self->workers->passes, memory_order_seq_cst) != self->seen;
}

static bool has_news(const struct worker_state *self) {
    return pass_is_due(self) || (self->workers->queue && queue_has_calls(self->workers->queue));
}

static void ring(struct workers *workers, int count) {
    atomic_fetch_add_explicit(&workers->wakes, 1, memory_order_seq_cst);
    futex_wake(&workers->wakes, count, workers->shared);
}

/* Wakes up to `most` sleepers; with `unless_looking` only if no worker looks for calls. */
static void wake(struct workers *workers, uint32_t most, bool unless_looking) {
    uint32_t idle = atomic_load_explicit(&workers->idle, memory_order_seq_cst);
    uint32_t count;
    do {
        uint32_t sleepers = idle % WORKER_LOOKS;
        count = sleepers < most ? sleepers : most;
        if (count == 0 || (unless_looking && idle >= WORKER_LOOKS))
            return;
    } while (!atomic_compare_exchange_weak_explicit(&workers->idle, &idle,
        idle - count * WORKER_SLEEPS + count * WORKER_LOOKS, memory_order_seq_cst,
        memory_order_seq_cst));
    atomic_fetch_add_explicit(&workers->tokens, count, memory_order_seq_cst);
    ring(workers, unless_looking ? (int)count : INT32_MAX);
}

void workers_wake_one(struct workers *workers) {
    wake(workers, 1, true);
}

/* The worker has found something to do. Submitters relied on it to look: if it was the only one and
 * calls are queued, another worker must wake. */
static void stop_looking(struct worker_state *self) {
    if (!self->looking)
        return;
    self->looking = false;
    struct workers *workers = self->workers;
    atomic_fetch_sub_explicit(&workers->idle, WORKER_LOOKS, memory_order_seq_cst);
    if (workers->queue && queue_has_calls(workers->queue))
        workers_notify(workers);
}

static bool take_token(struct workers *workers) {
    uint32_t tokens = atomic_load_explicit(&workers->tokens, memory_order_seq_cst);
    while (tokens > 0)
        if (atomic_compare_exchange_weak_explicit(
                &workers->tokens, &tokens, tokens - 1, memory_order_seq_cst, memory_order_seq_cst))
            return true;
    return false;
}

/* Leaves the sleepers without a token. False: all were woken, so there is a token. */
static bool leave_sleepers(struct workers *workers) {
    uint32_t idle = atomic_load_explicit(&workers->idle, memory_order_seq_cst);
    while (idle % WORKER_LOOKS > 0)
        if (atomic_compare_exchange_weak_explicit(&workers->idle, &idle,
                idle - WORKER_SLEEPS + WORKER_LOOKS, memory_order_seq_cst, memory_order_seq_cst))
            return true;
    return false;
}

/* Sleeps until there is a token, a pass or a call. */
static void sleep_on(struct worker_state *self) {
    struct workers *workers = self->workers;
    atomic_fetch_add_explicit(&workers->idle, WORKER_SLEEPS - WORKER_LOOKS, memory_order_seq_cst);
    for (;;) {
        uint32_t seen = atomic_load_explicit(&workers->wakes, memory_order_seq_cst);
        if (take_token(workers) || (has_news(self) && leave_sleepers(workers)))
            return;
        futex_wait(&workers->wakes, seen, INT64_MAX, workers->shared);
    }
}

/* Spins if spin_ns allows it. Then, if calls may come, yields the CPU a few times: a fast submitter
 * queues a call sooner than a wake-up takes. Returns whether there is a pass or a call. */
static bool look_for_news(const struct worker_state *self) {
    const struct workers *workers = self->workers;
    if (workers->spin_ns > 0) {
        int64_t deadline_ns = clock_now_ns() + workers->spin_ns;
        do
            for (int i = 0; i < SPINS_PER_CLOCK; i++) {
                if (has_news(self))
                    return true;
                cpu_relax();
            }
        while (clock_now_ns() < deadline_ns);
    }
    for (int look = 0; workers->queue && look < LOOKS_BEFORE_SLEEP; look++) {
        if (has_news(self))
            return true;
        sched_yield();
    }
    return has_news(self);
}

/* Waits for a pass or a call. The worker counts as looking afterwards. */
static void await_news(struct worker_state *self) {
    if (!self->looking)
        atomic_fetch_add_explicit(&self->workers->idle, WORKER_LOOKS, memory_order_seq_cst);
    self->looking = true;
    while (!look_for_news(self))
        sleep_on(self);
}

static void return_kept(struct worker_state *self) {
    queue_return(self->workers->queue, self->records, self->kept);
    self->kept = 0;
}

static int run_call(struct worker_state *self, struct future *future) {
    if (self->ops->call)
        return self->ops->call(self->arg, future);
    self->task.job = future_task_job(future);
    return future_run(future, &self->task);
}

/* Runs calls until none is queued or a pass is due. */
static void serve_calls(struct worker_state *self) {
    struct queue *queue = self->workers->queue;
    struct future *future;
    while (!pass_is_due(self) && (future = queue_claim(queue, &self->view))) {
        stop_looking(self);
        uint32_t lines = future->lines;
        int code = run_call(self, future);
        if (future_finish(future, code))
            self->records[self->kept++] = lines;
        if (self->kept == RECORDS_HELD_BACK || (self->kept > 0 && queue_is_starved(queue)))
            return_kept(self);
    }
    return_kept(self);
}

void workers_serve(
    struct workers *workers, const struct worker_ops *ops, struct worker *worker, void *arg) {
    struct worker_state self = {.workers = workers,
        .ops = ops,
        .arg = arg,
        .task = {.ops = &pool_task_ops, .worker = worker},
        .view.yields = true};
    report(workers);
    for (;;) {
        if (pass_is_due(&self)) {
            stop_looking(&self);
            self.seen = atomic_load_explicit(&workers->passes, memory_order_acquire);
            if (atomic_load_explicit(&workers->stop, memory_order_relaxed))
                return;
            ops->run(arg);
            report(workers);
        } else if (workers->queue) {
            serve_calls(&self);
        }
        if (!pass_is_due(&self))
            await_news(&self);
    }
}

void workers_run_jobs(const struct workers *workers, struct worker *worker, struct work *work) {
    struct task task = {.ops = &pool_task_ops, .worker = worker};
    int64_t first, last, chunk = work_chunk(work, workers->chunk);
    /* Ranges are not in the order of the jobs. */
    if (chunk == 1 && !work->pace.due_ns && work_has_ranges(work)) {
        worker_run_singly(worker, &task);
        return;
    }
    while (work_claim(work, chunk, &first, &last))
        worker_run(worker, &task, first, last);
}

static void bump_passes(struct workers *workers) {
    atomic_fetch_add_explicit(&workers->passes, 1, memory_order_seq_cst);
    wake(workers, UINT32_MAX, false);
}

void workers_start(struct workers *workers) {
    atomic_store_explicit(&workers->running, (uint32_t)workers->count, memory_order_relaxed);
    bump_passes(workers);
}

void workers_stop(struct workers *workers) {
    atomic_store_explicit(&workers->stop, true, memory_order_relaxed);
    bump_passes(workers);
}

bool workers_spin_done(struct workers *workers) {
    uint32_t running;
    while ((running = atomic_load_explicit(&workers->running, memory_order_acquire)) != 0)
        if (!spin_while(workers, &workers->running, running))
            return false;
    return true;
}

void workers_await(struct workers *workers) {
    uint32_t running;
    while ((running = atomic_load_explicit(&workers->running, memory_order_acquire)) != 0)
        wait_while(workers, &workers->running, running);
}
