/* SPDX-License-Identifier: MIT */
#include "terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define USUAL_COLUMNS 80 /* of a terminal that does not say */
#define COLUMNS_MAX 100000

bool terminal_is_capable(int fd) {
    const char *kind = getenv("TERM");

    return isatty(fd) && kind && *kind && strcmp(kind, "dumb") != 0;
}

int terminal_width(int fd) {
    const char *asked = getenv("COLUMNS");
    struct winsize size;
    char *end;

    if (asked && *asked) {
        long columns = strtol(asked, &end, 10);
        if (!*end && columns > 0 && columns <= COLUMNS_MAX)
            return (int)columns;
    }
    if (!isatty(fd))
        return 0;
    if (ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return USUAL_COLUMNS;
    return size.ws_col;
}

bool terminal_wants_color(int fd) {
    const char *refused = getenv("NO_COLOR");

    return terminal_is_capable(fd) && !(refused && *refused);
}
