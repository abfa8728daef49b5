/* SPDX-License-Identifier: MIT */
#include "work.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

#include "clock.h"
#include "cpus.h"
#include "refusal.h"
#include "task_ops.h"

/* A worker claims 1/GUIDED_SHARE of its fair part of the jobs left: large chunks at first, single
 * jobs at the end, so that all workers end at about the same time. Guided self-scheduling
 * (Polychronopoulos and Kuck 1987), with half their chunk for jobs of uneven length. */
#define GUIDED_SHARE 2

/* Not a byte of common numbers or texts. */
#define GUARD_BYTE 0xA5

_Static_assert(sizeof((struct tally *)0)->failed_text == TASK_ERROR_SIZE,
    "a message of task_fail fits the tally");

static size_t round_up(size_t size, size_t unit) {
    return (size + unit - 1) / unit * unit;
}

/* Bytes from slot to slot. Slots of different workers must not share a cache line. */
static size_t stride_of(const struct work_options *options) {
    size_t unit = options->workers > 1 ? CACHE_LINE : SLOT_ALIGNMENT;
    return options->result_size > 0 ? round_up(options->result_size + GUARD_SIZE, unit) : 0;
}

/* Slots or folding; -E2BIG if neither is possible. */
static int choose_layout(const struct work_options *options, bool *ret_fold, struct diag *diag) {
    size_t stride = stride_of(options);
    *ret_fold = false;
    if (stride == 0 || (uint64_t)options->jobs <= SLOTS_MAX / stride)
        return 0;
    if (options->merge && options->result_size <= RESULT_MERGE_MAX) {
        *ret_fold = true;
        return 0;
    }
    return diag_set(diag, -E2BIG,
        "the results of %" PRId64
        " jobs of %zu bytes each need more than %zu MiB, and this workload "
        "cannot fold them; use at most %zu jobs",
        options->jobs, options->result_size, SLOTS_MAX >> 20, SLOTS_MAX / stride);
}

static void guard_slots(struct work *work) {
    size_t size = work->options.result_size;
    if (work->slots)
        memset(work->slots - CACHE_LINE, GUARD_BYTE, CACHE_LINE);
    for (int64_t i = 0; work->slots && i < work->options.jobs; i++)
        memset(work->slots + (size_t)i * work->stride + size, GUARD_BYTE, work->stride - size);
}

static bool is_whole(const unsigned char *guard, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (guard[i] != GUARD_BYTE)
            return false;
    return true;
}

int work_check_guards(const struct work *work, struct diag *diag) {
    size_t size = work->options.result_size;
    if (work->slots && !is_whole(work->slots - CACHE_LINE, CACHE_LINE))
        return diag_set(diag, -EFAULT,
            "job 0 wrote before its result; the workload's result_size is %zu", size);
    for (int64_t i = 0; work->slots && i < work->options.jobs; i++)
        if (!is_whole(work->slots + (size_t)i * work->stride + size, work->stride - size))
            return diag_set(diag, -EFAULT,
                "job %" PRId64 " wrote beyond its result, or the next one before its own; the "
                "workload's result_size is %zu",
                i, size);
    for (int i = 0; i < work->options.workers; i++)
        if (work->workers[i].overrun_job >= 0)
            return diag_set(diag, -EFAULT,
                "job %" PRId64 " wrote beyond its result; the workload's result_size is %zu",
                work->workers[i].overrun_job, size);
    return 0;
}

int work_new(const struct work_options *options, struct work **ret_work, struct diag *diag) {
    bool fold;
    int code = choose_layout(options, &fold, diag);
    if (code < 0)
        return code;

    size_t count = (size_t)options->workers;
    size_t stride = fold ? 0 : stride_of(options);
    size_t fold_stride = fold ? round_up(options->result_size, CACHE_LINE) : 0;
    size_t workers_at = round_up(sizeof(struct work), CACHE_LINE);
    size_t folded_at = workers_at + count * sizeof(struct worker);
    /* A job may also write before its slot: a guard lies before the first one. */
    size_t slots_at = folded_at + (count + 1) * fold_stride + (stride > 0 ? CACHE_LINE : 0);
    size_t mapped = slots_at + (size_t)options->jobs * stride;

    /* MAP_POPULATE: no page faults of ours during the measurement. */
    unsigned char *base = mmap(
        NULL, mapped, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (base == MAP_FAILED)
        return refused_memory(diag, errno, mapped, "the results");

    struct work *work = (struct work *)base;
    work->options = *options;
    work->workers = (struct worker *)(base + workers_at);
    work->stride = stride;
    work->slots = stride > 0 ? base + slots_at : NULL;
    work->folded = fold ? base + folded_at + count * fold_stride : NULL;
    work->mapped = mapped;
    work->may_spin = options->workers < usable_cpus() && cpu_quota() == 0;
    for (size_t i = 0; i < count; i++) {
        work->workers[i].index = (int)i;
        work->workers[i].work = work;
        work->workers[i].overrun_job = -1;
        work->workers[i].folded = fold ? base + folded_at + i * fold_stride : NULL;
    }
    guard_slots(work);
    work_reset(work);
    *ret_work = work;
    return 0;
}

void work_free(struct work *work) {
    if (work)
        munmap(work, work->mapped);
}

static uint64_t make_range(uint32_t first, uint32_t end) {
    return (uint64_t)end << 32 | first;
}

/* All workers get equal parts, in order. */
static void reset_range(struct worker *worker) {
    const struct work_options *options = &worker->work->options;
    int64_t jobs = work_has_ranges(worker->work) ? options->jobs : 0;
    uint32_t first = (uint32_t)(jobs * worker->index / options->workers);
    uint32_t end = (uint32_t)(jobs * (worker->index + 1) / options->workers);
    atomic_store_explicit(&worker->range, make_range(first, end), memory_order_relaxed);
}

void work_reset(struct work *work) {
    for (int i = 0; i < work->options.workers; i++) {
        struct worker *worker = &work->workers[i];
        memset(&worker->tally, 0, offsetof(struct tally, failed_text) + 1);
        worker->noted_job = INT64_MAX;
        reset_range(worker);
        if (worker->folded)
            memset(worker->folded, 0, work->options.result_size);
    }
    atomic_store_explicit(&work->next, 0, memory_order_relaxed);
    work->pace.begun_ns = work->pace.due_ns ? clock_now_ns() : 0;
}

static void tally_add(struct tally *into, const struct worker *worker) {
    static const char no_text[sizeof(into->failed_text)];
    const struct tally *from = &worker->tally;
    if (from->failed > 0 && (into->failed == 0 || from->failed_job < into->failed_job)) {
        into->failed_job = from->failed_job;
        into->failed_code = from->failed_code;
        memcpy(into->failed_text,
            worker->noted_job == from->failed_job ? from->failed_text : no_text,
            sizeof(into->failed_text));
    }
    into->done += from->done;
    into->index_sum += from->index_sum;
    into->failed += from->failed;
}

struct tally work_collect(struct work *work) {
    struct tally sum = {0};
    if (work->folded)
        memset(work->folded, 0, work->options.result_size);
    for (int i = 0; i < work->options.workers; i++) {
        tally_add(&sum, &work->workers[i]);
        if (work->folded && work->workers[i].tally.done > 0)
            work->options.merge(work->folded, work->workers[i].folded);
    }
    return sum;
}

/* Removes the entry of the job if it is shorter. False: there is a longer one. */
static bool take_shorter(struct loop_notes *notes, const struct slow_task *slow) {
    for (int i = 0; i < SLOW_KEPT && notes->slow[i].held_ns > 0; i++) {
        if (notes->slow[i].job != slow->job)
            continue;
        if (notes->slow[i].held_ns >= slow->held_ns)
            return false;
        for (; i + 1 < SLOW_KEPT; i++)
            notes->slow[i] = notes->slow[i + 1];
        notes->slow[SLOW_KEPT - 1] = (struct slow_task){.held_ns = 0};
    }
    return true;
}

void notes_add_slow(struct loop_notes *notes, const struct slow_task *slow) {
    struct slow_task moving = *slow;
    notes->slow_count++;
    if (slow->job >= 0 && !take_shorter(notes, slow))
        return;
    for (int i = 0; i < SLOW_KEPT; i++) {
        struct slow_task other = notes->slow[i];
        if (moving.held_ns > other.held_ns) {
            notes->slow[i] = moving;
            moving = other;
        }
    }
}

struct loop_notes work_notes(const struct work *work) {
    struct loop_notes sum = {0};
    for (int i = 0; i < work->options.workers; i++) {
        const struct loop_notes *notes = &work->workers[i].notes;
        for (int j = 0; j < SLOW_KEPT && notes->slow[j].held_ns > 0; j++)
            notes_add_slow(&sum, &notes->slow[j]);
        sum.busy_ns += notes->busy_ns;
    }
    sum.slow_count = 0;
    for (int i = 0; i < work->options.workers; i++)
        sum.slow_count += work->workers[i].notes.slow_count;
    return sum;
}

struct outcome work_outcome(const struct work *work, const struct tally *tally) {
    return (struct outcome){.jobs = work->options.jobs,
        .done = tally->done,
        .index_sum = tally->index_sum,
        .slots = work->slots,
        .slot_stride = work->stride,
        .merged = work->folded};
}

bool work_claim_guided(struct work *work, int64_t *first, int64_t *last) {
    int64_t jobs = work->options.jobs;
    int64_t from = atomic_load_explicit(&work->next, memory_order_relaxed);
    int64_t chunk;
    do {
        if (from >= jobs)
            return false;
        chunk = (jobs - from) / (GUIDED_SHARE * work->options.workers);
        if (chunk < 1)
            chunk = 1;
    } while (!atomic_compare_exchange_weak_explicit(
        &work->next, &from, from + chunk, memory_order_relaxed, memory_order_relaxed));
    *first = from;
    *last = from + chunk;
    return true;
}

/* Takes the back half, rounded up, of the range of `victim`. False: it is empty. */
static bool steal(struct worker *victim, uint32_t *ret_first, uint32_t *ret_end) {
    uint64_t range = atomic_load_explicit(&victim->range, memory_order_relaxed);
    for (;;) {
        uint32_t first = (uint32_t)range, end = (uint32_t)(range >> 32);
        if (first == end)
            return false;
        uint32_t middle = first + (end - first) / 2;
        if (atomic_compare_exchange_weak_explicit(&victim->range, &range, make_range(first, middle),
                memory_order_relaxed, memory_order_relaxed)) {
            *ret_first = middle;
            *ret_end = end;
            return true;
        }
    }
}

/* The worker's own range is empty, so no other worker writes it. The stolen jobs are in no range
 * for a moment; a worker that finds no jobs then ends its pass. */
static int64_t steal_from_others(struct work *work, struct worker *worker) {
    int count = work->options.workers;
    for (int i = 1; i < count; i++) {
        uint32_t first, end;
        if (!steal(&work->workers[(worker->index + i) % count], &first, &end))
            continue;
        atomic_store_explicit(&worker->range, make_range(first + 1, end), memory_order_relaxed);
        return first;
    }
    return -1;
}

/* ABA is harmless: the same word names the same jobs, and they are not claimed. */
int64_t work_claim_single(struct work *work, struct worker *worker) {
    uint64_t range = atomic_load_explicit(&worker->range, memory_order_relaxed);
    while ((uint32_t)range != (uint32_t)(range >> 32))
        if (atomic_compare_exchange_weak_explicit(
                &worker->range, &range, range + 1, memory_order_relaxed, memory_order_relaxed))
            return (uint32_t)range;
    return steal_from_others(work, worker);
}

void worker_note_failure(struct worker *worker, int64_t job, const char *text) {
    const struct tally *tally = &worker->tally;
    if (job > worker->noted_job || (tally->failed > 0 && job > tally->failed_job))
        return;
    worker->noted_job = job;
    strncpy(worker->tally.failed_text, text, sizeof(worker->tally.failed_text) - 1);
}

static void count_failure(struct worker *worker, int64_t job, int code) {
    struct tally *tally = &worker->tally;
    if (tally->failed++ > 0 && job > tally->failed_job)
        return;
    tally->failed_job = job;
    tally->failed_code = code;
}

/* Each job writes to the same scratch, which is then folded. */
static void run_folding(struct worker *worker, struct task *task, int64_t first, int64_t last) {
    for (int64_t i = first; i < last; i++)
        worker_run_one(worker, task, i);
}

/* first + ... + last-1, modulo 2^64. */
static uint64_t sum_of_range(int64_t first, int64_t last) {
    uint64_t count = (uint64_t)(last - first);
    uint64_t pairs = count % 2 ? count * ((count - 1) / 2) : count / 2 * (count - 1);
    return count * (uint64_t)first + pairs;
}

/* Counts the whole range first, and takes failed jobs off. A count in the loop would need one more
 * register than a call preserves; in memory it would take longer than an empty job. */
void worker_run(struct worker *worker, struct task *task, int64_t first, int64_t last) {
    const struct work_options *options = &worker->work->options;
    if (worker->folded) {
        run_folding(worker, task, first, last);
        return;
    }
    int (*job)(void *, int64_t, struct task *, void *) = options->job;
    void *context = options->context;
    size_t stride = worker->work->stride;
    uintptr_t slot = (uintptr_t)worker->work->slots + (size_t)first * stride; /* 0: no slots */
    struct tally *tally = &worker->tally;
    tally->done += last - first;
    tally->index_sum += sum_of_range(first, last);
    for (int64_t i = first; i < last; i++, slot += stride) {
        task->job = i;
        int code = job(context, i, task, (void *)slot);
        if (__builtin_expect(code == 0, 1))
            continue;
        tally->done--;
        tally->index_sum -= (uint64_t)i;
        count_failure(worker, i, code);
    }
}

void worker_run_singly(struct worker *worker, struct task *task) {
    struct work *work = worker->work;
    int64_t i;
    while ((i = work_claim_single(work, worker)) >= 0)
        worker_run(worker, task, i, i + 1);
}

void worker_count(struct worker *worker, struct task *task, int code) {
    if (code == 0) {
        worker->tally.done++;
        worker->tally.index_sum += (uint64_t)task->job;
        return;
    }
    if (worker->noted_job != task->job) /* its message is that of a child task */
        worker_note_failure(worker, task->job, task_error(task));
    count_failure(worker, task->job, code);
}

/* Zeroes a result of `size` bytes and guards it. */
static void *guarded(unsigned char *result, size_t size) {
    memset(result + size, GUARD_BYTE, GUARD_SIZE);
    return memset(result, 0, size);
}

int worker_fold_one(struct worker *worker, struct task *task, unsigned char *scratch) {
    const struct work_options *options = &worker->work->options;
    void *result = guarded(scratch, options->result_size);
    int code = options->job(options->context, task->job, task, result);
    if (!is_whole(scratch + options->result_size, GUARD_SIZE))
        worker->overrun_job = task->job;
    if (code == 0)
        options->merge(worker->folded, scratch);
    return code;
}

void worker_run_one(struct worker *worker, struct task *task, int64_t job) {
    const struct work *work = worker->work;
    _Alignas(16) unsigned char scratch[RESULT_MERGE_MAX + GUARD_SIZE];
    task->job = job;
    int code;
    if (worker->folded) {
        code = worker_fold_one(worker, task, scratch);
    } else {
        void *slot = work->slots ? work->slots + (size_t)job * work->stride : NULL;
        code = work->options.job(work->options.context, job, task, slot);
    }
    worker_count(worker, task, code);
}
