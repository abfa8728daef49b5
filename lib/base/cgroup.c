/* SPDX-License-Identifier: MIT */
#include "cgroup.h"

#include <stdio.h>
#include <string.h>

/* Whether `list` (comma separated) holds `name`; NULL is in none. */
static bool list_holds(const char *list, const char *name) {
    for (const char *at = list; name && at; at = strchr(at, ',')) {
        at += *at == ',';
        size_t length = strcspn(at, ",");
        if (length == strlen(name) && strncmp(at, name, length) == 0)
            return true;
    }
    return false;
}

/* Finds the mount point of version 2, or of the version 1 hierarchy with `controller`. */
static bool find_mount(bool v2, const char *controller, char root[CGROUP_PATH_SIZE]) {
    FILE *mounts = fopen("/proc/self/mounts", "re");
    char line[2 * CGROUP_PATH_SIZE], where[CGROUP_PATH_SIZE], type[32], options[CGROUP_PATH_SIZE];
    bool found = false;
    while (mounts && !found && fgets(line, sizeof(line), mounts)) {
        if (sscanf(line, "%*s %4095s %31s %4095s", where, type, options) != 3)
            continue;
        found = v2 ? strcmp(type, "cgroup2") == 0
                   : strcmp(type, "cgroup") == 0 && list_holds(options, controller);
        if (found)
            memcpy(root, where, sizeof(where));
    }
    if (mounts)
        fclose(mounts);
    return found;
}

/* /proc/self/cgroup has lines "ID:CONTROLLERS:PATH"; version 2 has ID 0 and no controllers. */
bool cgroup_find(const char *controller, struct cgroup *cgroup) {
    FILE *file = fopen("/proc/self/cgroup", "re");
    char line[2 * CGROUP_PATH_SIZE];
    bool found = false;
    while (file && fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\n")] = 0;
        char *controllers = strchr(line, ':');
        char *group = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!group)
            continue;
        *controllers++ = 0;
        *group++ = 0;
        bool v1 = list_holds(controllers, controller);
        if (!v1 && (found || *controllers))
            continue;
        cgroup->v2 = !v1;
        snprintf(cgroup->group, sizeof(cgroup->group), "%s", strcmp(group, "/") == 0 ? "" : group);
        found = true;
    }
    if (file)
        fclose(file);
    return found && find_mount(cgroup->v2, controller, cgroup->root);
}

bool cgroup_read(const struct cgroup *cgroup, const char *name, char *buf, size_t size) {
    char path[3 * CGROUP_PATH_SIZE];
    snprintf(path, sizeof(path), "%s%s/%s", cgroup->root, cgroup->group, name);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    size_t length = fread(buf, 1, size - 1, file);
    fclose(file);
    buf[length] = 0;
    return true;
}

bool cgroup_to_parent(struct cgroup *cgroup) {
    char *slash = strrchr(cgroup->group, '/');
    if (slash)
        *slash = 0;
    return slash;
}
