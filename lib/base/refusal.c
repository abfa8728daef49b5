/* SPDX-License-Identifier: MIT */
#include "refusal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* The soft limit as text. */
static const char *limit_text(int resource, char *buf, size_t size) {
    struct rlimit limit;
    if (getrlimit((__rlimit_resource_t)resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        snprintf(buf, size, "unlimited");
    else
        snprintf(buf, size, "%ju", (uintmax_t)limit.rlim_cur);
    return buf;
}

static const char *sysctl_text(const char *path, char *buf, size_t size) {
    FILE *file = fopen(path, "re");
    if (!file || !fgets(buf, (int)size, file))
        snprintf(buf, size, "unknown");
    if (file)
        fclose(file);
    buf[strcspn(buf, "\n")] = 0;
    return buf;
}

int refused_worker(struct diag *diag, int error, const char *what) {
    char limit[32], threads[32];
    if (error == EAGAIN)
        return diag_set(diag, -error,
            "cannot start %s: %s; the limit on a user's processes "
            "(RLIMIT_NPROC, 'ulimit -u', now %s), the cgroup's pids.max or "
            "kernel.threads-max (%s) is reached: raise it or use fewer workers",
            what, strerror(error), limit_text(RLIMIT_NPROC, limit, sizeof(limit)),
            sysctl_text("/proc/sys/kernel/threads-max", threads, sizeof(threads)));
    return diag_set(diag, -error,
        "cannot start %s: %s; free memory, raise the limit on address "
        "space (RLIMIT_AS, 'ulimit -v', now %s) or use fewer workers",
        what, strerror(error), limit_text(RLIMIT_AS, limit, sizeof(limit)));
}

int refused_memory(struct diag *diag, int error, size_t size, const char *what) {
    char limit[32], maps[32];
    return diag_set(diag, -error,
        "cannot map %zu KiB for %s: %s; free memory, or raise the limit on address space "
        "(RLIMIT_AS, 'ulimit -v', now %s) or on mappings (vm.max_map_count, now %s)",
        (size + 1023) / 1024, what, strerror(error), limit_text(RLIMIT_AS, limit, sizeof(limit)),
        sysctl_text("/proc/sys/vm/max_map_count", maps, sizeof(maps)));
}

int refused_descriptor(struct diag *diag, int error, const char *what) {
    char limit[32];
    if (error == EMFILE)
        return diag_set(diag, -error,
            "cannot make %s: %s; raise the limit on open files "
            "(RLIMIT_NOFILE, 'ulimit -n', now %s) or use fewer workers",
            what, strerror(error), limit_text(RLIMIT_NOFILE, limit, sizeof(limit)));
    return diag_set(diag, -error, "cannot make %s: %s", what, strerror(error));
}
