/* SPDX-License-Identifier: MIT */
#include "usage.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "pool.h"

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

void timed_prepare(struct timed_watch *watch) {
    siginfo_t info;
    *watch = (struct timed_watch){0};
    watch->has_quota = cpu_quota() > 0;
    watch->has_partners = waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* The opener is a worker where it runs the jobs itself. */
static struct thread_list list_workers(const struct pool *pool) {
    struct thread_list list = {0};
    const pid_t *pids;
    size_t count = pool_processes(pool, &pids);
    if (count == 0)
        thread_list_add(&list, getpid(), pool->host.run ? 0 : gettid());
    for (size_t i = 0; i < count; i++)
        thread_list_add(&list, pids[i], 0);
    return list;
}

/* CPU time of this process, its worker processes, and the children that they have waited for; -1:
 * unknown. */
static int64_t sample_cpu_ns(const struct pool *pool) {
    struct stat_fields fields;
    const pid_t *pids;
    size_t count = pool_processes(pool, &pids);
    if (!process_stat(getpid(), &fields))
        return -1;
    int64_t ticks = fields.cpu_ticks;
    for (size_t i = 0; i < count; i++) {
        if (!process_stat(pids[i], &fields))
            return -1;
        ticks += fields.cpu_ticks;
    }
    return ticks * cpu_tick_ns();
}

static void read_cpus(struct cpu_times *ret_times) {
    if (!cpu_times_read(ret_times))
        *ret_times = (struct cpu_times){-1, -1, -1};
}

/* What is slow to read is read farther from the timed runs. */
void timed_begin(struct timed_watch *watch, const struct pool *pool) {
    watch->throttled_periods = watch->has_quota ? cpu_throttled_periods() : 0;
    watch->cpu_ns = watch->has_partners ? -1 : sample_cpu_ns(pool);
    read_cpus(&watch->cpu_times);
    watch->threads = list_workers(pool);
    watch->start_ns = clock_now_ns();
}

/* -1 where one is unknown, or the kernel corrected its count downwards. */
static int64_t since(int64_t before, int64_t after) {
    return before < 0 || after < before ? -1 : after - before;
}

struct timed timed_end(struct timed_watch *watch, const struct pool *pool) {
    int64_t end_ns = clock_now_ns();
    struct cpu_times times;
    struct thread_list threads = list_workers(pool);
    struct thread_sums sums = thread_list_since(&watch->threads, &threads);
    read_cpus(&times);
    struct timed timed = {
        .elapsed_ns = end_ns - watch->start_ns,
        .no_cpu_ns = sums.waited_ns,
        .timeslices = sums.timeslices,
        .migrations = sums.migrations,
        .cpus_used = sums.cpus,
        .cpu_ns = watch->has_partners ? -1 : since(watch->cpu_ns, sample_cpu_ns(pool)),
        .busy_ns = since(watch->cpu_times.busy_ns, times.busy_ns),
        .idle_ns = since(watch->cpu_times.idle_ns, times.idle_ns),
        .steal_ns = since(watch->cpu_times.steal_ns, times.steal_ns),
        .throttled_periods =
            watch->has_quota ? since(watch->throttled_periods, cpu_throttled_periods()) : 0,
    };
    thread_list_release(&threads);
    thread_list_release(&watch->threads);
    return timed;
}
