/* SPDX-License-Identifier: MIT */
#ifndef MEASURE_USAGE_H
#define MEASURE_USAGE_H

#include <pconc/executor.h>

#include "cpus.h"
#include "result.h"
#include "schedstats.h"

/* What a sample used, by the counters of the kernel. The opener reads them outside the timed runs.
 */

/* CPU time, switches and faults of this process and the children it has waited for. */
struct usage {
    int64_t user_ns, system_ns;
    int64_t voluntary_switches, involuntary_switches;
    int64_t minor_faults, major_faults;
};

/* Called with -1 where counting begins and with +1 where it ends. */
void usage_mark(struct usage *usage, int sign);

/* Copies the counters to the sample. */
void usage_store(const struct usage *usage, struct sample *ret_sample);

/* CPU time of the children that this process has waited for. */
int64_t usage_children_cpu_ns(void);

/* Peak resident memory of this process and the pool's worker processes, summed, in bytes. A process
 * counts as 0 if its peak cannot be read. */
int64_t usage_peak_rss(const struct pool *pool);

/* Forgets the peak of this process so far, if that is permitted. */
void usage_reset_peak_rss(void);

/* Watches what happens during the timed runs. */
struct timed_watch {
    bool has_quota;
    bool has_partners; /* their CPU time cannot be told from that of other programs */
    int64_t throttled_periods, cpu_ns, start_ns;
    struct cpu_times cpu_times;
    struct thread_list threads;
};

/* After set-up, before the pool is opened. */
void timed_prepare(struct timed_watch *ret_watch);

/* Around the timed runs. Reads three small files for each worker, so it takes some 10 us for each:
 * not to be called within what is timed. timed_end follows each timed_begin and frees its memory.
 */
void timed_begin(struct timed_watch *watch, const struct pool *pool);
struct timed timed_end(struct timed_watch *watch, const struct pool *pool);

#endif
