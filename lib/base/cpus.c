/* SPDX-License-Identifier: MIT */
#include "cpus.h"

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"

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

/* CPUs in the affinity mask, which may be longer than a cpu_set_t. */
static int affinity_cpus(void) {
    int cpus = 0;
    for (int size = CPU_SETSIZE; cpus == 0 && size <= 64 * CPU_SETSIZE; size *= 2) {
        cpu_set_t *set = CPU_ALLOC((size_t)size);
        if (set && sched_getaffinity(0, CPU_ALLOC_SIZE((size_t)size), set) == 0)
            cpus = CPU_COUNT_S(CPU_ALLOC_SIZE((size_t)size), set);
        CPU_FREE(set);
    }
    return cpus > 0 ? cpus : 1;
}

int usable_cpus(void) {
    int cpus = affinity_cpus();
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
