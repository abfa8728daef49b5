/* SPDX-License-Identifier: MIT */
#include "sample_cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"
#include "clock.h"

/* A dead process counts until the kernel has removed it, a moment after it was reaped. */
#define REMOVE_LOOKS 100
#define REMOVE_LOOK_NS (100 * NS_PER_US)

void sample_cgroup_make(struct sample_cgroup *cgroup) {
    struct cgroup own;
    int length = -1;
    if (cgroup_find(NULL, &own))
        length = snprintf(cgroup->path, sizeof(cgroup->path), "%s%s/pconc-%d", own.root, own.group,
            (int)getpid());
    if (length < 0 || (size_t)length >= sizeof(cgroup->path) || mkdir(cgroup->path, 0755) != 0)
        cgroup->path[0] = 0;
}

void sample_cgroup_remove(struct sample_cgroup *cgroup) {
    for (int look = 0; cgroup->path[0] && look < REMOVE_LOOKS; look++) {
        if (rmdir(cgroup->path) == 0 || errno != EBUSY)
            break;
        clock_sleep_until(clock_now_ns() + REMOVE_LOOK_NS);
    }
    cgroup->path[0] = 0;
}

/* Whether `word` could be written to a control file. */
static bool control(const char *path, const char *file, const char *word) {
    char name[SAMPLE_CGROUP_PATH_SIZE + 32];
    snprintf(name, sizeof(name), "%s/%s", path, file);
    int fd = path[0] ? open(name, O_WRONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return false;
    bool written = write(fd, word, strlen(word)) > 0;
    close(fd);
    return written;
}

void sample_cgroup_join(const char *path) {
    (void)control(path, "cgroup.procs", "0");
}

void sample_cgroup_kill(const struct sample_cgroup *cgroup) {
    (void)control(cgroup->path, "cgroup.kill", "1");
}
