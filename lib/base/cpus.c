/* SPDX-License-Identifier: MIT */
#include "cpus.h"

#include <inttypes.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_SIZE 4096

/* Where the cpu controller of this process lives. */
struct cpu_cgroup {
    bool v2;
    char root[PATH_SIZE];  /* the hierarchy's mount point */
    char group[PATH_SIZE]; /* the path below it, "" for the root */
};

/* Whether `list` (comma separated) holds the cpu controller. */
static bool has_cpu_controller(const char *list) {
    for (const char *at = list; at; at = strchr(at, ',')) {
        at += *at == ',';
        size_t length = strcspn(at, ",");
        if (length == 3 && strncmp(at, "cpu", 3) == 0)
            return true;
    }
    return false;
}

/* Finds the mount point of the hierarchy that carries the cpu controller. */
static bool find_mount(bool v2, char root[PATH_SIZE]) {
    FILE *mounts = fopen("/proc/self/mounts", "re");
    char line[2 * PATH_SIZE], where[PATH_SIZE], type[32], options[PATH_SIZE];
    bool found = false;
    while (mounts && !found && fgets(line, sizeof line, mounts)) {
        if (sscanf(line, "%*s %4095s %31s %4095s", where, type, options) != 3)
            continue;
        found = v2 ? strcmp(type, "cgroup2") == 0
                   : strcmp(type, "cgroup") == 0 && has_cpu_controller(options);
        if (found)
            memcpy(root, where, sizeof where);
    }
    if (mounts)
        fclose(mounts);
    return found;
}

/* /proc/self/cgroup has lines "ID:CONTROLLERS:PATH"; version 2 has ID 0 and no controllers. A
 * version 1 hierarchy with the cpu controller, where there is one, is the one that limits. */
static bool find_cgroup(struct cpu_cgroup *cgroup) {
    FILE *file = fopen("/proc/self/cgroup", "re");
    char line[2 * PATH_SIZE];
    bool found = false;
    while (file && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        char *controllers = strchr(line, ':');
        char *group = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!group)
            continue;
        *controllers++ = 0;
        *group++ = 0;
        bool v1 = has_cpu_controller(controllers);
        if (!v1 && (found || *controllers))
            continue;
        cgroup->v2 = !v1;
        snprintf(cgroup->group, sizeof cgroup->group, "%s", strcmp(group, "/") == 0 ? "" : group);
        found = true;
    }
    if (file)
        fclose(file);
    return found && find_mount(cgroup->v2, cgroup->root);
}

static bool read_file(char *buf, size_t size, const struct cpu_cgroup *cgroup, const char *name) {
    char path[3 * PATH_SIZE];
    snprintf(path, sizeof path, "%s%s/%s", cgroup->root, cgroup->group, name);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    size_t length = fread(buf, 1, size - 1, file);
    fclose(file);
    buf[length] = 0;
    return true;
}

/* The quota of this one group, 0 if it sets none. */
static double group_quota(const struct cpu_cgroup *cgroup) {
    char buf[128];
    int64_t quota, period;
    if (cgroup->v2) {
        if (!read_file(buf, sizeof buf, cgroup, "cpu.max")
            || sscanf(buf, "%" SCNd64 " %" SCNd64, &quota, &period) != 2)
            return 0;
    } else {
        if (!read_file(buf, sizeof buf, cgroup, "cpu.cfs_quota_us"))
            return 0;
        quota = strtoll(buf, NULL, 10);
        if (!read_file(buf, sizeof buf, cgroup, "cpu.cfs_period_us"))
            return 0;
        period = strtoll(buf, NULL, 10);
    }
    return quota > 0 && period > 0 ? (double)quota / (double)period : 0;
}

/* To the group above; false at the root. */
static bool to_parent(struct cpu_cgroup *cgroup) {
    char *slash = strrchr(cgroup->group, '/');
    if (slash)
        *slash = 0;
    return slash;
}

double cpu_quota(void) {
    struct cpu_cgroup cgroup;
    double tightest = 0;
    if (!find_cgroup(&cgroup))
        return 0;
    do {
        double quota = group_quota(&cgroup);
        if (quota > 0 && (tightest == 0 || quota < tightest))
            tightest = quota;
    } while (to_parent(&cgroup));
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

static int64_t group_throttled_periods(const struct cpu_cgroup *cgroup) {
    char buf[1024];
    if (!read_file(buf, sizeof buf, cgroup, "cpu.stat"))
        return 0;
    const char *at = strstr(buf, "nr_throttled ");
    return at ? strtoll(at + strlen("nr_throttled "), NULL, 10) : 0;
}

int64_t cpu_throttled_periods(void) {
    struct cpu_cgroup cgroup;
    int64_t periods = 0;
    if (!find_cgroup(&cgroup))
        return 0;
    do {
        periods += group_throttled_periods(&cgroup);
    } while (to_parent(&cgroup));
    return periods;
}
