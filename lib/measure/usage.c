/* SPDX-License-Identifier: MIT */
#include "usage.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"

static int64_t timeval_ns(struct timeval time) {
    return (int64_t)time.tv_sec * NS_PER_S + (int64_t)time.tv_usec * NS_PER_US;
}

static void add(struct usage *usage, int who, int sign) {
    struct rusage rusage;
    getrusage((__rusage_who_t)who, &rusage);
    usage->user_ns += sign * timeval_ns(rusage.ru_utime);
    usage->system_ns += sign * timeval_ns(rusage.ru_stime);
    usage->voluntary_switches += sign * rusage.ru_nvcsw;
    usage->involuntary_switches += sign * rusage.ru_nivcsw;
    usage->minor_faults += sign * rusage.ru_minflt;
    usage->major_faults += sign * rusage.ru_majflt;
}

void usage_mark(struct usage *usage, int sign) {
    add(usage, RUSAGE_SELF, sign);
    add(usage, RUSAGE_CHILDREN, sign);
}

void usage_store(const struct usage *usage, struct sample *sample) {
    sample->user_ns = usage->user_ns;
    sample->system_ns = usage->system_ns;
    sample->voluntary_switches = usage->voluntary_switches;
    sample->involuntary_switches = usage->involuntary_switches;
    sample->minor_faults = usage->minor_faults;
    sample->major_faults = usage->major_faults;
}

int64_t usage_children_cpu_ns(void) {
    struct usage children = {0};
    add(&children, RUSAGE_CHILDREN, 1);
    return children.user_ns + children.system_ns;
}

/* See clear_refs in proc(5). */
void usage_reset_peak_rss(void) {
    int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    if (write(fd, "5", 1) < 0) {
        /* Not permitted here: the peak then counts set-up too. */
    }
    close(fd);
}

/* The peak of one process in bytes, 0 if it cannot be read. */
static int64_t peak_rss(pid_t pid) {
    char path[64], line[256];
    int64_t kib = 0;
    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof(line), file))
        if (strncmp(line, "VmHWM:", 6) == 0)
            kib = strtoll(line + 6, NULL, 10);
    if (file)
        fclose(file);
    return kib * 1024;
}

int64_t usage_peak_rss(const struct pool *pool) {
    const pid_t *pids;
    size_t count = pool_processes(pool, &pids);
    int64_t sum = peak_rss(getpid());
    for (size_t i = 0; i < count; i++)
        sum += peak_rss(pids[i]);
    return sum;
}
