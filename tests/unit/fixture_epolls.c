/* SPDX-License-Identifier: MIT */
#include "fixture_epolls.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct epolls find_epolls(void) {
    struct epolls epolls = {0};
    for (int fd = 3; fd < 256; fd++) {
        char path[32], target[64] = "";
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        epolls.is[fd] =
            readlink(path, target, sizeof target - 1) > 0 && strstr(target, "eventpoll");
    }
    return epolls;
}
