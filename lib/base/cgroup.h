/* SPDX-License-Identifier: MIT */
#ifndef BASE_CGROUP_H
#define BASE_CGROUP_H

#include <stdbool.h>
#include <stddef.h>

/* The control groups that this process is in (cgroups(7)). */

#define CGROUP_PATH_SIZE 4096

struct cgroup {
    bool v2;
    char root[CGROUP_PATH_SIZE];  /* the hierarchy's mount point */
    char group[CGROUP_PATH_SIZE]; /* the path below it, "" for the root */
};

/* The group whose `controller` ("cpu") limits this process: that of a version 1 hierarchy with the
 * controller, where there is one, else that of version 2. NULL: that of version 2 in any case. */
bool cgroup_find(const char *controller, struct cgroup *ret_cgroup);

/* Its file `name`, cut to size - 1 bytes. Whether there is one. */
bool cgroup_read(const struct cgroup *cgroup, const char *name, char *buf, size_t size);

/* To the group above; false at the root. */
bool cgroup_to_parent(struct cgroup *cgroup);

#endif
