/* SPDX-License-Identifier: MIT */
#ifndef BASE_CPUS_H
#define BASE_CPUS_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CACHE_LINE 64

#if defined(__x86_64__) || defined(__i386__)
#define cpu_relax() __builtin_ia32_pause()
#elif defined(__aarch64__)
#define cpu_relax() __asm__ volatile("yield")
#else
#define cpu_relax() ((void)0)
#endif

/* CPUs that this process may use. Cheap enough to ask before a measurement, too dear within one:
 * the quota is read from files. */

/* CPUs' worth of time that the cgroups above this process grant (v2 cpu.max, v1 cfs quota; the
 * tightest counts); 0: no limit. */
double cpu_quota(void);

/* A set of CPUs, which may be longer than a cpu_set_t. */
struct cpu_mask {
    cpu_set_t *set; /* of CPU_ALLOC; NULL: none */
    size_t size;    /* in bytes */
};

/* The CPUs on which the calling thread may run now. False: no memory, or the system does not say.
 * The caller frees ret_mask->set with CPU_FREE. */
bool cpu_mask_of_thread(struct cpu_mask *ret_mask);

/* The same, but if a pool has bound the thread to a CPU: those before that. */
bool cpu_mask_usable(struct cpu_mask *ret_mask);

/* A pool has bound the calling thread, which could use `mask` before: borrowed until the next call.
 * NULL: it is not bound any more. */
void cpu_mask_note(const struct cpu_mask *mask);

/* What was noted last for the calling thread; NULL: no pool has bound it. */
const struct cpu_mask *cpu_mask_noted(void);

/* CPUs in cpu_mask_usable, and no more than the quota rounded up. At least 1. */
int usable_cpus(void);

/* Periods in which a quota ran out, from cpu.stat of this process's cgroup and those above it; 0
 * without one. */
int64_t cpu_throttled_periods(void);

#endif
