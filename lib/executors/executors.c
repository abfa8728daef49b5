/* SPDX-License-Identifier: MIT */
#include "executors.h"

#include <string.h>

#define ADDRESS_OF_EXECUTOR(name) &executor_##name,
static const struct executor *const all_executors[] = {EACH_EXECUTOR(ADDRESS_OF_EXECUTOR) NULL};

const struct executor *const *executors(void) {
    return all_executors;
}

const struct executor *executor_find(const char *name) {
    for (size_t i = 0; all_executors[i]; i++) {
        const struct executor *executor = all_executors[i];
        if (strcmp(executor->name, name) == 0
            || (executor->alias && strcmp(executor->alias, name) == 0))
            return executor;
    }
    return NULL;
}
