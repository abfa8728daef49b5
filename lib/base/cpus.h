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

/* What CPUs have done since the system started, summed. The kernel counts in ticks (10 ms on most
 * machines), so a difference means little below some hundred milliseconds. */
struct cpu_times {
    int64_t busy_ns; /* in programs, and in the kernel for them or for itself, without interrupts */
    int64_t idle_ns;
    int64_t steal_ns; /* the hypervisor ran other machines */
};

/* Adds a line of /proc/stat, "cpu3 USER NICE SYSTEM IDLE IOWAIT IRQ SOFTIRQ STEAL ...", if it is of
 * a CPU of the mask. Whether it is. `tick_ns`: the length of a tick. */
bool cpu_times_add(
    struct cpu_times *times, const struct cpu_mask *cpus, const char *line, int64_t tick_ns);

/* Of the CPUs in cpu_mask_usable. False, and nothing is set: it is unknown. */
bool cpu_times_read(struct cpu_times *ret_times);

/* The length of the kernel's tick in CPU times. */
int64_t cpu_tick_ns(void);

#endif
