/* SPDX-License-Identifier: MIT */
#include "commands.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "clock.h"
#include "refusal.h"

/* Failed jobs whose output is kept. The reported one is the lowest of a run, and jobs begin in
 * ascending order, so it is among the first to fail unless very many run at once. */
#define FAILED_KEPT 16

struct failed_command {
    _Atomic int64_t job; /* plus 1; 0: the rest is not written yet */
    size_t size;
    char output[COMMAND_OUTPUT_MAX];
};

/* Relaxed counters: they are read when the run has ended, after a join. */
static struct notes {
    _Atomic int64_t count, user_ns, system_ns, minor_faults, major_faults;
    _Atomic int64_t voluntary_switches, involuntary_switches, peak_sum_bytes, peak_max_bytes;
    _Atomic int failed_count;
    struct failed_command failed[FAILED_KEPT];
} * notes;

int commands_begin(struct diag *diag) {
    void *memory =
        mmap(NULL, sizeof(*notes), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return refused_memory(diag, errno, sizeof(*notes), "the usage of commands");
    notes = memory;
    return 0;
}

void commands_end(void) {
    if (notes)
        munmap(notes, sizeof(*notes));
    notes = NULL;
}

static void add(_Atomic int64_t *sum, int64_t value) {
    atomic_fetch_add_explicit(sum, value, memory_order_relaxed);
}

static int64_t timeval_ns(struct timeval time) {
    return (int64_t)time.tv_sec * NS_PER_S + (int64_t)time.tv_usec * NS_PER_US;
}

static void raise_to(_Atomic int64_t *most, int64_t value) {
    int64_t seen = atomic_load_explicit(most, memory_order_relaxed);
    while (seen < value
        && !atomic_compare_exchange_weak_explicit(
            most, &seen, value, memory_order_relaxed, memory_order_relaxed))
        ;
}

void command_used(const struct rusage *usage) {
    if (!notes)
        return;
    int64_t peak_bytes = usage->ru_maxrss * 1024;
    add(&notes->count, 1);
    add(&notes->user_ns, timeval_ns(usage->ru_utime));
    add(&notes->system_ns, timeval_ns(usage->ru_stime));
    add(&notes->minor_faults, usage->ru_minflt);
    add(&notes->major_faults, usage->ru_majflt);
    add(&notes->voluntary_switches, usage->ru_nvcsw);
    add(&notes->involuntary_switches, usage->ru_nivcsw);
    add(&notes->peak_sum_bytes, peak_bytes);
    raise_to(&notes->peak_max_bytes, peak_bytes);
}

struct command_usage commands_usage(void) {
    if (!notes)
        return (struct command_usage){0};
    return (struct command_usage){
        .count = notes->count,
        .user_ns = notes->user_ns,
        .system_ns = notes->system_ns,
        .minor_faults = notes->minor_faults,
        .major_faults = notes->major_faults,
        .voluntary_switches = notes->voluntary_switches,
        .involuntary_switches = notes->involuntary_switches,
        .peak_sum_bytes = notes->peak_sum_bytes,
        .peak_max_bytes = notes->peak_max_bytes,
    };
}

/* Release, for the acquire of commands_output(): without it that could read half of the output. */
void command_failed(int64_t job, const char *output, size_t size) {
    if (!notes || notes->failed_count >= FAILED_KEPT)
        return;
    int at = atomic_fetch_add_explicit(&notes->failed_count, 1, memory_order_relaxed);
    if (at >= FAILED_KEPT)
        return;
    struct failed_command *failed = &notes->failed[at];
    size_t skipped = size > COMMAND_OUTPUT_MAX ? size - COMMAND_OUTPUT_MAX : 0;
    failed->size = size - skipped;
    memcpy(failed->output, output + skipped, failed->size);
    atomic_store_explicit(&failed->job, job + 1, memory_order_release);
}

size_t commands_output(char *to) {
    const struct failed_command *lowest = NULL;
    int64_t lowest_job = INT64_MAX;
    for (int i = 0; notes && i < FAILED_KEPT; i++) {
        int64_t job = atomic_load_explicit(&notes->failed[i].job, memory_order_acquire);
        if (job > 0 && job < lowest_job) {
            lowest_job = job;
            lowest = &notes->failed[i];
        }
    }
    if (lowest)
        memcpy(to, lowest->output, lowest->size);
    return lowest ? lowest->size : 0;
}
