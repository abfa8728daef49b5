/* SPDX-License-Identifier: MIT */
#include "environment.h"

#include <inttypes.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "build_info.h"
#include "clock.h"
#include "usage.h"

/* Samples run with the finest timers the kernel has, whatever started the tool. */
#define TIMER_SLACK_NS 1

/* The first line of a file, without its newline; "" if there is none. */
static void read_line(const char *path, char *buf, size_t size) {
    FILE *file = fopen(path, "re");
    if (!file || !fgets(buf, (int)size, file))
        buf[0] = 0;
    if (file)
        fclose(file);
    buf[strcspn(buf, "\n")] = 0;
}

/* The value of the first "KEY : VALUE" line, as /proc/cpuinfo has them. */
static void read_cpu_model(char *buf, size_t size) {
    char line[512];
    FILE *file = fopen("/proc/cpuinfo", "re");
    buf[0] = 0;
    while (file && !buf[0] && fgets(line, sizeof(line), file)) {
        char *colon = strchr(line, ':');
        if (!colon || (strncmp(line, "model name", 10) != 0 && strncmp(line, "Model", 5) != 0))
            continue;
        line[strcspn(line, "\n")] = 0;
        snprintf(buf, size, "%s", colon + 1 + strspn(colon + 1, " "));
    }
    if (file)
        fclose(file);
}

static void read_governor(char *buf, size_t size) {
    cpu_set_t set;
    char path[128];
    buf[0] = 0;
    if (sched_getaffinity(0, sizeof(set), &set) != 0)
        return;
    int cpu = 0;
    while (cpu < CPU_SETSIZE - 1 && !CPU_ISSET(cpu, &set))
        cpu++;
    snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/cpufreq/scaling_governor", cpu);
    read_line(path, buf, size);
}

void environment_read(struct environment *env) {
    struct utsname name;
    time_t now = time(NULL);
    struct tm utc;
    memset(env, 0, sizeof(*env));
    read_cpu_model(env->cpu_model, sizeof(env->cpu_model));
    env->online_cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);
    env->usable_cpus = usable_cpus();
    env->cpu_quota = cpu_quota();
    if (uname(&name) == 0) {
        snprintf(env->kernel, sizeof(env->kernel), "%.60s %.64s", name.sysname, name.release);
        snprintf(env->machine, sizeof(env->machine), "%.31s", name.machine);
    }
    read_governor(env->governor, sizeof(env->governor));
    env->memory_bytes = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
    snprintf(env->compiler, sizeof(env->compiler), "%s", BUILD_COMPILER);
    snprintf(env->flags, sizeof(env->flags), "%s", BUILD_FLAGS);
    snprintf(env->version, sizeof(env->version), "%s", BUILD_VERSION);
    snprintf(env->commit, sizeof(env->commit), "%s", BUILD_COMMIT);
    env->timer_slack_ns = TIMER_SLACK_NS;
    if (getloadavg(&env->load_before, 1) != 1)
        env->load_before = 0;
    if (gmtime_r(&now, &utc))
        strftime(env->started, sizeof(env->started), "%Y-%m-%dT%H:%M:%SZ", &utc);
}

/* The first line of /proc/stat: "cpu user nice system idle iowait irq softirq steal guest
 * guest_nice", in ticks of all CPUs together; guest time is counted in user time already (proc(5)).
 */
static void read_ticks(int64_t *ret_steal, int64_t *ret_total) {
    char line[512];
    int64_t ticks[8] = {0};
    read_line("/proc/stat", line, sizeof(line));
    const char *at = strncmp(line, "cpu ", 4) == 0 ? line + 4 : "";
    *ret_total = 0;
    for (size_t i = 0; i < 8; i++) {
        char *end;
        ticks[i] = strtoll(at, &end, 10);
        *ret_total += ticks[i];
        at = end;
    }
    *ret_steal = ticks[7];
}

/* CPU time of the tool and all its children so far. Those that still run do not count. */
static int64_t own_cpu_ns(void) {
    struct usage usage = {0};
    usage_mark(&usage, 1);
    return usage.user_ns + usage.system_ns;
}

/* What is busy and not our own, of what the usable CPUs could do. */
static double others_share(const struct interference_watch *watch) {
    struct cpu_times now;
    if (!watch->has_cpu_times || !cpu_times_read(&now))
        return NAN;
    int64_t busy_ns = now.busy_ns - watch->cpu_times.busy_ns;
    int64_t idle_ns = now.idle_ns - watch->cpu_times.idle_ns;
    int64_t steal_ns = now.steal_ns - watch->cpu_times.steal_ns;
    int64_t all_ns = busy_ns + idle_ns + steal_ns, own_ns = own_cpu_ns() - watch->own_cpu_ns;
    return all_ns > 0 ? (double)(busy_ns - own_ns) / (double)all_ns : NAN;
}

void interference_begin(struct interference_watch *watch) {
    watch->start_ns = clock_now_ns();
    watch->throttled_periods = cpu_throttled_periods();
    read_ticks(&watch->steal_ticks, &watch->total_ticks);
    watch->own_cpu_ns = own_cpu_ns();
    watch->has_cpu_times = cpu_times_read(&watch->cpu_times);
}

struct interference interference_end(const struct interference_watch *watch) {
    int64_t steal, total;
    read_ticks(&steal, &total);
    int64_t passed = total - watch->total_ticks;
    return (struct interference){
        .elapsed_ns = clock_now_ns() - watch->start_ns,
        .steal_share = passed > 0 ? (double)(steal - watch->steal_ticks) / (double)passed : 0,
        .throttled_periods = cpu_throttled_periods() - watch->throttled_periods,
        .others_share = others_share(watch),
    };
}
