/* SPDX-License-Identifier: MIT */
#ifndef BASE_CPUS_H
#define BASE_CPUS_H

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

/* CPUs in the affinity mask, and no more than the quota rounded up. At least 1. */
int usable_cpus(void);

/* Periods in which a quota ran out, from cpu.stat of this process's cgroup and those above it; 0
 * without one. */
int64_t cpu_throttled_periods(void);

#endif
