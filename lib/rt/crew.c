/* SPDX-License-Identifier: MIT */
#include "crew.h"

#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"
#include "task_ops.h"

#if defined(__x86_64__) || defined(__i386__)
#define cpu_relax() __builtin_ia32_pause()
#elif defined(__aarch64__)
#define cpu_relax() __asm__ volatile("yield")
#else
#define cpu_relax() ((void)0)
#endif

#define SPINS_PER_CLOCK 32 /* looks at the word between two looks at the clock */

const struct param crew_params[] = {
    [CREW_CHUNK] = CREW_PARAM_CHUNK,
    [CREW_SPIN] = CREW_PARAM_SPIN,
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

static void futex_wait(const struct crew *crew, _Atomic uint32_t *word, uint32_t value) {
    int operation = crew->shared ? FUTEX_WAIT : FUTEX_WAIT_PRIVATE;
    syscall(SYS_futex, word, operation, value, NULL, NULL, 0);
}

static void futex_wake(const struct crew *crew, _Atomic uint32_t *word, int count) {
    int operation = crew->shared ? FUTEX_WAKE : FUTEX_WAKE_PRIVATE;
    syscall(SYS_futex, word, operation, count, NULL, NULL, 0);
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
        futex_wait(crew, word, value);
}

static void report(struct crew *crew) {
    if (atomic_fetch_sub_explicit(&crew->running, 1, memory_order_acq_rel) != 1)
        return;
    uint64_t one = 1;
    if (crew->done_fd < 0)
        futex_wake(crew, &crew->running, 1);
    else if (write(crew->done_fd, &one, sizeof one) != sizeof one)
        _exit(1); /* cannot happen to an open eventfd; the parent then sees this worker die */
}

void crew_serve_rounds(struct crew *crew, void (*round)(void *arg), void *arg) {
    uint32_t seen = 0;
    for (;;) {
        report(crew);
        wait_while(crew, &crew->round, seen);
        seen = atomic_load_explicit(&crew->round, memory_order_acquire);
        if (atomic_load_explicit(&crew->stop, memory_order_relaxed))
            return;
        round(arg);
    }
}

void crew_run_jobs(const struct crew *crew, struct worker *worker, struct work *work) {
    struct task task = {.ops = &blocking_task_ops, .worker = worker};
    int64_t first, last;
    while (work_claim(work, crew->chunk, &first, &last))
        worker_run(worker, &task, first, last);
}

struct crew_member {
    const struct crew *crew;
    struct worker *worker;
    struct work *work;
};

static void serve_round(void *arg) {
    const struct crew_member *member = arg;
    crew_run_jobs(member->crew, member->worker, member->work);
}

void crew_serve(struct crew *crew, struct worker *worker, struct work *work) {
    struct crew_member member = {.crew = crew, .worker = worker, .work = work};
    crew_serve_rounds(crew, serve_round, &member);
}

static void bump_round(struct crew *crew) {
    atomic_fetch_add_explicit(&crew->round, 1, memory_order_acq_rel);
    futex_wake(crew, &crew->round, INT32_MAX);
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
