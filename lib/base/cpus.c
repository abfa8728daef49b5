/* SPDX-License-Identifier: MIT */
#include "cpus.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"
#include "clock.h"

/* The quota of this one group, 0 if it sets none. */
static double group_quota(const struct cgroup *cgroup) {
    char buf[128];
    int64_t quota, period;
    if (cgroup->v2) {
        if (!cgroup_read(cgroup, "cpu.max", buf, sizeof(buf))
            || sscanf(buf, "%" SCNd64 " %" SCNd64, &quota, &period) != 2)
            return 0;
    } else {
        if (!cgroup_read(cgroup, "cpu.cfs_quota_us", buf, sizeof(buf)))
            return 0;
        quota = strtoll(buf, NULL, 10);
        if (!cgroup_read(cgroup, "cpu.cfs_period_us", buf, sizeof(buf)))
            return 0;
        period = strtoll(buf, NULL, 10);
    }
    return quota > 0 && period > 0 ? (double)quota / (double)period : 0;
}

double cpu_quota(void) {
    struct cgroup cgroup;
    double tightest = 0;
    if (!cgroup_find("cpu", &cgroup))
        return 0;
    do {
        double quota = group_quota(&cgroup);
        if (quota > 0 && (tightest == 0 || quota < tightest))
            tightest = quota;
    } while (cgroup_to_parent(&cgroup));
    return tightest;
}

bool cpu_mask_of_thread(struct cpu_mask *ret_mask) {
    for (int count = CPU_SETSIZE; count <= 64 * CPU_SETSIZE; count *= 2) {
        struct cpu_mask mask = {
            .set = CPU_ALLOC((size_t)count), .size = CPU_ALLOC_SIZE((size_t)count)};
        if (mask.set && sched_getaffinity(0, mask.size, mask.set) == 0) {
            *ret_mask = mask;
            return true;
        }
        CPU_FREE(mask.set);
    }
    return false;
}

static _Thread_local const struct cpu_mask *before_binding;

void cpu_mask_note(const struct cpu_mask *mask) {
    before_binding = mask;
}

const struct cpu_mask *cpu_mask_noted(void) {
    return before_binding;
}

bool cpu_mask_usable(struct cpu_mask *ret_mask) {
    const struct cpu_mask *before = before_binding;
    if (!before)
        return cpu_mask_of_thread(ret_mask);
    struct cpu_mask copy = {.set = CPU_ALLOC(before->size * 8), .size = before->size};
    if (!copy.set)
        return false;
    memcpy(copy.set, before->set, before->size);
    *ret_mask = copy;
    return true;
}

static int count_usable(void) {
    struct cpu_mask mask;
    if (!cpu_mask_usable(&mask))
        return 1;
    int cpus = CPU_COUNT_S(mask.size, mask.set);
    CPU_FREE(mask.set);
    return cpus;
}

int usable_cpus(void) {
    int cpus = count_usable();
    double quota = cpu_quota();
    if (quota > 0 && quota < cpus)
        cpus = (int)quota + (quota > (int)quota);
    return cpus > 0 ? cpus : 1;
}

static int64_t group_throttled_periods(const struct cgroup *cgroup) {
    char buf[1024];
    if (!cgroup_read(cgroup, "cpu.stat", buf, sizeof(buf)))
        return 0;
    const char *at = strstr(buf, "nr_throttled ");
    return at ? strtoll(at + strlen("nr_throttled "), NULL, 10) : 0;
}

int64_t cpu_throttled_periods(void) {
    struct cgroup cgroup;
    int64_t periods = 0;
    if (!cgroup_find("cpu", &cgroup))
        return 0;
    do {
        periods += group_throttled_periods(&cgroup);
    } while (cgroup_to_parent(&cgroup));
    return periods;
}

int64_t cpu_tick_ns(void) {
    long ticks = sysconf(_SC_CLK_TCK);
    return NS_PER_S / (ticks > 0 ? ticks : 100);
}

bool cpu_times_add(
    struct cpu_times *times, const struct cpu_mask *cpus, const char *line, int64_t tick_ns) {
    enum { USER, NICE, SYSTEM, IDLE, IO_WAIT, IRQ, SOFT_IRQ, STEAL, FIELDS };
    int64_t ticks[FIELDS];
    char *at;
    if (strncmp(line, "cpu", 3) != 0 || line[3] < '0' || line[3] > '9')
        return false;
    unsigned long cpu = strtoul(line + 3, &at, 10);
    if (cpu >= 8 * cpus->size || !CPU_ISSET_S(cpu, cpus->size, cpus->set))
        return false;
    for (size_t i = 0; i < FIELDS; i++)
        ticks[i] = strtoll(at, &at, 10); /* an old kernel has fewer: then they are 0 */
    times->busy_ns += tick_ns * (ticks[USER] + ticks[NICE] + ticks[SYSTEM]);
    times->idle_ns += tick_ns * (ticks[IDLE] + ticks[IO_WAIT]);
    times->steal_ns += tick_ns * ticks[STEAL];
    return true;
}

bool cpu_times_read(struct cpu_times *ret_times) {
    struct cpu_mask cpus;
    if (!cpu_mask_usable(&cpus))
        return false;
    FILE *file = fopen("/proc/stat", "re");
    struct cpu_times times = {0};
    char line[512];
    int64_t tick_ns = cpu_tick_ns();
    bool known = false;
    /* The lines of CPUs come first. */
    while (file && fgets(line, sizeof(line), file) && strncmp(line, "cpu", 3) == 0)
        known = cpu_times_add(&times, &cpus, line, tick_ns) || known;
    if (file)
        fclose(file);
    CPU_FREE(cpus.set);
    if (known)
        *ret_times = times;
    return known;
}
